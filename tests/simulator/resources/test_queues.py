"""Queues: listed so that a name or key can be turned into the id searches need; one is the system's own."""

from __future__ import annotations

from typing import Any

import pytest

from kustomer_sandbox.simulator.api import Api
from kustomer_sandbox.simulator.hosting.worlds import WorldSpec
from kustomer_sandbox.simulator.operations.system import system_context
from kustomer_sandbox.simulator.operations.writing import new_record
from tests.world_client import WorldClient, opened

NOW = "2026-06-09T12:00:00.000Z"


def queue(client: WorldClient, name: str, **facts: str) -> str:
    """A queue the organisation was set up with."""
    made = new_record(
        system_context(client.world), "queue", {"name": name, "displayName": name, "priority": 2, **facts}
    )
    return str(client.world.records.insert(made)["id"])


@pytest.mark.parametrize("base", ["/v1/routing/queues", "/v1/queues"])
def test_queues_are_listed_and_read_by_id(world_client: WorldClient, base: str) -> None:
    """The short path is a convenience; the self link is always the routing path that real answers carry."""
    billing, tier2 = queue(world_client, "Billing"), queue(world_client, "Tier 2")

    page = world_client.get(base)
    one = world_client.get(f"{base}/{tier2}")

    assert [entry["id"] for entry in page.data if not entry["attributes"]["system"]] == [billing, tier2]
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


def system_queue(client: WorldClient) -> dict[str, Any]:
    """The one queue nobody has made."""
    (found,) = [entry for entry in client.get("/v1/routing/queues").data if entry["attributes"]["system"]]
    return dict(found)


@pytest.mark.parametrize("scenario", ["empty", "demo"])
def test_every_organisation_has_the_systems_queue(shared_api: Api, scenario: str) -> None:
    """Routing falls back to it, so clients count on it; a reset brings it back as it was."""
    with opened(shared_api, WorldSpec(name=f"queues-{scenario}", scenario=scenario)) as client:
        found = system_queue(client)
        shared_api.worlds.reset(client.world)

        assert (found["attributes"]["name"], found["attributes"]["system"]) == ("DEFAULT_QUEUE", True)
        assert system_queue(client) == found


def test_of_the_systems_queue_only_the_restriction_of_transfers_can_be_changed(world_client: WorldClient) -> None:
    """Any other field is refused, even beside the one that is taken, and nothing is changed then."""
    path = system_queue(world_client)["links"]["self"]

    refused = world_client.put(path, {"restrictTransfersByUsers": True, "name": "Mine"})
    assert (refused.status, refused.errors[0]["source"]) == (400, {"pointer": "/name"})
    assert world_client.get(path).attributes["restrictTransfersByUsers"] is False
    assert world_client.put(path, {"restrictTransfersByUsers": True}).attributes["restrictTransfersByUsers"] is True


def test_a_queue_is_found_by_its_key_and_changed(world_client: WorldClient) -> None:
    """The key is what configuration files hold in place of an id."""
    billing = queue(world_client, "Billing", key="billing")
    queue(world_client, "Returns", key="returns")

    assert [entry["id"] for entry in world_client.get("/v1/routing/queues", "key=billing").data] == [billing]
    assert world_client.get("/v1/routing/queues", "key=nothing").data == []
    changed = world_client.put(f"/v1/routing/queues/{billing}", {"name": "Invoices", "key": "invoices"})
    assert (changed.status, changed.attributes["name"]) == (200, "Invoices")
    assert [entry["id"] for entry in world_client.get("/v1/queues", "key=invoices").data] == [billing]
