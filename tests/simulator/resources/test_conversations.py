"""Conversations: their status, their customer's counts, tags, moves, deletion. Every answer must fit the contract."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kustomer_sandbox.simulator.operations.system import system_context
from kustomer_sandbox.simulator.operations.writing import new_record
from kustomer_sandbox.simulator.values.record import JSON
from tests.promised import PromisedClient, promised
from tests.world_client import WorldClient

NOW = "2026-06-09T12:00:00.000Z"
NOBODY = "f" * 24
STATUSES = ("open", "snoozed", "done")
HISTORY = (
    "nameAt", "priorityAt", "channelAt", "assignedTeamsAt", "assignedUsersAt", "brandAt", "defaultLangAt", "statusAt",
    "tagsAt", "customAt",
)  # fmt: skip
NO_RESPONSE: JSON = {"createdByTeams": [], "assignedTeams": [], "assignedUsers": []}


@pytest.fixture
def client(world_client: WorldClient) -> PromisedClient:
    return promised(world_client)


def customer(client: WorldClient, name: str = "Jane Doe") -> str:
    return str(client.post("/v1/customers", {"name": name}).data["id"])


def conversation(client: WorldClient, of: str, **body: JSON) -> str:
    made = client.post("/v1/conversations", {"customer": of, **body})
    assert made.status == 201
    return f"/v1/conversations/{made.data['id']}"


def counts(client: WorldClient, id: str) -> tuple[JSON, JSON]:
    attributes = client.get(f"/v1/customers/{id}").attributes
    return attributes["conversationCounts"], attributes["progressiveStatus"]


def test_a_new_conversation_has_the_documented_attributes(client: PromisedClient) -> None:
    """The vendor's example of a fresh conversation, and what recorded traffic shows besides."""
    jane = customer(client)

    made = client.post("/v1/conversations", {"customer": jane})

    defaults = client.api.contracts.resources["conversations"].defaults
    assert made.attributes == {
        **defaults,
        "open": {"statusAt": NOW},
        "lastActivityAt": NOW,
        "modificationHistory": {**dict.fromkeys(HISTORY), "channelAt": NOW, "statusAt": NOW},
        "createdAt": NOW,
        "updatedAt": NOW,
        "modifiedAt": NOW,
        "rev": 1,
    }
    assert (made.attributes["firstResponse"], made.attributes["firstMessageIn"]) == (NO_RESPONSE, {})
    assert made.data["relationships"]["customer"]["data"] == {"type": "customer", "id": jane}
    assert made.data["relationships"]["messages"] == {"links": {"self": f"{made.data['links']['self']}/messages"}}


def test_a_conversation_of_the_path_customer_is_created(client: PromisedClient) -> None:
    """The nested path needs no body at all, and knows campaigns."""
    jane = customer(client)

    bare = client.post(f"/v1/customers/{jane}/conversations")
    full = client.post(f"/v1/customers/{jane}/conversations", {"campaign": "c" * 24, "status": "done"})

    assert (bare.status, full.status, full.attributes["status"]) == (201, 201, "done")
    assert full.data["relationships"]["campaign"]["data"] == {"type": "campaign", "id": "c" * 24}
    assert counts(client, jane)[0] == {"all": 2, "snoozed": 0, "open": 1, "done": 1}
    assert client.post(f"/v1/customers/{NOBODY}/conversations").status == 404


def test_a_given_id_is_kept_and_refused_when_taken(client: PromisedClient) -> None:
    """Importers name their records; the same name twice would be two records in one."""
    jane = customer(client)

    path = conversation(client, jane, id="abc" * 8)

    assert path == f"/v1/conversations/{'abc' * 8}"
    assert client.post("/v1/conversations", {"customer": jane, "id": "abc" * 8}).status == 409


def test_an_external_id_is_unique_and_looked_up(client: PromisedClient) -> None:
    """It is the only protection against creating a conversation twice."""
    jane = customer(client)
    path = conversation(client, jane, externalId="case/7")

    assert client.get("/v1/conversations/externalId=case%2F7").data["links"]["self"] == path
    assert client.get("/v1/conversations/externalId=case%2F8").status == 404
    assert client.post("/v1/conversations", {"customer": jane, "externalId": "case/7"}).status == 409


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("customer", NOBODY),
        ("assignedUsers", [NOBODY]),
        ("assignedTeams", [NOBODY]),
        ("queue", {"id": NOBODY}),
        ("status", "snoozed"),
        ("createdAt", "0000-01-01T00:00:00Z"),
        ("tags", [f"t{number}" for number in range(21)]),
    ],
)
def test_what_a_new_conversation_cannot_have_is_refused_at_its_place(
    client: PromisedClient, field: str, value: JSON
) -> None:
    """A reference to nothing would only be noticed by who relies on it later."""
    refused = client.post("/v1/conversations", {"customer": customer(client), field: value})

    assert refused.status == 400
    assert refused.places[0].startswith(f"/{field}")


