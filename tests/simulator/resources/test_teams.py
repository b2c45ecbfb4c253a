"""Teams: members, deletion that leaves a tombstone, and coming back."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kustomer_sandbox.simulator.values.record import JSON
from tests.world_client import WorldClient

NOW = "2026-06-09T12:00:00.000Z"
NOBODY = "f" * 24


def user(client: WorldClient, name: str) -> str:
    answer = client.post("/v1/users", {"name": name, "email": f"{name}@example.com"})
    return str(answer.data["id"])


def team(client: WorldClient, name: str = "Tier 2", **fields: JSON) -> str:
    answer = client.post("/v1/teams", {"name": name, **fields})
    assert answer.status == 201
    return str(answer.data["id"])


def listed(client: WorldClient, query: str = "") -> list[str]:
    return [entry["id"] for entry in client.get("/v1/teams", query).data]


def test_a_new_team_has_the_documented_shape(world_client: WorldClient) -> None:
    """Clients read these attributes; the server fills in what the body leaves out."""
    answer = world_client.post("/v1/teams", {"name": "Billing", "icon": "card"})

    assert answer.status == 201
    assert answer.attributes == {
        "name": "Billing",
        "icon": "card",
        "members": [],
        "roleGroups": [],
        "deleted": False,
        "createdAt": NOW,
        "updatedAt": NOW,
        "modifiedAt": NOW,
    }


def test_an_imported_team_keeps_its_own_creation_time(world_client: WorldClient) -> None:
    """Imports bring history along: createdAt, importedAt and externalId are taken as given."""
    given_facts = {"createdAt": "2020-01-01T00:00:00.000Z", "importedAt": NOW, "externalId": "T-1"}

    answer = world_client.post("/v1/teams", {"name": "Old", **given_facts})

    assert {name: answer.attributes[name] for name in given_facts} == given_facts


def test_two_teams_may_have_the_same_name(world_client: WorldClient) -> None:
    """No uniqueness is published, so none is invented."""
    assert team(world_client, "Billing") != team(world_client, "Billing")


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
def test_a_member_must_be_a_user(world_client: WorldClient, method: str) -> None:
    """An id of nobody would leave the team with a member no list can name."""
    path = "/v1/teams" if method == "POST" else f"/v1/teams/{team(world_client)}"

    answer = world_client.call(method, path, {"name": "Tier 2", "members": [NOBODY]})

    assert (answer.status, answer.places) == (400, ["/members"])
    assert NOBODY not in str(answer.json)


def test_adding_members_keeps_those_there_are(world_client: WorldClient) -> None:
    """The call adds: order stays, nobody is twice, and an unknown id changes nothing."""
    maya, ben = user(world_client, "maya"), user(world_client, "ben")
    tier2 = team(world_client, members=[maya])

    added = world_client.post(f"/v1/teams/{tier2}/members", {"members": [ben, maya, ben]})
    refused = world_client.post(f"/v1/teams/{tier2}/members", {"members": [NOBODY]})

    assert (added.status, added.attributes["members"]) == (200, [maya, ben])
    assert (refused.status, world_client.get(f"/v1/teams/{tier2}").attributes["members"]) == (400, [maya, ben])


def test_removing_members_passes_over_those_who_are_none(world_client: WorldClient) -> None:
    """After the call none of the users is a member, whoever was one before."""
    maya, ben = user(world_client, "maya"), user(world_client, "ben")
    tier2 = team(world_client, members=[maya, ben])

    answer = world_client.delete(f"/v1/teams/{tier2}/members", {"members": [maya, NOBODY]})

    assert (answer.status, answer.attributes["members"]) == (200, [ben])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(calls=st.lists(st.tuples(st.booleans(), st.lists(st.integers(0, 3), max_size=4)), max_size=6))
def test_membership_follows_a_plain_ordered_set(world_client: WorldClient, calls: list[tuple[bool, list[int]]]) -> None:
    """Whatever is added and removed in turn, members are those a list without repeats would hold."""
    world_client.advance(61)  # All examples share one budget a minute.
    users = [entry["id"] for entry in world_client.get("/v1/users", "userType=user").data]
    users = users or [user(world_client, name) for name in ("a", "b", "c", "d")]
    path, model = f"/v1/teams/{team(world_client)}/members", dict[str, None]()

    for adds, chosen in calls:
        members = [users[number] for number in chosen]
        answer = world_client.call("POST" if adds else "DELETE", path, {"members": members})
        model = model | dict.fromkeys(members) if adds else {key: None for key in model if key not in members}
        assert answer.attributes["members"] == list(model)


def test_a_user_sees_the_teams_it_belongs_to(world_client: WorldClient) -> None:
    """Only living teams count, and an unknown user is not found."""
    maya = user(world_client, "maya")
    first, second = team(world_client, "One", members=[maya]), team(world_client, "Two", members=[maya])
    team(world_client, "Three")
    world_client.delete(f"/v1/teams/{second}")

    answer = world_client.get(f"/v1/users/{maya}/teams")

    assert [entry["id"] for entry in answer.data] == [first]
    assert answer.json["meta"] == {"page": 1, "pageSize": 100}
    assert world_client.get(f"/v1/users/{NOBODY}/teams").status == 404


def test_a_put_needs_the_name_and_a_patch_does_not(world_client: WorldClient) -> None:
    """The two published schemas differ in just this."""
    tier2 = team(world_client)

    put, patch = (world_client.call(method, f"/v1/teams/{tier2}", {"icon": None}) for method in ("PUT", "PATCH"))

    assert (put.status, patch.status, patch.attributes["name"], patch.attributes["icon"]) == (400, 200, "Tier 2", None)


def test_a_deleted_team_is_gone_from_everywhere_but_the_list_of_deleted(world_client: WorldClient) -> None:
    """It leaves a tombstone that says when and by whom."""
    tier2, billing = team(world_client), team(world_client, "Billing")

    answer = world_client.delete(f"/v1/teams/{tier2}")

    assert (answer.status, answer.json) == (204, None)
    assert listed(world_client) == listed(world_client, "deleted=false") == [billing]
    assert world_client.get(f"/v1/teams/{tier2}").status == 404
    tombstone = world_client.get("/v1/teams", "deleted=true").data
    assert [(entry["id"], entry["attributes"]["deleted"], entry["attributes"]["deletedAt"]) for entry in tombstone] == [
        (tier2, True, NOW)
    ]
    me = world_client.get("/v1/users/current").data["id"]
    assert tombstone[0]["relationships"]["deletedBy"]["data"] == {"type": "user", "id": me}


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("DELETE", "", None),
        ("PATCH", "", {"name": "New"}),
        ("PATCH", "", {"deleted": True}),
        ("POST", "/members", {"members": []}),
        ("DELETE", "/members", {"members": []}),
    ],
)
def test_a_deleted_team_takes_no_change(world_client: WorldClient, method: str, path: str, body: JSON) -> None:
    """To callers it is not there, until it is brought back."""
    tier2 = team(world_client)
    world_client.delete(f"/v1/teams/{tier2}")

    assert world_client.call(method, f"/v1/teams/{tier2}{path}", body).status == 404


@pytest.mark.parametrize("value", [None, False])
def test_a_deleted_team_comes_back_without_the_marks_of_deletion(world_client: WorldClient, value: object) -> None:
    """`deleted` is nullable so that a deletion can be undone."""
    tier2 = team(world_client)
    deleted = world_client.call("PATCH", f"/v1/teams/{tier2}", {"deleted": True})

    answer = world_client.call("PATCH", f"/v1/teams/{tier2}", {"deleted": value})

    assert (deleted.status, deleted.attributes["deleted"], deleted.attributes["deletedAt"]) == (200, True, NOW)
    assert (answer.status, answer.attributes["deleted"], "deletedAt" in answer.attributes) == (200, False, False)
    assert "deletedBy" not in answer.data["relationships"]
    assert listed(world_client) == [tier2]
    assert listed(world_client, "deleted=true") == []


def test_teams_come_in_pages_of_at_most_500(world_client: WorldClient) -> None:
    """500 is the published maximum for teams."""
    team(world_client)

    assert world_client.get("/v1/teams", "pageSize=501").json["meta"] == {"page": 1, "pageSize": 500}


def test_reading_teams_does_not_allow_writing_them(world_client: WorldClient) -> None:
    """A read role must never be enough to change who belongs where."""
    tier2 = team(world_client)
    reader = world_client.new_key("org.user.team.read")

    assert world_client.get(f"/v1/teams/{tier2}", key=reader).status == 200
    assert world_client.delete(f"/v1/teams/{tier2}", key=reader).status == 403
    assert world_client.post(f"/v1/teams/{tier2}/members", {"members": []}, key=reader).status == 403
