"""Custom objects: of one Klass each, mostly a customer's, with checked custom attributes."""

from __future__ import annotations

from typing import Any

import pytest

from kustomer_sandbox.simulator.values.record import JSON
from tests.world_client import Answer, WorldClient


@pytest.fixture
def shop(world_client: WorldClient) -> WorldClient:
    """A world with the Klasses `order` and `return`."""
    for name in ("order", "return"):
        world_client.post("/v1/klasses", {"name": name})
    return world_client


def customer(client: WorldClient, name: str = "Jane Doe") -> str:
    return str(client.post("/v1/customers", {"name": name}).data["id"])


def order(client: WorldClient, **fields: JSON) -> Answer:
    return client.post("/v1/klasses/order", {"title": "Order 1", **fields})


def ids(answer: Answer) -> list[str]:
    return [record["id"] for record in answer.data]


def test_a_new_object_starts_at_revision_1_and_names_its_klass(shop: WorldClient) -> None:
    """The klass relationship's id is the Klass's name, its link stands under `link`; the self link has the plural."""
    answer = order(shop, custom={"stateStr": "packed"}, data={"lines": [1]})

    id, me = answer.data["id"], answer.data["relationships"]["createdBy"]
    assert (answer.status, answer.data) == (
        201,
        {
            "type": "kobject.order",
            "id": id,
            "attributes": {
                "title": "Order 1",
                "icon": "",
                "images": [],
                "data": {"lines": [1]},
                "custom": {"stateStr": "packed"},
                "tags": [],
                "createdAt": "2026-06-09T12:00:00.000Z",
                "updatedAt": "2026-06-09T12:00:00.000Z",
                "modifiedAt": "2026-06-09T12:00:00.000Z",
                "rev": 1,
            },
            "relationships": {
                "org": {"data": {"type": "org", "id": shop.world.org}, "links": {"self": f"/v1/orgs/{shop.world.org}"}},
                "klass": {"data": {"type": "klass", "id": "order"}, "link": {"self": "/v1/klasses/order"}},
                "createdBy": me,
                "modifiedBy": me,
            },
            "links": {"self": f"/v1/klasses/orders/{id}"},
        },
    )


def test_the_self_link_leads_to_the_object(shop: WorldClient) -> None:
    """A link that answers 404 would be worse than none: the plural is read as the Klass it stands for."""
    made = order(shop).data

    assert shop.get(made["links"]["self"]).data == made


def test_objects_of_an_unknown_klass_are_not_found(shop: WorldClient) -> None:
    """A Klass must be defined before objects of it can be."""
    answers = [shop.get("/v1/klasses/nothing"), shop.post("/v1/klasses/nothing", {"title": "x"})]

    assert [(answer.status, answer.errors[0]["code"]) for answer in answers] == [(404, "not_found")] * 2


@pytest.mark.parametrize("name", ["Order", "ORDERS", "Orders"])
def test_a_klass_called_in_another_case_is_explained(shop: WorldClient, name: str) -> None:
    """Guides write Klasses as people see them, `Shipment`; the refusal leads to the name that the API takes."""
    refused = shop.get(f"/v1/klasses/{name}")

    assert (refused.status, refused.errors[0]["code"]) == (404, "not_found")
    assert refused.errors[0]["detail"].endswith("told apart by case; `order` is one.")


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_an_object_is_found_only_under_its_own_klass(shop: WorldClient, method: str) -> None:
    """Roles are given per Klass: an order must not be reached as a return."""
    made = order(shop).data

    answer = shop.call(method, f"/v1/klasses/return/{made['id']}", {} if method == "PUT" else None)

    assert answer.status == 404
    assert shop.get(f"/v1/klasses/order/{made['id']}").data == made


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"title": ""},
        {"title": "x", "custom": {"state": "a"}},
        {"title": "x", "custom": {"sumNum": "1"}},
        {"id": "1"},
    ],
    ids=["no title", "empty title", "no suffix", "wrong type", "unknown field"],
)
def test_an_object_the_contract_does_not_allow_is_refused(shop: WorldClient, body: dict[str, Any]) -> None:
    """A title is required, and the end of a custom attribute's name fixes its type."""
    assert shop.post("/v1/klasses/order", body).status == 400