def test_a_conversation_is_assigned_to_users_teams_and_a_queue(client: PromisedClient) -> None:
    """Lists hold ids, the queue is a relationship, an external queue an attribute."""
    context = system_context(client.world)
    team = client.world.records.insert(new_record(context, "team", {"name": "Tier 2"}))["id"]
    queue = client.world.records.insert(new_record(context, "queue", {"name": "Tier 2"}))["id"]
    path = conversation(client, customer(client))
    client.advance(60)
    later = "2026-06-09T12:01:00.000Z"
    me = client.get(path).data["relationships"]["createdBy"]["data"]["id"]

    changed = client.call(
        "PATCH", path, {"assignedTeams": [team], "assignedUsers": [me], "queue": {"id": queue, "external": None}}
    )

    assert (changed.attributes["assignedTeams"], changed.attributes["assignedUsers"]) == ([team], [me])
    assert changed.data["relationships"]["queue"]["data"] == {"type": "queue", "id": queue}
    first = {**dict.fromkeys(HISTORY), "channelAt": NOW, "statusAt": NOW}
    changes = {"assignedTeamsAt": later, "assignedUsersAt": later}
    assert changed.attributes["modificationHistory"] == {**first, **changes}
    moved = client.put(path, {"queue": {"id": None, "external": "amazon-connect"}, "assignedTeams": []})
    assert (moved.attributes["externalQueue"], moved.attributes["assignedTeams"]) == ("amazon-connect", [])
    assert "queue" not in moved.data["relationships"]


def test_marking_done_and_open_again_is_counted_and_timed(client: PromisedClient) -> None:
    """Reports are made from these: how long it was open, how often and by whom it was resolved."""
    path = conversation(client, customer(client))
    client.advance(60)
    done = client.put(path, {"status": "done"}).attributes
    client.advance(30)
    again = client.put(path, {"status": "open"}).attributes

    assert done["totalOpen"] == {"time": 60_000, "businessTime": 60_000}
    assert (done["doneCount"], done["firstDone"]["time"]) == (1, 60_000)
    assert done["firstDone"] == done["lastDone"]
    assert again["totalDone"] == {"time": 30_000, "businessTime": 30_000}
    assert (again["reopenCount"], again["reopenFromDoneCount"]) == (1, 1)
    assert again["open"] == {"statusAt": "2026-06-09T12:01:30.000Z"}


def test_a_snooze_elapses_at_its_time_and_not_before(client: PromisedClient) -> None:
    """The clock opens it again, to the second, and the customer's counts follow."""
    jane = customer(client)
    path = conversation(client, jane)

    snoozed = client.put(path, {"snooze": {"status": "scheduled", "time": "2026-06-09T14:01:00+02:00"}}).attributes

    assert snoozed["status"] == "snoozed"
    assert snoozed["snooze"] == {"status": "scheduled", "time": "2026-06-09T12:01:00.000Z", "statusAt": NOW}
    assert counts(client, jane) == ({"all": 1, "snoozed": 1, "open": 0, "done": 0}, "snoozed")
    client.advance(59.999)
    assert client.get(path).attributes["status"] == "snoozed"
    client.advance(0.001)
    woken = client.get(path).attributes
    assert (woken["status"], woken["snooze"]["status"], woken["totalSnooze"]["time"]) == ("open", "elapsed", 60_000)
    assert counts(client, jane) == ({"all": 1, "snoozed": 0, "open": 1, "done": 0}, "open")


@pytest.mark.parametrize("change", [{"status": "done"}, {"status": "open"}, {"snooze": {"status": "canceled"}}])
def test_a_snooze_that_was_ended_early_changes_nothing_later(client: PromisedClient, change: dict[str, JSON]) -> None:
    """A plan left behind would open a resolved conversation, or one snoozed anew without an end."""
    path = conversation(client, customer(client))
    client.put(path, {"status": "snoozed", "snooze": {"status": "scheduled", "time": "2026-06-09T12:01:00Z"}})

    ended = client.put(path, change)
    anew = client.put(path, {"status": "snoozed", "snooze": {"status": "scheduled"}})
    client.advance(120)

    assert ended.attributes["snooze"]["status"] == "canceled"
    assert ended.attributes["status"] == change.get("status", "open")
    assert client.get(path).attributes == anew.attributes


