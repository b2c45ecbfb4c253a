"""The audit log: who changed what, by pages and filters, and never a personal value."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from kustomer_sandbox.simulator.values.clock import iso
from kustomer_sandbox.simulator.world import audit_log
from tests.world_client import WorldClient

LOG = "/v1/audit-logs"


def customer(client: WorldClient, **fields: Any) -> str:
    answer = client.post("/v1/customers", {"name": "Ada Lovelace", **fields})
    assert answer.status == 201, answer.json
    return str(answer.data["id"])


def told(client: WorldClient, query: str = "") -> list[tuple[str, str]]:
    """Name of the event and id of the record, newest first."""
    answer = client.get(LOG, query)
    assert answer.status == 200, answer.json
    return [(one["attributes"]["eventName"], one["attributes"]["objectId"]) for one in answer.data]


def test_what_follows_from_a_change_is_in_the_log_too(world_client: WorldClient) -> None:
    """A new conversation changes what its customer shows, in the same call."""
    owner = customer(world_client)
    made = world_client.post("/v1/conversations", {"customer": owner}).data["id"]

    assert told(world_client)[:3] == [
        ("kustomer.customer.update", owner),
        ("kustomer.conversation.create", made),
        ("kustomer.customer.create", owner),
    ]


def test_a_deletion_is_told_as_such(world_client: WorldClient) -> None:
    """A buried record is gone for callers, so its entry is no update."""
    owner = customer(world_client)
    world_client.delete(f"/v1/customers/{owner}")

    assert told(world_client)[0] == ("kustomer.customer.delete", owner)


def test_the_links_lead_back_and_forth(world_client: WorldClient) -> None:
    """Every entry is met once on the way to the oldest, and the same pages on the way back."""
    for _ in range(5):
        customer(world_client)
    every = [one["id"] for one in world_client.get(LOG).data]
    there, page = [], world_client.get(LOG, "count=2")
    while True:
        there.append([one["id"] for one in page.data])
        if page.json["links"]["next"] is None:
            break
        page = world_client.get(LOG, page.json["links"]["next"].partition("?")[2])
    back = world_client.get(LOG, page.json["links"]["prev"].partition("?")[2])

    assert [id for ids in there for id in ids] == every
    assert [one["id"] for one in back.data] == there[-2]
    assert back.json["meta"] == {"count": 2, "total": len(every), "cursorCount": len(every) - len(there[-1])}


def test_the_log_is_filtered_by_record_user_and_time(world_client: WorldClient) -> None:
    """All filters hold together; the bounds belong to the span."""
    first = customer(world_client)
    world_client.world.clock.move_to(world_client.world.clock.now() + timedelta(hours=1))
    later, now = customer(world_client), iso(world_client.world.clock.now())
    made = ("kustomer.customer.create", later)
    user = world_client.get(LOG, "count=1").data[0]["attributes"]["userId"]

    assert told(world_client, f"filter[start]={now}") == [made]
    assert told(world_client, f"filter[end]={now}&filter[objectType]=customer")[0] == made
    assert told(world_client, f"filter[objectType]=customer&filter[objectId]={first}") == [(made[0], first)]
    assert told(world_client, f"filter[userId]={user}&filter[include]=kustomer.customer.create") == [
        made,
        (made[0], first),
    ]
    assert told(world_client, "filter[objectType]=message") == []
    assert world_client.get(LOG, f"filter[objectId]={first}").error["source"]["parameter"] == "filter[objectId]"


def test_no_personal_value_is_in_the_log(world_client: WorldClient) -> None:
    """Not even for a key that sees everything, and not after a redaction."""
    owner = customer(world_client, emails=[{"email": "ada@example.com"}])
    change = {"name": "Byron", "emails": [{"email": "byron@example.com"}], "custom": {"noteStr": "likes tea"}}
    assert world_client.put(f"/v1/customers/{owner}", change).status == 200
    talk = world_client.post("/v1/conversations", {"customer": owner}).data["id"]
    mail = {"channel": "email", "app": "postmark", "direction": "in", "preview": "My PIN is 1234"}
    message = world_client.post(f"/v1/conversations/{talk}/messages", mail).data["id"]
    world_client.post(f"/v1/messages/{message}/redactions", {"preview": "[gone]"})

    shown = str(world_client.get(LOG, key=world_client.new_key("org", read_sensitive=True)).json)

    assert [word for word in ("Ada", "Byron", "byron@", "tea", "1234", "gone") if word in shown] == []


def test_a_snapshot_keeps_the_log_and_a_fork_goes_on_alone(world_client: WorldClient) -> None:
    """The log belongs to the organisation's state, as its records do."""
    world = world_client.world
    customer(world_client)
    kept, before = world.snapshot(), told(world_client)
    fork = world.fork("other")
    customer(world_client)

    assert [entry.record for entry in fork.audit_log.entries(fork.org)] == [id for _, id in before]
    world.restore(kept)
    assert told(world_client) == before


def test_the_log_forgets_its_oldest_entries(world_client: WorldClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """A long run must not fill the memory; ids go on counting."""
    monkeypatch.setattr(audit_log, "CAPACITY", 3)
    made = [customer(world_client) for _ in range(10)]
    numbers = [entry.number for entry in world_client.world.audit_log.entries("")]

    assert [id for _, id in told(world_client)] == made[:-6:-1]
    assert numbers == sorted(numbers, reverse=True)
    assert numbers[0] == world_client.world.audit_log.total
