"""Queues: read only, listed so that a name can be turned into the id searches need."""

from __future__ import annotations

import pytest

from kustomer_sandbox.simulator.operations.system import system_context
from kustomer_sandbox.simulator.operations.writing import new_record
from tests.world_client import WorldClient

NOW = "2026-06-09T12:00:00.000Z"


def queue(client: WorldClient, name: str) -> str:
    """A queue the organisation was set up with."""
    made = new_record(system_context(client.world), "queue", {"name": name, "displayName": name, "priority": 2})
    return str(client.world.records.insert(made)["id"])


@pytest.mark.parametrize("base", ["/v1/routing/queues", "/v1/queues"])
def test_queues_are_listed_and_read_by_id(world_client: WorldClient, base: str) -> None:
    """The short path is a convenience; the self link is always the routing path that real answers carry."""
    billing, tier2 = queue(world_client, "Billing"), queue(world_client, "Tier 2")

    page = world_client.get(base)
    one = world_client.get(f"{base}/{tier2}")

    assert [entry["id"] for entry in page.data] == [billing, tier2]
    assert page.json["meta"] == {"page": 1, "pageSize": 100}
    assert one.data["links"] == {"self": f"/v1/routing/queues/{tier2}"}
    assert one.attributes == {
        "name": "Tier 2",
        "displayName": "Tier 2",
        "description": "",
        "itemSize": 1,
        "priority": 2,
        "restrictTransfersByUsers": False,
        "system": False,
        "createdAt": NOW,
        "updatedAt": NOW,
        "modifiedAt": NOW,
    }


def test_an_unknown_queue_is_not_found(world_client: WorldClient) -> None:
    """An id of nothing answers 404 as everywhere else."""
    assert world_client.get(f"/v1/routing/queues/{'f' * 24}").status == 404


def test_queues_need_a_role(world_client: WorldClient) -> None:
    """A key for customers alone learns nothing about routing."""
    key = world_client.new_key("org.user.customer.read")

    assert world_client.get("/v1/routing/queues", key=key).status == 403