def test_a_snooze_for_another_status_is_refused(client: PromisedClient) -> None:
    """Done and snoozed at once has no meaning."""
    path = conversation(client, customer(client))

    refused = client.put(path, {"status": "done", "snooze": {"status": "scheduled", "time": NOW}})

    assert (refused.status, refused.places) == (400, ["/snooze/status"])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.tuples(st.integers(0, 2), st.sampled_from([*STATUSES, "gone"])), max_size=8))
def test_counts_always_equal_the_conversations_there_are(client: PromisedClient, steps: list[tuple[int, str]]) -> None:
    """The counts are kept step by step, so no sequence of changes may leave them off."""
    client.advance(61)  # All examples share one budget a minute.
    jane = customer(client)
    paths = {conversation(client, jane): "open" for _ in range(3)}
    order = list(paths)
    for index, status in steps:
        path = order[index]
        if path in paths:
            client.put(path, {"deleted": True} if status == "gone" else {"status": status})
            paths[path] = status
        paths = {known: state for known, state in paths.items() if state != "gone"}
    found = Counter(paths.values())
    expected = {"all": len(paths), **{status: found[status] for status in ("snoozed", "open", "done")}}
    best = next((status for status in ("open", "snoozed", "done") if found[status]), None)
    assert counts(client, jane) == (expected, best)


def test_tags_are_appended_and_removed_by_name_or_id(client: PromisedClient) -> None:
    """The bodies are plain arrays; unknown names become tags, on removal too, as the page has it."""
    jane = customer(client)
    path = conversation(client, jane, tags=["refund"])
    refund = client.get(path).attributes["tags"][0]

    more = client.post(f"{path}/tags", ["vip", "Refund", refund])
    vip = more.attributes["tags"][1]
    fewer = client.delete(f"{path}/tags", ["refund", vip, "never-seen"])

    assert (more.status, more.attributes["tags"]) == (200, [refund, vip])
    assert (fewer.status, fewer.attributes["tags"]) == (200, [])
    assert [tag["attributes"]["name"] for tag in client.get("/v1/tags").data] == ["refund", "vip", "never-seen"]
    assert client.get(f"/v1/customers/{jane}").attributes["lastConversation"]["tags"] == []


def test_a_21st_tag_is_refused(client: PromisedClient) -> None:
    """Appending must not get round the limit of an ordinary write."""
    path = conversation(client, customer(client), tags=[f"t{number}" for number in range(20)])

    assert client.post(f"{path}/tags", ["t0"]).status == 200
    assert client.post(f"{path}/tags", ["t20"]).status == 400


def test_a_move_takes_messages_and_counts_along(client: PromisedClient) -> None:
    """Both customers must show only what is theirs, on every record that names one."""
    jane, john = customer(client), customer(client, "John Doe")
    path = conversation(client, jane)
    client.post(f"{path}/messages", {"channel": "email", "app": "postmark", "preview": "Hello"})

    moved = client.put(path, {"customer": john})

    assert moved.data["relationships"]["customer"]["data"]["id"] == john
    assert client.get(f"/v1/customers/{jane}/messages").data == []
    assert [found["attributes"]["preview"] for found in client.get(f"/v1/customers/{john}/messages").data] == ["Hello"]
    assert counts(client, jane) == ({"all": 0, "snoozed": 0, "open": 0, "done": 0}, None)
    assert counts(client, john) == ({"all": 1, "snoozed": 0, "open": 1, "done": 0}, "open")
    left = client.get(f"/v1/customers/{jane}").attributes
    assert left["preview"] == {}
    assert left["lastConversation"] == {"channels": [], "tags": []}
    assert client.get(f"/v1/customers/{john}").attributes["preview"]["text"] == "Hello"


def test_a_move_stands_alone(client: PromisedClient) -> None:
    """The vendor's schema has two alternative bodies; together they are neither."""
    jane = customer(client)
    path = conversation(client, jane)

    assert client.put(path, {"customer": jane, "status": "done"}).status == 400
    assert client.put(path, {"customer": NOBODY}).status == 400


@pytest.mark.parametrize("how", ["DELETE", "PUT", "PATCH"])
def test_a_deleted_conversation_is_gone_from_reads_lists_and_search(client: PromisedClient, how: str) -> None:
    """Only a search that asks for deleted records may still find it."""
    jane = customer(client)
    path = conversation(client, jane, externalId="case-7")

    gone = client.call(how, path, None if how == "DELETE" else {"deleted": True})

    assert gone.status == (204 if how == "DELETE" else 200)
    assert client.get(path).status == 404
    assert client.put(path, {"deleted": False}).status == 404
    assert client.get("/v1/conversations/externalId=case-7").status == 404
    assert [client.get(p).data for p in ("/v1/conversations", f"/v1/customers/{jane}/conversations")] == [[], []]
    assert counts(client, jane)[0]["all"] == 0
    search = {"queryContext": "conversation", "includeDeleted": True}
    found = client.post("/v1/customers/search", search).data
    assert [(entry["links"]["self"], entry["attributes"]["deleted"]) for entry in found] == [(path, True)]
    assert client.post("/v1/customers/search", {"queryContext": "conversation"}).data == []