def test_an_update_merges_custom_by_name_and_counts_the_revision(shop: WorldClient) -> None:
    """Only what the body names changes; null clears a custom attribute."""
    path = f"/v1/klasses/order/{order(shop, custom={'stateStr': 'packed', 'sumNum': 3, 'noteTxt': 'x'}).data['id']}"

    changed = shop.put(path, {"custom": {"stateStr": "sent", "noteTxt": None}, "rev": 1})

    assert changed.attributes["custom"] == {"stateStr": "sent", "sumNum": 3, "noteTxt": None}
    assert (changed.attributes["title"], changed.attributes["rev"]) == ("Order 1", 2)


def test_a_stale_revision_is_a_conflict_and_changes_nothing(shop: WorldClient) -> None:
    """The caller asked to be told if somebody else was faster."""
    path = f"/v1/klasses/order/{order(shop).data['id']}"
    current = shop.put(path, {"title": "Order 1a"}).data

    answer = shop.put(path, {"title": "Order 1b", "rev": 1})

    assert (answer.status, answer.errors[0]["code"]) == (409, "conflict")
    assert shop.get(path).data == current


@pytest.mark.parametrize("field", ["customer", "company"])
def test_an_object_does_not_move_to_another_owner(shop: WorldClient, field: str) -> None:
    """The update knows neither field, so both are unknown fields there."""
    path = f"/v1/klasses/order/{order(shop).data['id']}"

    assert shop.put(path, {field: customer(shop)}).status == 400


def test_tags_are_written_by_name_and_shown_by_id(shop: WorldClient) -> None:
    """The same tag is the same id wherever it is written."""
    first = order(shop, tags=["fragile"]).attributes["tags"]

    assert first == [tag["id"] for tag in shop.get("/v1/tags").data]
    assert shop.put(f"/v1/klasses/order/{order(shop).data['id']}", {"tags": ["Fragile"]}).attributes["tags"] == first


def test_an_external_id_is_unique_within_its_klass(shop: WorldClient) -> None:
    """Two systems may number their things alike, but the look-up must lead to one object."""
    made = order(shop, externalId="A/1")

    again = order(shop, externalId="A/1")
    elsewhere = shop.post("/v1/klasses/return", {"title": "Return", "externalId": "A/1"})

    assert (again.status, elsewhere.status) == (409, 201)
    assert shop.get("/v1/klasses/order/externalId=A%2F1").data == made.data
    assert shop.get("/v1/klasses/return/externalId=A%2F1").data == elsewhere.data
    assert shop.get("/v1/klasses/order/externalId=A%2F2").status == 404


def test_a_customers_objects_of_a_klass_are_listed_alone(shop: WorldClient) -> None:
    """Neither another customer's orders nor the customer's returns belong into the list."""
    jane, joe = customer(shop), customer(shop, "Joe Roe")
    mine = shop.post(f"/v1/customers/{jane}/klasses/order", {"title": "Mine"})
    also = order(shop, customer=jane)
    order(shop, customer=joe)
    shop.post("/v1/klasses/return", {"title": "Return", "customer": jane})

    assert mine.data["relationships"]["customer"]["data"] == {"type": "customer", "id": jane}
    assert ids(shop.get(f"/v1/customers/{jane}/klasses/order")) == [mine.data["id"], also.data["id"]]


def test_the_customer_of_the_path_decides(shop: WorldClient) -> None:
    """A body that names another customer is a mistake: guessing which one is meant would misfile the object."""
    jane, joe = customer(shop), customer(shop, "Joe Roe")

    answer = shop.post(f"/v1/customers/{jane}/klasses/order", {"title": "x", "customer": joe})

    assert (answer.status, answer.places) == (400, ["/customer"])
    assert shop.post(f"/v1/customers/{jane}/klasses/order", {"title": "x", "customer": jane}).status == 201


