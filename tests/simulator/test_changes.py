"""What is committed is told to subscribers: who, when, by which operation, before and after."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from kustomer_sandbox.simulator.api import Api
from kustomer_sandbox.simulator.hosting.worlds import WorldSpec
from kustomer_sandbox.simulator.request import journalling
from kustomer_sandbox.simulator.values.change import Change
from kustomer_sandbox.simulator.world.journal import RecordChange
from tests.world_client import WorldClient, opened

NAME = "Somebody With A Name"


@pytest.fixture
def faulty(shared_api: Api, request: pytest.FixtureRequest) -> Iterator[WorldClient]:
    """A world whose journal may end with faults."""
    with opened(shared_api, WorldSpec(name=request.node.nodeid)) as client:
        yield client


def changes_of(client: WorldClient, operation: str) -> tuple[RecordChange, ...]:
    """What the journal says an operation's only call changed."""
    (entry,) = client.world.journal.find(operation=operation)
    return tuple(entry.changes)


def test_the_journal_names_what_a_call_changed_and_no_value(world_client: WorldClient) -> None:
    """Which records, and which of their attributes; a reader of the journal may not be one of personal data."""
    customer = world_client.post("/v1/customers", {"name": NAME}).data["id"]
    world_client.advance(1)
    world_client.post("/v1/conversations", {"customer": customer, "name": NAME})

    conversation, owner = changes_of(world_client, "CreateConversation")
    assert (conversation.kind, conversation.record.partition("/")[0]) == ("insert", "conversation")
    assert (owner.kind, owner.record) == ("update", f"customer/{customer}")
    assert {"conversationCounts", "progressiveStatus", "updatedAt", "rev"} <= set(owner.attributes)
    assert "emails" not in owner.attributes
    assert NAME not in str(world_client.world.journal.since(0, 10))


def test_a_refused_call_changes_nothing_and_says_so(world_client: WorldClient) -> None:
    """A stale revision is found after the record was read; what was undone was never told."""
    customer = world_client.post("/v1/customers", {"name": NAME}).data["id"]
    assert world_client.put(f"/v1/customers/{customer}", {"name": "Other", "rev": 99}).status == 409
    assert changes_of(world_client, "UpdateCustomer") == ()


def test_a_read_changes_nothing(world_client: WorldClient) -> None:
    """Nor does it tell anybody."""
    heard: list[Change] = []
    with world_client.world.subscribed(heard.append):
        world_client.get("/v1/customers")
    assert (heard, changes_of(world_client, "GetCustomers")) == ([], ())


def test_a_job_that_fell_due_tells_what_it_changed(world_client: WorldClient) -> None:
    """A snooze that elapsed opens its conversation, by nobody's call."""
    customer = world_client.post("/v1/customers", {"name": NAME}).data["id"]
    conversation = world_client.post("/v1/conversations", {"customer": customer}).data["id"]
    until = "2026-06-09T13:00:00.000Z"
    snoozed = world_client.put(f"/v1/conversations/{conversation}", {"snooze": {"time": until, "status": "scheduled"}})
    assert snoozed.attributes["status"] == "snoozed"

    world_client.advance(3600)
    world_client.get("/v1/teams")

    (entry,) = world_client.world.journal.find(method="DUE")
    assert f"conversation/{conversation}" in [change.record for change in entry.changes]


def test_a_subscriber_hears_who_changed_what_when_from_what_to_what(world_client: WorldClient) -> None:
    """All that an audit log or a webhook needs."""
    customer = world_client.post("/v1/customers", {"name": NAME}).data["id"]
    heard: list[Change] = []
    with world_client.world.subscribed(heard.append):
        world_client.put(f"/v1/customers/{customer}", {"name": "Other"})

    (change,) = heard
    assert (change.operation, change.kind, change.type, change.id) == ("UpdateCustomer", "update", "customer", customer)
    assert (change.at, change.by.user_type) == (world_client.world.clock.now(), "machine")
    assert change.before is not None
    assert change.after is not None
    assert (change.before["attributes"]["name"], change.after["attributes"]["name"]) == (NAME, "Other")
    assert {"name", "displayName"} <= set(change.attributes)


def test_a_call_that_cannot_be_described_still_says_what_it_changed(
    faulty: WorldClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was committed before its description failed: who looks for the record's maker finds the call."""

    def broken(*_: object) -> str:
        raise ZeroDivisionError

    with monkeypatch.context() as patched:
        patched.setattr(journalling, "customer_of_response", broken)
        assert faulty.post("/v1/customers", {"name": NAME}).status == 500
    (change,) = changes_of(faulty, "CreateCustomer")
    assert (change.kind, change.record.partition("/")[0]) == ("insert", "customer")