def test_several_ids_in_the_path_answer_with_a_list(client: PromisedClient) -> None:
    """In the order asked, without those that are not there."""
    jane = customer(client)
    first, second = (conversation(client, jane).rpartition("/")[2] for _ in range(2))

    found = client.get(f"/v1/conversations/{second},{NOBODY},{first}")

    assert [entry["id"] for entry in found.data] == [second, first]


def test_lists_go_by_id_and_from_a_date(client: PromisedClient) -> None:
    """`sort=desc` turns the order; `fromDate` is inclusive, whatever zone it is written in."""
    jane = customer(client)
    old = conversation(client, jane, createdAt="2024-01-01T01:00:00+01:00")
    new = conversation(client, jane)

    def links(path: str, query: str) -> list[str]:
        return [entry["links"]["self"] for entry in client.get(path, query).data]

    assert links("/v1/conversations", "sort=desc") == [new, old]
    mine = f"/v1/customers/{jane}/conversations"
    assert links(mine, "fromDate=2024-01-01T00:00:00Z") == [old, new]
    assert links(mine, "fromDate=2024-01-01T00:00:00.001Z&pageSize=1") == [new]
    assert client.get(old).attributes["createdAt"] == "2024-01-01T00:00:00.000Z"


@pytest.mark.parametrize("method", ["PATCH", "PUT"])
def test_a_json_patch_is_the_same_plain_object(client: PromisedClient, method: str) -> None:
    """Whatever the media type says; a list of operations is refused."""
    path, kind = conversation(client, customer(client)), "application/json-patch+json"
    assert client.call(method, path, {"name": "Hers"}, content_type=kind).attributes["name"] == "Hers"
    listed = client.call(method, path, [{"op": "replace", "path": "/name", "value": "His"}], content_type=kind)
    assert (listed.status, client.get(path).attributes["name"]) == (400, "Hers")


def test_replacing_resets_what_is_written_and_keeps_what_has_happened(client: PromisedClient) -> None:
    """A document replaced by its writer must not lose the server's history."""
    path = conversation(client, customer(client), name="Old", priority=5, custom={"aStr": "x"}, tags=["vip"])
    client.post(f"{path}/messages", {"channel": "sms", "app": "twilio", "preview": "Hi"})
    client.put(path, {"custom": {"bNum": 1}, "status": "done"})
    assert client.get(path).attributes["custom"] == {"aStr": "x", "bNum": 1}

    replaced = client.put(path, {"name": "New"}, query="replace=true").attributes

    assert "priority" not in replaced
    assert "custom" not in replaced
    assert (replaced["name"], replaced["tags"], replaced["status"]) == ("New", [], "done")
    assert (replaced["messageCount"], replaced["doneCount"], replaced["preview"]) == (1, 1, "Hi")


def test_a_stale_rev_is_refused_and_changes_nothing(client: PromisedClient) -> None:
    """Two writers who read the same revision must not overwrite each other unknowingly."""
    path = conversation(client, customer(client))

    assert client.put(path, {"name": "First", "rev": 1}).attributes["rev"] == 2
    assert client.put(path, {"name": "Second", "rev": 1}).status == 409
    assert client.get(path).attributes["name"] == "First"


def test_an_ended_conversation_knows_when_and_by_whom(client: PromisedClient) -> None:
    """Chat sessions end without being resolved; the lock is kept as written."""
    jane = customer(client)
    path = conversation(client, jane)

    ended = client.put(
        path, {"ended": True, "endedReason": "left", "endedBy": jane, "endedByType": "customer", "locked": True}
    )

    assert (ended.attributes["status"], ended.attributes["endedAt"], ended.attributes["locked"]) == ("open", NOW, True)
    assert ended.data["relationships"]["endedBy"]["data"] == {"type": "customer", "id": jane}


def test_the_last_conversation_is_the_one_last_active(client: PromisedClient) -> None:
    """A change to an older conversation does not bring it to the front; a message does."""
    jane = customer(client)
    old, new = conversation(client, jane), conversation(client, jane)
    client.advance(1)

    def last() -> JSON:
        return client.get(f"/v1/customers/{jane}").attributes["lastConversation"]["id"]

    client.put(old, {"priority": 5})
    assert last() == new.rpartition("/")[2]
    client.post(f"{old}/messages", {"channel": "sms", "app": "twilio"})
    assert last() == old.rpartition("/")[2]
