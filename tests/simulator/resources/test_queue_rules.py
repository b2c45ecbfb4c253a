"""Rules that choose a queue: conversations go to it, and stand there as work items."""

from __future__ import annotations

from typing import Any

import pytest

from kustomer_sandbox.simulator.operations.system import system_context
from kustomer_sandbox.simulator.operations.writing import new_record
from kustomer_sandbox.simulator.values.record import JSON
from tests.world_client import WorldClient

RULES = "/v1/routing/queue-rules"
URGENT = {"and": [{"conversation_priority": {"operator": "gte", "value": 4}}]}


def queue(client: WorldClient, name: str) -> str:
    """The id of a queue that the organisation was set up with."""
    facts = {"name": name, "displayName": name, "priority": 2, "itemSize": 3}
    return str(client.world.records.insert(new_record(system_context(client.world), "queue", facts))["id"])


def lead(client: WorldClient, to: str, criteria: JSON = URGENT, **facts: JSON) -> str:
    made = client.post(RULES, {"queue": to, "criteria": criteria, **facts})
    assert made.status == 201, made.json
    return str(made.data["id"])


def conversation(client: WorldClient, **facts: JSON) -> str:
    customer = client.post("/v1/customers", {"name": "Jane"}).data["id"]
    made = client.post("/v1/conversations", {"customer": customer, **facts})
    assert made.status == 201, made.json
    return f"/v1/conversations/{made.data['id']}"


def place(client: WorldClient, path: str) -> Any:
    """The id of the queue that a conversation is in."""
    return (client.get(path).data["relationships"].get("queue") or {"data": {"id": None}})["data"]["id"]


def items(client: WorldClient, path: str) -> list[tuple[str, str]]:
    """Status and queue of a conversation's work items."""
    found = client.get(f"/v1/routing{path.removeprefix('/v1')}/work-items").data
    return [(item["attributes"]["status"], item["relationships"]["queue"]["data"]["id"]) for item in found]


def test_a_conversation_goes_to_the_queue_of_the_first_enabled_rule_it_meets(world_client: WorldClient) -> None:
    """And waits there as a work item; rules are tried in their order."""
    off, first, second = (queue(world_client, name) for name in ("Off", "First", "Second"))
    is_off = lead(world_client, off, enabled=False)
    tried_last, tried_first = lead(world_client, second), lead(world_client, first)
    world_client.put(f"{RULES}/order", {"queueRules": [is_off, tried_first, tried_last]})
    urgent, usual = conversation(world_client, priority=5), conversation(world_client, priority=2)
    assert (place(world_client, urgent), place(world_client, usual)) == (first, None)
    assert (items(world_client, urgent), items(world_client, usual)) == ([("queued", first)], [])
    (item,) = world_client.get(f"/v1/routing{urgent.removeprefix('/v1')}/work-items").data
    assert {name: item["attributes"][name] for name in ("queuedCount", "priority", "itemSize")} == {
        "queuedCount": 1, "priority": 2, "itemSize": 3
    }  # fmt: skip


@pytest.mark.parametrize("has", ["a queue", "a user", "an external queue", "an import", "an end"])
def test_rules_leave_a_conversation_alone_that_is_looked_after(world_client: WorldClient, has: str) -> None:
    """Only with no queue, no external queue and no assigned user are they run; what is not open does not wait."""
    target, own = queue(world_client, "Rule's"), queue(world_client, "Own")
    me = world_client.get("/v1/users/current").data["id"]
    lead(world_client, target)
    facts: dict[str, dict[str, JSON]] = {
        "a queue": {"queue": {"id": own}},
        "a user": {"assignedUsers": [me]},
        "an external queue": {"queue": {"external": "amazon-connect"}},
        "an import": {"importedAt": "2026-01-01T00:00:00Z"},
        "an end": {"status": "done"},
    }
    path = conversation(world_client, priority=5, **facts[has])
    assert place(world_client, path) == (own if has == "a queue" else None)
    assert items(world_client, path) == []


@pytest.mark.parametrize("how", ["a change", "a message", "a tag", "a change back to open", "a snooze that elapses"])
def test_a_conversation_is_queued_as_soon_as_it_meets_a_rule(world_client: WorldClient, how: str) -> None:
    target = queue(world_client, "Rule's")
    path = conversation(world_client)
    if how == "a change back to open":
        world_client.put(path, {"status": "done", "priority": 5})
    if how == "a snooze that elapses":
        asleep = {"status": "scheduled", "time": "2026-06-09T13:00:00Z"}
        assert world_client.put(path, {"priority": 5, "snooze": asleep}).status == 200
    named = {
        "a message": {"conversation_channel": {"operator": "in", "value": ["chat"]}},
        "a tag": {"conversation_tags": {"operator": "in", "value": ["Rebooking"]}},
    }
    lead(world_client, target, {"or": [named.get(how, *URGENT["and"])]})
    if how == "a change":
        world_client.put(path, {"priority": 4})
    elif how == "a message":
        world_client.post(f"{path}/messages", {"channel": "chat", "app": "chat", "direction": "in", "preview": "x"})
    elif how == "a tag":
        assert place(world_client, path) is None
        assert world_client.post(f"{path}/tags", ["rebooking"]).status == 200
    elif how == "a change back to open":
        world_client.put(path, {"status": "open"})
    else:
        world_client.advance(24 * 3600)
    assert place(world_client, path) == target
    assert items(world_client, path) == [("queued", target)]


def test_who_is_taken_out_of_a_queue_stays_out_of_it_for_that_call(world_client: WorldClient) -> None:
    """What a call says of the queue stands."""
    target = queue(world_client, "Rule's")
    lead(world_client, target)
    path = conversation(world_client, priority=5)
    world_client.put(path, {"queue": {"id": None}})
    assert place(world_client, path) is None


def test_a_conversation_that_the_rules_queue_keeps_its_open_item(world_client: WorldClient) -> None:
    """At most one item is open: it moves along."""
    target = queue(world_client, "Rule's")
    path = conversation(world_client, priority=2)
    id = path.rpartition("/")[2]
    assert world_client.post("/v1/routing/work-items", {"resource": {"type": "conversation", "id": id}}).status == 201
    lead(world_client, target)
    world_client.put(path, {"priority": 5})
    assert items(world_client, path) == [("queued", target)]


def test_a_deleted_or_changed_rule_is_not_followed_any_more(world_client: WorldClient) -> None:
    target, other = queue(world_client, "Rule's"), queue(world_client, "Other")
    rule = lead(world_client, target)
    assert place(world_client, conversation(world_client, priority=5)) == target
    world_client.put(f"{RULES}/{rule}", {"queue": other})
    assert place(world_client, conversation(world_client, priority=5)) == other
    before = world_client.world.snapshot()
    assert world_client.delete(f"{RULES}/{rule}").status == 204
    assert place(world_client, conversation(world_client, priority=5)) is None
    world_client.world.restore(before)
    assert place(world_client, conversation(world_client, priority=5)) == other
