"""What is each user's own: settings and notifications; and the organisation's settings beside them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from kustomer_sandbox.simulator.api import Api
from kustomer_sandbox.simulator.hosting.worlds import WorldSpec
from tests.world_client import WorldClient, opened

DAY = 24 * 3600


@pytest.fixture
def demo_client(shared_api: Api) -> Iterator[WorldClient]:
    with opened(shared_api, WorldSpec(name="choices", scenario="demo")) as client:
        yield client


def user(client: WorldClient, name: str) -> str:
    users = client.get("/v1/users", "pageSize=100").data
    return {str(one["attributes"]["name"]): str(one["id"]) for one in users}[name]


def mention(client: WorldClient, **whom: str) -> str:
    """The id of a note that mentions a user or a team."""
    id: str = client.post("/v1/notes", {"body": "Look.", "userMentions": [whom]}).data["id"]
    return id


def events(client: WorldClient, key: str | None = None) -> list[str]:
    return [one["attributes"]["event"]["id"] for one in client.get("/v1/notifications", key=key).data]


def test_a_secret_setting_reads_as_a_placeholder(demo_client: WorldClient) -> None:
    secret = demo_client.get("/v1/settings/parcel_watch/default/apiKey")
    assert (secret.attributes["type"], secret.attributes["value"]) == ("secret", "********")
    assert secret.data["links"]["self"] == "/v1/settings/parcel_watch/default/apiKey"


def test_settings_of_users_and_of_the_organisation_do_not_mix(demo_client: WorldClient) -> None:
    """Neither falls back on the other, and one user's are not another's."""
    maya, ben = user(demo_client, "Maya Alvarez"), user(demo_client, "Ben Adeyemi")
    hers = demo_client.get(f"/v1/users/{maya}/settings/chat/outbound/sendAction")
    assert (hers.attributes["value"], hers.attributes["defaultValue"]) == ("send-and-done", "send")
    for path in (
        f"/v1/users/{ben}/settings/chat/outbound/sendAction",
        "/v1/settings/chat/outbound/sendAction",
        f"/v1/users/{maya}/settings/kustomer/satisfaction/lockTime",
    ):
        assert demo_client.get(path).status == 404
    assert demo_client.get("/v1/settings/kustomer/satisfaction/lockTime").attributes["value"] == 48


@pytest.mark.parametrize(("value", "kind"), [("a", "string"), (1.5, "number"), (0, "number"), (False, "boolean")])
def test_a_new_setting_has_the_type_of_its_value(world_client: WorldClient, value: object, kind: str) -> None:
    made = world_client.put("/v1/users/current/settings/a/b/c", {"value": value})
    assert (made.status, made.attributes["type"], made.attributes["path"]) == (200, kind, "a.b.c")
    assert world_client.put("/v1/users/current/settings/a/b/c", {"value": None}).status == 400


def test_notifications_are_the_callers_newest_first_for_seven_days(world_client: WorldClient) -> None:
    other = world_client.new_key("org")
    me, them = (world_client.get("/v1/users/current", key=key).data["id"] for key in (None, other))
    old = mention(world_client, user=me)
    world_client.advance(3 * DAY)
    new = mention(world_client, user=me)
    theirs = mention(world_client, user=them)

    assert (events(world_client), events(world_client, other)) == ([new, old], [theirs])
    assert world_client.get("/v1/notifications").json["meta"]["unread"] == 2
    world_client.advance(4 * DAY)
    assert events(world_client) == [new]
    assert world_client.delete("/v1/notifications").status == 204
    assert (events(world_client), events(world_client, other)) == ([], [theirs])


def test_a_note_notifies_the_members_of_a_team_it_mentions_once(world_client: WorldClient) -> None:
    """Also where a member is mentioned by name."""
    me = world_client.get("/v1/users/current").data["id"]
    team = world_client.post("/v1/teams", {"name": "Desk", "members": [me]}).data["id"]
    body = {"body": "Look.", "userMentions": [{"team": team}, {"user": me}]}
    note = world_client.post("/v1/notes", body).data["id"]
    assert events(world_client) == [note]


def test_teams_say_whether_and_for_which_queues_they_are_routed(demo_client: WorldClient) -> None:
    """The id of each is its team's."""
    teams = {team["id"]: team["attributes"]["name"] for team in demo_client.get("/v1/teams").data}
    found = demo_client.get("/v1/routing/settings").data
    shown = {teams[one["id"]]: (one["attributes"]["enabled"], len(one["attributes"]["queues"])) for one in found}
    assert shown == {"Tier 1 Support": (True, 1), "Billing": (True, 2), "Travel Desk": (False, 1)}
    assert {one["relationships"]["team"]["data"]["id"] for one in found} == {one["id"] for one in found}
