"""Klasses: named once, listed by status, kept while objects of them exist."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kustomer_sandbox.simulator.resources.objects.klasses import plural
from tests.world_client import WorldClient

NAMES = st.from_regex(r"[0-9a-zA-Z_-]{1,40}", fullmatch=True)


def test_creating_a_klass_answers_200_with_the_klass(world_client: WorldClient) -> None:
    """The vendor's reference answers this creation with 200, unlike most others."""
    answer = world_client.post("/v1/klasses", {"name": "shipment", "displayName": "Shipment", "mixins": ["editable"]})

    id = answer.data["id"]
    assert (answer.status, answer.data) == (
        200,
        {
            "type": "klass",
            "id": id,
            "attributes": {
                "name": "shipment",
                "displayName": "Shipment",
                "mixins": ["editable"],
                "status": "enabled",
                "createdAt": "2026-06-09T12:00:00.000Z",
                "updatedAt": "2026-06-09T12:00:00.000Z",
            },
            "relationships": {
                "org": {
                    "data": {"type": "org", "id": world_client.world.org},
                    "links": {"self": f"/v1/orgs/{world_client.world.org}"},
                },
                "kobjects": {"links": {"self": "/v1/klasses/shipment"}},
            },
            "links": {"self": f"/v1/klasses/{id}"},
        },
    )


def test_a_klass_is_read_by_its_id(world_client: WorldClient) -> None:
    """A segment of 24 hexadecimal digits names a Klass itself."""
    made = world_client.post("/v1/klasses", {"name": "order"})

    assert world_client.get(f"/v1/klasses/{made.data['id']}").data == made.data


def test_a_segment_that_is_no_id_names_the_klass_whose_objects_are_meant(world_client: WorldClient) -> None:
    """`/v1/klasses/order` is the list of orders; a Klass is changed and deleted by id alone."""
    world_client.post("/v1/klasses", {"name": "order"})

    assert world_client.get("/v1/klasses/order").data == []
    assert world_client.put("/v1/klasses/order", {"icon": "box"}).status == 405


def test_a_second_klass_of_the_same_name_is_a_conflict(world_client: WorldClient) -> None:
    """The name is how a Klass is addressed: two of one name could not be told apart."""
    world_client.post("/v1/klasses", {"name": "order"})

    answer = world_client.post("/v1/klasses", {"name": "order"})

    assert (answer.status, answer.errors[0]["code"]) == (409, "conflict")


@pytest.mark.parametrize(
    "body", [{}, {"name": ""}, {"name": "two words"}, {"name": "a" * 256}, {"name": "ok", "kind": 1}]
)
def test_a_klass_needs_a_name_that_fits_into_a_path(world_client: WorldClient, body: dict[str, object]) -> None:
    """Letters, digits, underscore and hyphen only, at most 255 of them; unknown fields are refused."""
    assert world_client.post("/v1/klasses", body).status == 400


def test_a_klass_changes_all_but_its_name(world_client: WorldClient) -> None:
    """Objects and links carry the name, so it is no field of the update."""
    path = f"/v1/klasses/{world_client.post('/v1/klasses', {'name': 'order'}).data['id']}"

    changed = world_client.put(path, {"displayName": "Orders", "status": "disabled"})
    renamed = world_client.put(path, {"name": "purchase"})

    shown = changed.attributes
    assert (changed.status, shown["displayName"], shown["status"]) == (200, "Orders", "disabled")
    assert (renamed.status, renamed.places) == (400, ["/name"])


@pytest.mark.parametrize(
    ("query", "names"),
    [("", ["order"]), ("status=enabled", ["order"]), ("status=disabled", ["old"]), ("status=existing_only", [])],
    ids=["default", "enabled", "disabled", "existing_only"],
)
def test_klasses_are_listed_by_status(world_client: WorldClient, query: str, names: list[str]) -> None:
    """Without a filter only enabled Klasses are listed."""
    world_client.post("/v1/klasses", {"name": "order"})
    world_client.post("/v1/klasses", {"name": "old", "status": "disabled"})

    listed = world_client.get("/v1/klasses", query)

    assert [klass["attributes"]["name"] for klass in listed.data] == names


def test_a_klass_with_objects_is_not_deleted(world_client: WorldClient) -> None:
    """Objects without a Klass could not be reached any more."""
    path = f"/v1/klasses/{world_client.post('/v1/klasses', {'name': 'order'}).data['id']}"
    made = world_client.post("/v1/klasses/order", {"title": "Order 1"}).data["id"]

    refused = world_client.delete(path)
    world_client.delete(f"/v1/klasses/order/{made}")
    deleted = world_client.delete(path)

    assert (refused.status, refused.errors[0]["code"]) == (409, "conflict")
    assert (deleted.status, world_client.get(path).status) == (204, 404)


def test_deleting_a_klass_forgets_what_was_known_of_its_attributes(world_client: WorldClient) -> None:
    """A later Klass of the same name starts anew instead of inheriting definitions nobody can see the origin of."""
    path = f"/v1/klasses/{world_client.post('/v1/klasses', {'name': 'order'}).data['id']}"
    world_client.put("/v1/metadata/kobject.order", {"properties": {"stateStr": {"sensitive": True}}})

    world_client.delete(path)
    world_client.post("/v1/klasses", {"name": "order"})

    assert world_client.get("/v1/metadata/kobject.order").attributes["properties"] == {}


@pytest.mark.parametrize(
    ("name", "expected"),
    [("order", "orders"), ("orders", "orders"), ("delivery", "deliveries"), ("survey", "surveys"), ("y", "ys")],
)
def test_a_name_becomes_its_plural(name: str, expected: str) -> None:
    """The vendor's self links spell the Klass `order` as `orders`."""
    assert plural(name) == expected


@given(NAMES)
def test_a_plural_is_itself_a_name_and_stays_as_it_is(name: str) -> None:
    """A self link must be a path the API can read, and a plural of a plural would lead elsewhere."""
    once = plural(name)

    assert once.endswith("s")
    assert plural(once) == once
