"""Differences: what was made, changed and deleted since a snapshot, and no value that can be masked."""

from __future__ import annotations

from kustomer_sandbox.simulator.records.diff import AttributeChange, Diff, TypeDiff
from tests.world_client import WorldClient

CUSTOMERS = "/v1/customers"
SECRET = "jane.doe@example.com"


def test_nothing_changed_is_an_empty_diff(world_client: WorldClient) -> None:
    """Reading changes nothing, nor does a call that is refused."""
    id = world_client.world.snapshot()
    world_client.get(CUSTOMERS)
    world_client.post(CUSTOMERS, {"nonsense": 1})
    assert (world_client.world.diff(id), bool(world_client.world.diff(id))) == (Diff(types={}), False)


def test_records_made_changed_and_deleted_are_told_by_type(world_client: WorldClient) -> None:
    """A record that came and went is no difference."""
    kept, gone = (world_client.post(CUSTOMERS, {"name": name}).data["id"] for name in "AB")
    id = world_client.world.snapshot()
    made = world_client.post(CUSTOMERS, {"name": "C"}).data["id"]
    passing = world_client.post(CUSTOMERS, {"name": "D"}).data["id"]
    for customer in (gone, passing):
        world_client.delete(f"{CUSTOMERS}/{customer}")
    world_client.put(f"{CUSTOMERS}/{kept}", {"username": "aaa"})
    diff = world_client.world.diff(id)
    assert list(diff.types) == ["customer"]
    assert (diff.of("customer").created, diff.of("customer").deleted) == ((made,), (gone,))
    changes = {change.path: (change.before, change.after) for change in diff.of("customer").changed[kept]}
    assert changes["attributes.rev"] == (1, 2)
    assert diff.of("conversation") == TypeDiff()


def test_a_tombstone_is_a_deleted_record(world_client: WorldClient) -> None:
    """Whether a type leaves something behind is no concern of the reader."""
    team = world_client.post("/v1/teams", {"name": "A"}).data["id"]
    id = world_client.world.snapshot()
    world_client.delete(f"/v1/teams/{team}")
    assert world_client.world.diff(id).of("team") == TypeDiff(deleted=(team,))


def test_a_change_names_the_leaf_that_differs(world_client: WorldClient) -> None:
    """Objects are gone into; what is not sensitive is shown before and after."""
    team = world_client.post("/v1/teams", {"name": "A"}).data["id"]
    id = world_client.world.snapshot()
    world_client.put(f"/v1/teams/{team}", {"name": "B"})
    changed = world_client.world.diff(id).of("team").changed[team]
    assert [change for change in changed if change.path == "attributes.name"] == [
        AttributeChange(path="attributes.name", before="A", after="B")
    ]


def test_values_that_can_be_masked_are_never_shown(world_client: WorldClient) -> None:
    """Not even while nothing is marked sensitive: a difference is logged and pasted, a mask comes later."""
    customer = world_client.post(CUSTOMERS, {"name": "A", "custom": {"aStr": "a"}}).data["id"]
    world_client.post("/v1/klasses", {"name": "parcel"})
    parcel = world_client.post("/v1/klasses/parcel", {"title": "A", "custom": {"aStr": "a"}}).data["id"]
    id = world_client.world.snapshot()
    world_client.put(f"/v1/klasses/parcel/{parcel}", {"custom": {"aStr": SECRET}})
    world_client.put(
        f"{CUSTOMERS}/{customer}", {"emails": [{"email": SECRET}], "custom": {"aStr": SECRET, "bStr": SECRET}}
    )
    diff = world_client.world.diff(id)
    hidden = {change.path for change in diff.of("customer").changed[customer] if change.hidden}
    assert {"attributes.emails", "attributes.custom.aStr", "attributes.custom.bStr"} <= hidden
    assert diff.of("kobject.parcel").changed[parcel][0] == AttributeChange(path="attributes.custom.aStr", hidden=True)
    assert SECRET not in str(diff)


def test_objects_are_told_by_their_klass(world_client: WorldClient) -> None:
    """All custom objects share a table; a reader asks for shipments."""
    world_client.post("/v1/klasses", {"name": "shipment"})
    id = world_client.world.snapshot()
    made = world_client.post("/v1/klasses/shipment", {"title": "A"}).data["id"]
    assert world_client.world.diff(id).of("kobject.shipment") == TypeDiff(created=(made,))