@pytest.mark.parametrize("field", ["customer", "company"])
def test_an_owner_that_does_not_exist_is_refused(shop: WorldClient, field: str) -> None:
    """A relationship to nothing would break every link that follows it."""
    answer = order(shop, **{field: "f" * 24})

    assert (answer.status, answer.places) == (400, [f"/{field}"])


def test_from_date_keeps_objects_created_then_or_later(shop: WorldClient) -> None:
    """The bound is inclusive, reads any offset, and does not look into other Klasses."""
    order(shop)
    shop.advance(60)
    at, later = order(shop), order(shop, createdAt="2026-06-09T16:00:00+02:00")
    shop.post("/v1/klasses/return", {"title": "Return"})

    listed = shop.get("/v1/klasses/order", "fromDate=2026-06-09T14:01:00%2B02:00")

    assert later.attributes["createdAt"] == "2026-06-09T14:00:00.000Z"
    assert ids(listed) == [at.data["id"], later.data["id"]]


def test_a_klass_is_listed_in_pages(shop: WorldClient) -> None:
    """Following `next` gives every object once, oldest first."""
    made = [order(shop).data["id"] for _ in range(3)]

    first = shop.get("/v1/klasses/order", "pageSize=2")
    path, _, query = first.json["links"]["next"].partition("?")

    assert ids(first) + ids(shop.get(path, query)) == made


@pytest.mark.parametrize("through", ["/v1/klasses/order", "/v1/customers/{id}/klasses/order"])
def test_the_121st_object_of_a_customer_within_a_minute_is_refused(shop: WorldClient, through: str) -> None:
    """120 a minute per customer; historical objects (`importedAt`) and other customers are free of it."""
    jane, joe = customer(shop), customer(shop, "Joe Roe")
    path, body = through.replace("{id}", jane), {"title": "x", "customer": jane}
    made = {shop.post(path, body).status for _ in range(120)}

    refused = shop.post(path, body)
    imported = shop.post(path, {**body, "importedAt": "2020-01-01T00:00:00Z"})

    assert (made, refused.status, imported.status, order(shop, customer=joe).status) == ({201}, 429, 201, 201)


def test_a_change_past_the_limit_of_an_object_within_a_minute_is_refused(shop: WorldClient) -> None:
    """One caller may change one record only so often; the minute after it may again."""
    path = f"/v1/klasses/order/{order(shop).data['id']}"
    limit = shop.world.budgets.ceilings["record_updates"]
    changed = {shop.put(path, {"icon": "box"}).status for _ in range(limit)}

    refused = shop.put(path, {"icon": "box"}).status
    shop.advance(60)

    assert (changed, refused, shop.put(path, {"icon": "box"}).status) == ({200}, 429, 200)


def test_a_role_for_one_klass_opens_that_klass_alone(shop: WorldClient) -> None:
    """Roles come in a form per Klass: `org.permission.kobject.kobject_<klass>.<verb>`."""
    key = shop.new_key("org.permission.kobject.kobject_order.create", "org.permission.kobject.kobject_order.read")

    made = shop.post("/v1/klasses/order", {"title": "x"}, key=key)

    assert (made.status, shop.post("/v1/klasses/return", {"title": "x"}, key=key).status) == (201, 403)
    assert shop.get(f"/v1/klasses/order/{made.data['id']}", key=key).status == 200
    assert shop.delete(f"/v1/klasses/order/{made.data['id']}", key=key).status == 403


def test_an_object_of_a_task_klass_starts_open(shop: WorldClient) -> None:
    """Tasks carry a status and counts; the Klass's icon stands in for the object's own."""
    shop.post("/v1/klasses", {"name": "chore", "klassSchema": "task", "icon": "broom"})

    made = shop.post("/v1/klasses/chore", {"title": "Sweep"}).attributes

    assert {name: made[name] for name in ("status", "doneCount", "reopenCount", "icon")} == {
        "status": "open", "doneCount": 0, "reopenCount": 0, "icon": "broom",
    }  # fmt: skip


@pytest.mark.parametrize("instant", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_an_instant_beyond_the_calendar_is_refused(shop: WorldClient, instant: str) -> None:
    """It fits the format but cannot be written in UTC."""
    assert order(shop, createdAt=instant).status == 400
