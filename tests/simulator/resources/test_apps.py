"""What extends the agents' desktop: apps, cards, KViews."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from kustomer_sandbox.simulator.api import Api
from kustomer_sandbox.simulator.hosting.worlds import WorldSpec
from tests.world_client import WorldClient, opened

CARDS_OF_CUSTOMERS = "/v1/kviews/customer/smartbar-card/order"


@pytest.fixture
def demo_client(shared_api: Api) -> Iterator[WorldClient]:
    with opened(shared_api, WorldSpec(name="apps", scenario="demo")) as client:
        yield client


def names(records: list[dict[str, dict[str, str]]]) -> list[str]:
    return [record["attributes"]["name"] for record in records]


def test_an_app_stays_at_its_version_while_newer_ones_are_available(demo_client: WorldClient) -> None:
    """The two lists are two views: what can be installed, and what is."""
    shown = {
        path: [app["attributes"]["version"] for app in demo_client.get(path).data]
        for path in ("/v1/apps", "/v1/apps/available")
    }
    assert shown == {"/v1/apps": ["1.0.0"], "/v1/apps/available": ["1.0.0", "1.1.0"]}
    assert demo_client.get("/v1/apps/parcel_watch-1.1.0").status == 404


def test_an_app_shows_its_definition_and_refuses_what_no_definition_has(world_client: WorldClient) -> None:
    body = {"app": "acme", "version": "1.0.0", "title": "A", "klasses": [{"name": "order"}]}
    made = world_client.post("/v1/apps/available", body)
    assert (made.status, made.attributes["klasses"]) == (201, [{"name": "order"}])
    assert made.data["links"]["self"] == "/v1/apps/available/acme-1.0.0"
    for wrong in ({"version": "new"}, {"title": ""}, {"nickname": "A"}):
        assert world_client.post("/v1/apps/available", {**body, **wrong}).status == 400


def test_a_card_keeps_its_place_when_it_is_installed_elsewhere(demo_client: WorldClient) -> None:
    (first,) = demo_client.get("/v1/cards").data
    body = {"name": "second", "url": "https://cards.example.com/second"}
    second = demo_client.post("/v1/cards/available", body).data
    for card in (second, first):
        demo_client.advance(60)
        answer = demo_client.post(f"/v1/cards/available/{card['id']}/install", {"contexts": ["kobject.shipment"]})
        assert (answer.status, answer.attributes["contexts"]) == (201, ["kobject.shipment"])
    assert [card["id"] for card in demo_client.get("/v1/cards").data] == [first["id"], second["id"]]


@pytest.mark.parametrize(
    ("path", "query", "found"),
    [
        ("/v1/kviews", "", 4),
        ("/v1/kviews", "resource=customer", 3),
        ("/v1/kviews", "resource=customer&context=smartbar-card", 2),
        ("/v1/kviews", "context=expanded-timeline", 1),
        ("/v1/kviews/customer", "", 3),
        ("/v1/kviews/kobject.shipment", "", 1),
        ("/v1/kviews/company", "", 0),
    ],
)
def test_kviews_are_listed_by_records_and_context(demo_client: WorldClient, path: str, query: str, found: int) -> None:
    assert len(demo_client.get(path, query).data) == found


def test_kviews_are_put_in_order(demo_client: WorldClient) -> None:
    """Those that the new order does not name follow as they stood; other contexts stay as they are."""
    orders, loyalty = demo_client.get("/v1/kviews/customer", "context=smartbar-card").data
    reordered = demo_client.put(CARDS_OF_CUSTOMERS, {"kviews": [loyalty["id"]]})
    assert names(reordered.data) == ["wayfarer.loyalty", "wayfarer.orders"]
    assert names(demo_client.get("/v1/kviews/customer", "context=smartbar-card").data) == names(reordered.data)
    (details,) = demo_client.get("/v1/kviews/customer", "context=smartbar-details").data
    assert demo_client.put(CARDS_OF_CUSTOMERS, {"kviews": [details["id"]]}).status == 400
    assert demo_client.put(CARDS_OF_CUSTOMERS, {"kviews": [orders["id"], orders["id"]]}).status == 200


def test_a_kview_is_changed_where_it_stands(demo_client: WorldClient) -> None:
    """Its name, records and context are fixed; the link of the answer leads to where it is changed."""
    (shipment,) = demo_client.get("/v1/kviews/kobject.shipment").data
    path = shipment["links"]["self"]
    assert path == f"/v1/kviews/kobject.shipment/{shipment['id']}"
    changed = demo_client.put(path, {"enabled": False, "meta": {"displayName": "Parcel"}})
    assert (changed.attributes["enabled"], changed.attributes["rev"]) == (False, 2)
    assert demo_client.put(path, {"context": "smartbar-card"}).status == 400
    assert demo_client.put(path.replace("kobject.shipment", "customer"), {"enabled": True}).status == 404
