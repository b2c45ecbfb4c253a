"""Notes: where they stand, who is mentioned, how they change and go, and what their conversation counts."""

from __future__ import annotations

import pytest

from kustomer_sandbox.contracts.model import Contracts
from kustomer_sandbox.simulator.values.record import JSON
from tests.world_client import Answer, WorldClient

NOTES = "/v1/notes"
SEARCH = "/v1/customers/search"
NOBODY = "f" * 24
LONGEST = 10_240


@pytest.fixture
def talk(world_client: WorldClient) -> str:
    return conversation(world_client)


def conversation(client: WorldClient) -> str:
    customer = client.post("/v1/customers", {"name": "Jane"}).data["id"]
    return str(client.post("/v1/conversations", {"customer": customer}).data["id"])


def note(client: WorldClient, place: str, **fields: JSON) -> Answer:
    answer = client.post(NOTES, {"conversation": place, "body": "Call back", **fields})
    assert answer.status == 201, answer.json
    return answer


def count(client: WorldClient, place: str) -> int:
    return int(client.get(f"/v1/conversations/{place}").attributes["noteCount"])


def ids(answer: Answer) -> list[str]:
    return [record["id"] for record in answer.data]


def test_a_note_that_names_no_conversation_stands_by_itself(world_client: WorldClient) -> None:
    """The published body of that path cannot name one."""
    answer = world_client.post(NOTES, {"body": "Inventory on Friday"})

    assert answer.status == 201
    assert {"customer", "conversation"}.isdisjoint(answer.data["relationships"])
    assert ids(world_client.get(NOTES)) == [answer.data["id"]]


def test_a_note_for_another_conversation_than_the_paths_is_refused(world_client: WorldClient, talk: str) -> None:
    """Whoever names both may mean either."""
    path = f"/v1/conversations/{talk}/notes"
    assert world_client.post(path, {"body": "x", "conversation": talk}).status == 201

    answer = world_client.post(path, {"body": "x", "conversation": conversation(world_client)})

    assert (answer.status, answer.error["source"]) == (400, {"pointer": "/conversation"})


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ({}, "/body"),
        ({"body": ""}, "/body"),
        ({"body": "x" * (LONGEST + 1)}, "/body"),
        ({"body": "x", "externalId": "x" * 257}, "/externalId"),
        ({"body": "x", "userMentions": [{"user": NOBODY}] * 21}, "/userMentions"),
        ({"body": "x", "attachments": [{"_id": NOBODY}]}, "/attachments/0"),
        ({"body": "x", "deleted": True}, "/deleted"),
    ],
)
def test_a_note_that_the_schema_does_not_allow_is_refused(
    world_client: WorldClient, talk: str, body: JSON, place: str
) -> None:
    """A text of 10,240 characters is the longest; nobody writes a note that is deleted."""
    answer = world_client.post(f"/v1/conversations/{talk}/notes", body)

    assert answer.status == 400
    assert answer.places[0].startswith(place)
    assert count(world_client, talk) == 0


def test_a_note_mentions_users_and_teams_there_are(world_client: WorldClient, talk: str) -> None:
    """A mention notifies somebody, so there must be somebody."""
    me = world_client.get("/v1/users/current").data["id"]
    team = world_client.post("/v1/teams", {"name": "Tier 2"}).data["id"]

    found = note(world_client, talk, userMentions=[{"user": me}, {"team": team}])
    refused = world_client.post(NOTES, {"body": "x", "userMentions": [{"user": NOBODY}]})

    mentions = [{"type": "user", "id": me}, {"type": "team", "id": team}]
    assert found.data["relationships"]["userMentions"] == {"data": mentions}
    assert (refused.status, refused.error["source"]) == (400, {"pointer": "/userMentions"})
    query = {"queryContext": "note", "and": [{"note_user_mentions": {"in": [me]}}]}
    assert ids(world_client.post(SEARCH, query)) == [found.data["id"]]


def test_an_external_id_stands_for_one_note(world_client: WorldClient, talk: str) -> None:
    """An import that is run twice must not double what it brings."""
    note(world_client, talk, externalId="N-1")

    assert world_client.post(NOTES, {"body": "x", "externalId": "N-1"}).status == 409


@pytest.mark.parametrize(("role", "when"), [("org.admin", "2020-01-01T00:00:00.000Z"), ("org.user.note.write", "")])
def test_stamps_of_a_note_are_taken_from_admins_only(
    world_client: WorldClient, talk: str, role: str, when: str
) -> None:
    """Who may not administer cannot backdate."""
    key = world_client.new_key(role, "org.user.note.write")

    shown = world_client.post(NOTES, {"body": "x", "conversation": talk, "createdAt": "2020-01-01T00:00:00Z"}, key=key)

    now = shown.attributes["updatedAt"]
    assert shown.attributes["createdAt"] == (when or now)


