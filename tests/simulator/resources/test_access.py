"""The organisation, its keys and how one signs in."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest

from kustomer_sandbox.simulator.api import Api
from kustomer_sandbox.simulator.hosting.worlds import WorldSpec
from tests.world_client import WorldClient, opened

TOKENS = "/v1/auth/tokens"
SETTINGS = "/v1/auth/settings"


def test_a_key_sees_its_own_organisation_and_no_other(world_client: WorldClient) -> None:
    """The link that every record shows leads there."""
    own = world_client.get("/v1/orgs/current")
    assert (own.data["id"], own.attributes["name"]) == (world_client.world.org, world_client.world.org_name)
    assert world_client.get(own.data["links"]["self"]).data == own.data
    assert world_client.get("/v1/orgs/0123456789abcdef01234567").status == 404


def test_an_organisation_goes_by_the_name_its_scenario_gave_it(world_client: WorldClient) -> None:
    world_client.world.org_name = "acme"
    assert world_client.get("/v1/orgs/current").attributes["name"] == "acme"


def test_the_keys_in_use_are_listed_and_none_is_shown(world_client: WorldClient) -> None:
    other = world_client.new_key("org.user")
    listed = world_client.get(TOKENS)
    assert [token["attributes"]["roles"] for token in listed.data][-1] == ["org.user"]
    assert other not in str(listed.json)
    assert world_client.get(TOKENS, "pageSize=1").json["links"]["next"]
    assert world_client.get(TOKENS, key=other).status == 403


@pytest.mark.parametrize("path", [f"{TOKENS}/current", "of its own id"])
def test_a_key_may_end_itself(world_client: WorldClient, path: str) -> None:
    """It needs no role for it; its next call is refused, and those of other keys are not."""
    key = world_client.new_key("org.user.note.read")
    own = world_client.get(f"{TOKENS}/current", key=key).data["links"]["self"]
    before = len(world_client.get(TOKENS).data)
    assert world_client.delete(own if path == "of its own id" else path, key=key).status == 204
    assert world_client.get(f"{TOKENS}/current", key=key).status == 401
    assert len(world_client.get(TOKENS).data) == before - 1
    assert world_client.get(own).status == 404


def test_another_key_is_ended_with_a_role_alone(world_client: WorldClient) -> None:
    weak, doomed = world_client.new_key("org.user"), world_client.new_key("org.user")
    path = f"{TOKENS}/{world_client.get(f'{TOKENS}/current', key=doomed).data['id']}"
    assert world_client.delete(path, key=weak).status == 403
    assert world_client.delete(path).status == 204
    assert world_client.get(f"{TOKENS}/current", key=doomed).status == 401
    assert world_client.delete(path).status == 404


def test_a_deleted_key_works_again_where_its_world_goes_back(shared_api: Api) -> None:
    """A world is put back with its keys: a reset undoes the deletion, and so does an older snapshot."""
    with opened(shared_api, WorldSpec(name="ended-keys")) as client:
        ways: list[Callable[[], None]] = [
            partial(client.world.restore, client.world.snapshot()),
            partial(shared_api.worlds.reset, client.world),
        ]
        for go_back in ways:
            assert client.delete(f"{TOKENS}/current").status == 204
            assert client.get(TOKENS).status == 401
            go_back()
            assert client.get(TOKENS).status == 200


def test_settings_of_signing_in_keep_what_is_left_out(world_client: WorldClient) -> None:
    saml = {"enabled": True, "idpLoginUrl": "https://idp.example.com"}
    body = {"kustomer": {"enabled": False}, "google": {"enabled": True}, "saml": saml, "colour": "blue"}
    changed = world_client.put(SETTINGS, body).attributes
    assert changed["saml"]["idpLoginUrl"] == "https://idp.example.com"
    assert changed["saml"]["forceAuth"] is False
    assert changed["app"] == {"userSessionExpirationMilliseconds": 86_400_000}
    assert world_client.get(SETTINGS).attributes == changed
    assert "colour" not in changed
    assert world_client.put(SETTINGS, {"google": {"enabled": True}}).status == 400


def test_the_secret_of_customers_is_told_in_the_answer_alone(
    world_client: WorldClient, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither the journal nor the log has it, and each world has another one."""
    path = "/v1/auth/customer/settings"
    secret = world_client.get(path).attributes["secret"]
    assert len(secret) == 64
    assert secret not in str(list(world_client.world.journal.entries)) + caplog.text
    with opened(world_client.api, WorldSpec(name="other-secret", seed="1")) as other:
        assert other.get(path).attributes["secret"] != secret
