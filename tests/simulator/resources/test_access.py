"""The organisation, its keys and how one signs in."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest

from kustomer_sandbox.simulator.api import Api
from kustomer_sandbox.simulator.hosting.worlds import WorldSpec
from tests.promised import promised
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


PROOF = {"email": "ann@example.com", "password": "correct horse"}


def person(client: WorldClient, **facts: object) -> str:
    """The path of a user with that address and password, who may read customers."""
    user = {"name": "Ann", "email": "ann@example.com", "roles": ["org.user.customer.read"], **facts}
    path = f"/v1/users/{client.post('/v1/users', user).data['id']}"
    assert client.put(path, {"password": PROOF["password"]}).status == 201
    return path


def sign_in(client: WorldClient, **proof: object) -> str:
    answer = promised(client).post(TOKENS, {**PROOF, **proof}, key="")
    assert answer.status == 201, answer.json
    return str(answer.attributes["token"])


def test_who_knows_a_password_calls_as_that_person(world_client: WorldClient) -> None:
    """With that person's roles and those of its role groups, and is listed beside the keys without the token."""
    group = world_client.post("/v1/role-groups", {"name": "Tags", "description": "", "roles": ["org.user.tag.read"]})
    path = person(world_client, roleGroups=[group.data["id"]])
    token = sign_in(world_client, domain=world_client.world.org_name, email="Ann@Example.com")
    assert world_client.get("/v1/users/current", key=token).data["id"] == path.rpartition("/")[2]
    allowed = [world_client.get(f"/v1/{kind}", key=token).status for kind in ("customers", "tags", "teams")]
    assert allowed == [200, 200, 403]
    assert world_client.get(path).attributes["mostRecentLoginAt"] == "2026-06-09T12:00:00.000Z"
    own = world_client.get(f"{TOKENS}/current", key=token).data
    assert own["id"] in [listed["id"] for listed in world_client.get(TOKENS).data]
    assert "token" not in own["attributes"]


@pytest.mark.parametrize(
    "proof",
    [
        {"password": "wrong"},
        {"email": "bob@example.com"},
        {"email": ""},
        {"domain": "another"},
        {"password": "", "googleAuthToken": "x", "samlAuthToken": "x", "singleAccessToken": "x"},
    ],
)
def test_nobody_signs_in_without_the_right_proof(world_client: WorldClient, proof: dict[str, str]) -> None:
    """Nor where no password was set, or none is taken."""
    world_client.post("/v1/users", {"name": "Bob", "email": "bob@example.com"})
    person(world_client)
    assert world_client.post(TOKENS, {**PROOF, **proof}, key="").status == 401
    for nothing in ({"remember": True}, None):
        assert world_client.post(TOKENS, nothing, key="").status == 401


@pytest.mark.parametrize("by", ["time", "itself", "another", "its user's end", "a snapshot"])
def test_a_sign_in_ends(world_client: WorldClient, by: str) -> None:
    """Other sign-ins of the same person go on where it is not the person's end, and time takes each."""
    before, path = world_client.world.snapshot(), person(world_client)
    token, other = sign_in(world_client), sign_in(world_client)
    own = f"{TOKENS}/{world_client.get(f'{TOKENS}/current', key=token).data['id']}"
    if by == "time":
        world_client.advance(86_400 - 1)
        assert world_client.get("/v1/users/current", key=token).status == 200
        world_client.advance(1)
    elif by == "itself":
        assert world_client.delete(f"{TOKENS}/current", key=token).status == 204
    elif by == "another":
        assert world_client.delete(own).status == 204
    elif by == "a snapshot":
        world_client.world.restore(before)
    else:
        world_client.put(path, {"deleted": True})
    assert world_client.get("/v1/users/current", key=token).status == 401
    assert world_client.get("/v1/users/current", key=other).status == (200 if by in ("itself", "another") else 401)


def test_a_password_may_be_changed_and_sign_in_switched_off(world_client: WorldClient) -> None:
    path = person(world_client)
    world_client.put(path, {"password": "another"})
    assert world_client.post(TOKENS, PROOF, key="").status == 401
    off = {**world_client.get(SETTINGS).attributes, "kustomer": {"enabled": False}}
    written = {name: off[name] for name in ("kustomer", "google", "saml")}
    assert world_client.put(SETTINGS, written).status == 200
    assert world_client.post(TOKENS, {**PROOF, "password": "another"}, key="").status == 401
