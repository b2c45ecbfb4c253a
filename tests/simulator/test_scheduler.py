"""What falls due by itself is journalled like a call."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from kustomer_sandbox.simulator.api import Api
from kustomer_sandbox.simulator.hosting.worlds import WorldSpec
from kustomer_sandbox.simulator.values.clock import iso
from kustomer_sandbox.simulator.world.journal import JournalEntry, RecordChange
from tests.world_client import WorldClient, opened


@pytest.fixture
def client(shared_api: Api) -> Iterator[WorldClient]:
    with opened(shared_api, WorldSpec(name="dues")) as made:
        yield made


@pytest.fixture
def customer(client: WorldClient) -> str:
    return str(client.post("/v1/customers", {"name": "A", "phones": [{"phone": "+14155550100"}]}).data["id"])


def happened(client: WorldClient) -> list[JournalEntry]:
    return client.world.journal.find(method="DUE")


def test_the_end_of_a_window_is_in_the_journal(client: WorldClient, customer: str) -> None:
    """What an agent did after a window had closed can be asked for, however the window closed."""
    client.post(f"/v1/customers/{customer}/unmasking-windows")
    client.advance(timedelta(days=2).total_seconds())
    client.get(f"/v1/customers/{customer}")
    *_, opening, ended, read = client.world.journal.entries
    assert (opening.operation, read.operation) == ("CreateUnmaskingWindowByCustomer", "GetCustomerById")
    gone = ("updatedAt", "requestedBy", "startDate", "endDate")
    assert ended == JournalEntry(
        seq=opening.seq + 1,
        at="2026-06-10T12:00:00.000Z",
        method="DUE",
        path="window-end",
        operation="",
        status=200,
        key="system",
        customer=customer,
        record=f"customer/{customer}",
        changes=(RecordChange(f"unmasking_window/{customer}", "update", gone),),
    )


def test_a_snooze_that_elapses_is_in_the_journal(client: WorldClient, customer: str) -> None:
    """It names the conversation that is open again, and whose it is."""
    made = client.post(f"/v1/customers/{customer}/conversations", {"name": "Later"}).data["id"]
    snooze = {"status": "scheduled", "time": iso(client.world.clock.now() + timedelta(hours=1))}
    assert client.put(f"/v1/conversations/{made}", {"snooze": snooze}).status == 200
    client.advance(timedelta(hours=2).total_seconds())
    (entry,) = happened(client)
    assert (entry.at, entry.path, entry.record) == ("2026-06-09T13:00:00.000Z", "snooze", f"conversation/{made}")
    assert (entry.status, entry.customer) == (200, customer)


def test_a_draft_sent_at_its_time_is_found_by_its_channel(client: WorldClient, customer: str) -> None:
    """`expect(channel="sms")` counts what was sent later, too."""
    body = {"channel": "sms", "body": "Hello", "sendAt": "now+1h", "scheduled": True}
    made = client.post(f"/v1/customers/{customer}/drafts", body).data["id"]
    client.advance(timedelta(hours=2).total_seconds())
    (entry,) = client.world.journal.find(channel="sms", method="DUE")
    assert (entry.path, entry.record, entry.customer) == ("draft-send", f"draft/{made}", customer)


def test_an_event_with_nothing_left_to_do_says_so(client: WorldClient) -> None:
    """As an answer without content does."""
    client.world.jobs = {"note": lambda _, __, ___: None}
    client.world.schedule("note", "x", iso(client.world.clock.now()))
    client.advance(0)
    assert [(entry.path, entry.status, entry.record) for entry in happened(client)] == [("note", 204, "")]