def test_a_replaced_note_loses_what_the_body_does_not_name(world_client: WorldClient, talk: str) -> None:
    """Without replace=true a PUT changes what it names."""
    path = f"{NOTES}/{note(world_client, talk, externalId='N-1', lang='de').data['id']}"
    body = {"conversation": talk, "body": "Done"}

    kept = world_client.put(path, body).attributes
    replaced = world_client.call("PUT", path, body, query="replace=true").attributes

    assert (kept["externalId"], kept["lang"], kept["body"]) == ("N-1", "de", "Done")
    assert {"externalId", "lang"}.isdisjoint(replaced)


def test_a_deleted_note_leaves_a_tombstone_and_takes_no_change(world_client: WorldClient, talk: str) -> None:
    """Only searches that ask for deleted records find it; they say when and by whom."""
    path = f"{NOTES}/{note(world_client, talk, externalId='N-1').data['id']}"
    assert world_client.delete(path).status == 204
    assert (world_client.delete(path).status, world_client.call("PATCH", path, {"body": "x"}).status) == (404, 404)
    assert (world_client.get(NOTES).data, count(world_client, talk)) == ([], 0)

    (found,) = world_client.post(SEARCH, {"queryContext": "note", "includeDeleted": True}).data
    back = world_client.call("PATCH", path, {"deleted": False})

    assert (found["attributes"]["deleted"], found["attributes"]["deletedAt"]) == (True, back.attributes["updatedAt"])
    assert found["relationships"]["deletedBy"]["data"]["type"] == "user"
    assert "deletedAt" not in back.attributes
    assert "deletedBy" not in back.data["relationships"]
    assert (ids(world_client.get(NOTES)), count(world_client, talk)) == ([back.data["id"]], 1)


def test_a_conversation_counts_the_notes_that_stand_in_it(world_client: WorldClient, talk: str) -> None:
    """A note that is moved takes its new conversation's customer; one that is deleted twice counts off once."""
    other = conversation(world_client)
    path = f"{NOTES}/{note(world_client, talk).data['id']}"
    note(world_client, talk)

    moved = world_client.call("PATCH", path, {"conversation": other})
    assert (count(world_client, talk), count(world_client, other)) == (1, 1)
    owner = world_client.get(f"/v1/conversations/{other}").data["relationships"]["customer"]["data"]
    assert moved.data["relationships"]["customer"]["data"] == owner
    assert ids(world_client.get(f"/v1/customers/{owner['id']}/notes")) == [moved.data["id"]]
    world_client.call("PATCH", path, {"deleted": True})
    assert (count(world_client, talk), count(world_client, other)) == (1, 0)


def test_the_121st_note_of_a_customer_in_a_minute_is_refused(
    world_client: WorldClient, talk: str, contracts: Contracts
) -> None:
    """All ways to make one draw on the same budget; historical notes are exempt."""
    limit = contracts.limits.budgets["notes_created"].limit
    paths = [(NOTES, {"body": "x", "conversation": talk}), (f"/v1/conversations/{talk}/notes", {"body": "x"})]

    statuses = [world_client.post(*paths[number % 2]).status for number in range(limit + 1)]
    imported = world_client.post(paths[1][0], {"body": "x", "importedAt": "2020-01-01T00:00:00Z"})

    assert (set(statuses[:-1]), statuses[-1], imported.status) == ({201}, 429, 201)


@pytest.mark.parametrize(
    ("role", "statuses"),
    [
        ("org.permission.note.create", [201, 403, 403, 403]),
        ("org.permission.note.read", [403, 200, 403, 403]),
        ("org.permission.note.update", [403, 403, 200, 403]),
        ("org.permission.note.delete", [403, 403, 403, 204]),
        ("org.user.note.read", [403, 200, 403, 403]),
        ("org.user.note.write", [201, 403, 200, 204]),
    ],
)
def test_each_call_of_notes_needs_its_role(
    world_client: WorldClient, talk: str, role: str, statuses: list[int]
) -> None:
    """Permission sets tell the verbs apart, legacy roles reading from writing."""
    key, path = world_client.new_key(role), f"{NOTES}/{note(world_client, talk).data['id']}"

    answers = [
        world_client.post(NOTES, {"body": "x"}, key=key),
        world_client.get(path, key=key),
        world_client.call("PATCH", path, {"body": "x"}, key=key),
        world_client.delete(path, key=key),
    ]

    assert [answer.status for answer in answers] == statuses


def test_notes_are_written_and_changed_in_bulk(world_client: WorldClient, talk: str) -> None:
    """Each item as its single call; one without a conversation is refused before anything is queued."""
    assert world_client.post(f"{NOTES}/bulk", [{"body": "x"}]).status == 400
    rows = [{"conversation": talk, "body": f"Note {number}", "_clientRef": str(number)} for number in range(2)]

    made = world_client.post(f"{NOTES}/bulk", rows)
    found = ids(world_client.get(f"/v1/conversations/{talk}/notes"))
    changed = world_client.call("PUT", f"{NOTES}/bulk", {"lang": "de"}, query=f"ids={','.join(found)}")

    assert (made.status, made.attributes["context"]) == (201, "api.sobjects.note.bulk-create")
    assert (changed.status, len(found), count(world_client, talk)) == (201, 2, 2)
    assert [record["attributes"]["lang"] for record in world_client.get(NOTES, "sort=desc").data] == ["de", "de"]
