"""Conversation times: when and how long agents had a conversation in hand."""

from __future__ import annotations

from typing import Any

import pytest

from kustomer_sandbox.simulator.operations import changes
from kustomer_sandbox.simulator.operations.system import system_context
from kustomer_sandbox.simulator.operations.writing import new_record
from kustomer_sandbox.simulator.values.record import JSON
from tests.world_client import WorldClient

ADA, BYRON, NOBODY = "a" * 24, "b" * 24, "c" * 24


@pytest.fixture(autouse=True)
def _agents(world_client: WorldClient) -> None:
    """Two agents, by the ids that the tests know them by."""
    context = system_context(world_client.world)
    for id in (ADA, BYRON):
        changes.create(context, new_record(context, "user", {"name": id, "email": f"{id}@example.com"}, id=id))


def conversation(client: WorldClient, **fields: JSON) -> str:
    """The path of a new conversation, Ada's unless said otherwise."""
    customer = client.post("/v1/customers", {"name": "Jane"}).data["id"]
    answer = client.post("/v1/conversations", {"customer": customer, "assignedUsers": [ADA], **fields})
    assert answer.status == 201, answer.json
    return f"/v1/conversations/{answer.data['id']}"


def after(client: WorldClient, seconds: float, path: str, **change: JSON) -> None:
    client.advance(seconds)
    assert client.put(path, change).status == 200


def times(client: WorldClient, path: str, *names: str) -> list[tuple[Any, ...]]:
    """The user and the given attributes of each."""
    found = client.get(f"{path}/times")
    assert found.status == 200, found.json
    records = sorted(found.data, key=lambda one: (one["attributes"]["handleAt"], one["id"]))
    return [
        (one["relationships"]["createdBy"]["data"]["id"], *(one["attributes"][name] for name in names))
        for one in records
    ]


def test_a_session_ends_with_the_status_and_with_the_assignment(world_client: WorldClient) -> None:
    """Snoozed, handed over and done: what lies between is no time of anybody."""
    path = conversation(world_client)
    after(world_client, 60, path, status="snoozed", snooze={"status": "scheduled", "time": "2030-01-01T00:00:00Z"})
    after(world_client, 500, path, status="open")
    after(world_client, 7, path, assignedUsers=[BYRON])
    after(world_client, 20, path, priority=3)
    after(world_client, 5, path, status="done")
    after(world_client, 900, path, status="open")

    assert times(world_client, path, "handleTime") == [(ADA, 60), (ADA, 7), (BYRON, 25)]


def test_milliseconds_in_the_second_version(world_client: WorldClient) -> None:
    """The same sessions; a client that mixes them up is off by a thousand."""
    path = conversation(world_client)
    after(world_client, 1.5, path, status="done")
    (session,) = world_client.get(f"/v2{path.removeprefix('/v1')}/times").data

    assert session["attributes"]["handleTime"] == 1500
    assert times(world_client, path, "handleTime") == [(ADA, 2)]
    assert session["links"]["self"] == f"/v1/conversations/times/{session['id']}"


@pytest.mark.parametrize("fields", [{"assignedUsers": []}, {"importedAt": "2026-06-01T00:00:00Z"}, {"status": "done"}])
def test_nobody_handles_what_is_unassigned_imported_or_done(world_client: WorldClient, fields: dict[str, JSON]) -> None:
    """History is not lived through here."""
    path = conversation(world_client, **fields)
    after(world_client, 60, path, status="done", assignedUsers=[BYRON])

    assert times(world_client, path) == []


def test_no_time_is_no_session(world_client: WorldClient) -> None:
    """A world whose clock stands still records none."""
    path = conversation(world_client)
    after(world_client, 0, path, status="done")

    assert times(world_client, path) == []


def test_several_are_read_by_their_ids(world_client: WorldClient) -> None:
    """One id gives a record, several give a list; unknown ones are passed over then."""
    path = conversation(world_client, assignedUsers=[ADA, BYRON])
    after(world_client, 60, path, status="done")
    first, second = (one["id"] for one in world_client.get(f"{path}/times").data)
    base = "/v1/conversations/times"

    assert world_client.get(f"{base}/{first}").data["id"] == first
    assert [one["id"] for one in world_client.get(f"{base}/{second},{NOBODY},{first}").data] == [second, first]
    assert world_client.get(f"{base}/{NOBODY}").status == 404


def test_searches_find_them(world_client: WorldClient) -> None:
    """By their own criteria, such as how a session ended."""
    path = conversation(world_client)
    after(world_client, 60, path, status="done")
    after(world_client, 60, path, status="open")
    after(world_client, 200, path, assignedUsers=[])

    def found(criterion: dict[str, Any]) -> list[int]:
        body = {"queryContext": "conversation_time", "and": [criterion]}
        answer = world_client.post("/v1/customers/search", body)
        assert answer.status == 200, answer.json
        return [one["attributes"]["handleTime"] for one in answer.data]

    assert found({"conversation_time_resolved": {"equals": "true"}}) == [60]
    assert found({"conversation_time_handle_time": {"gt": 100}}) == [200]
    assert sorted(found({"conversation_time_conversation_id": {"equals": path.rpartition("/")[2]}})) == [60, 200]


def test_searches_know_what_an_agent_wrote_in_a_session_and_whether_it_was_reopened(world_client: WorldClient) -> None:
    """Attributes that only searches know: what others wrote, or wrote before the session, is not counted."""
    path = conversation(world_client)
    writes(world_client, path, ADA, messages=2)
    writes(world_client, path, BYRON, messages=1, notes=1)
    after(world_client, 60, path, status="done")
    after(world_client, 60, path, status="open")
    writes(world_client, path, ADA, notes=1)
    after(world_client, 60, path, status="done")

    def found(criterion: dict[str, Any]) -> list[str]:
        body = {"queryContext": "conversation_time", "and": [criterion]}
        answer = world_client.post("/v1/customers/search", body)
        assert answer.status == 200, answer.json
        return [one["attributes"]["handleAt"] for one in answer.data]

    first, second = sorted(found({"conversation_time_messages_sent": {"set": ""}}))
    assert found({"conversation_time_messages_sent": {"equals": 2}}) == [first]
    assert found({"conversation_time_messages_sent": {"equals": 0}}) == [second]
    assert found({"conversation_time_notes_sent": {"gte": 1}}) == [second]
    assert found({"conversation_time_note_at": {"gte": second}}) == [second]
    assert found({"conversation_time_reopened": {"equals": "true"}}) == [second]


def writes(client: WorldClient, path: str, user: str, *, messages: int = 0, notes: int = 0) -> None:
    """So many messages and notes of a user."""
    for number in range(messages):
        message = {"channel": "email", "app": "postmark", "direction": "out", "preview": f"{number}", "createdBy": user}
        assert client.post(f"{path}/messages", message).status == 201
    for number in range(notes):
        body = {"body": f"{number}", "createdBy": user}
        assert client.post(f"{path}/notes", body).status == 201
