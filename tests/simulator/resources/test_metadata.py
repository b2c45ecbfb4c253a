"""Attribute metadata: definitions by name, what they allow, and that masking follows them at once."""

from __future__ import annotations

from typing import Any

import pytest

from kustomer_sandbox.contracts.model import Contracts
from kustomer_sandbox.simulator.resources.objects.metadata import display_name
from kustomer_sandbox.simulator.values.record import JSON
from tests.world_client import Answer, WorldClient

NOW = "2026-06-09T12:00:00.000Z"


@pytest.fixture
def shop(world_client: WorldClient) -> WorldClient:
    """A world with the Klass `order`."""
    world_client.post("/v1/klasses", {"name": "order"})
    return world_client


def define(client: WorldClient, resource: str = "kobject.order", **properties: JSON) -> Answer:
    return client.put(f"/v1/metadata/{resource}", {"properties": properties})


def order(client: WorldClient, **custom: JSON) -> Answer:
    return client.post("/v1/klasses/order", {"title": "Order", "custom": custom})


@pytest.mark.parametrize("resource", ["company", "conversation", "customer", "message", "kobject.order"])
def test_metadata_nobody_has_written_is_empty(shop: WorldClient, resource: str) -> None:
    """Reading must not depend on somebody having written first; the id is the name of the object type."""
    answer = shop.get(f"/v1/metadata/{resource}")

    assert (answer.status, answer.data) == (
        200,
        {
            "type": "metadata",
            "id": resource,
            "attributes": {"properties": {}, "standardProperties": {}},
            "relationships": {
                "org": {"data": {"type": "org", "id": shop.world.org}, "links": {"self": f"/v1/orgs/{shop.world.org}"}}
            },
            "links": {"self": f"/v1/metadata/{resource}"},
        },
    )


@pytest.mark.parametrize(("resource", "status"), [("kobject.nothing", 404), ("outbound_account", 400)])
def test_metadata_of_a_type_there_is_not_is_refused(shop: WorldClient, resource: str, status: int) -> None:
    """Only some types have custom attributes; a Klass must exist."""
    assert shop.get(f"/v1/metadata/{resource}").status == status


def test_a_definition_is_filled_in_and_stamped(shop: WorldClient) -> None:
    """The display name is the name in words without its suffix, as in the vendor's example."""
    answer = define(shop, totalOrdersNum={})

    me = answer.attributes["properties"]["totalOrdersNum"].pop("modifiedBy")
    assert me in {record["id"] for record in shop.world.records.find("user")}
    assert answer.attributes["properties"] == {
        "totalOrdersNum": {"type": "number", "displayName": "Total Orders", "modifiedAt": NOW, "updatedAt": NOW}
    }


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("totalOrdersNum", "Total Orders"),
        ("delivery_statusStr", "Delivery Status"),
        ("isVIPBool", "Is VIP"),
        ("line2Txt", "Line 2"),
        ("shopifyURLUrl", "Shopify URL"),
    ],
)
def test_a_name_becomes_words(name: str, words: str) -> None:
    """People see words, not identifiers."""
    assert display_name(name) == words


def test_what_is_not_named_stays(shop: WorldClient) -> None:
    """Two people defining different attributes must not undo each other's work."""
    define(shop, stateStr={"displayName": "State", "enumeration": ["open"]})

    define(shop, sumNum={})
    merged = define(shop, stateStr={"enumeration": ["open", "sent"]}).attributes["properties"]

    assert sorted(merged) == ["stateStr", "sumNum"]
    assert (merged["stateStr"]["displayName"], merged["stateStr"]["enumeration"]) == ("State", ["open", "sent"])


def test_null_deletes_a_definition_and_writing_it_again_revives_it(shop: WorldClient) -> None:
    """A deleted definition shows when and by whom, and binds nobody any more."""
    define(shop, stateStr={"enumeration": ["open"]})

    deleted = define(shop, stateStr=None).attributes["properties"]["stateStr"]
    free = order(shop, stateStr="anything").status
    revived = define(shop, stateStr={}).attributes["properties"]["stateStr"]

    assert (deleted["deletedAt"], deleted["deletedBy"], free) == (NOW, deleted["modifiedBy"], 201)
    assert {"deletedAt", "deletedBy"} & set(revived) == set()
    assert order(shop, stateStr="anything").status == 400


@pytest.mark.parametrize(
    "body",
    [
        {"properties": {"state": {}}},
        {"properties": {"stateStr": {"colour": "red"}}},
        {"properties": {f"a{n}Str": {} for n in range(101)}},
        {"validations": ["a" * 24] * 2},
        {"attributes": {}},
    ],
    ids=["no suffix", "unknown fact", "too many", "repeated", "unknown field"],
)
def test_metadata_the_contract_does_not_allow_is_refused(shop: WorldClient, body: dict[str, Any]) -> None:
    """The suffix rule holds for definitions as it does for values."""
    assert shop.put("/v1/metadata/kobject.order", body).status == 400


def test_an_empty_change_changes_nothing(shop: WorldClient) -> None:
    """The body is optional."""
    before = define(shop, stateStr={}).data

    assert shop.put("/v1/metadata/kobject.order").data == before


def test_relationships_and_validations_are_kept_as_given(shop: WorldClient) -> None:
    """Their meaning is not published, so they are stored and shown."""
    body = {"relationships": {"owner": {"required": True}}, "validations": ["a" * 24]}

    answer = shop.put("/v1/metadata/customer", body)

    assert answer.attributes == {"properties": {}, "standardProperties": {}, **body}


def test_a_value_outside_its_enumeration_is_refused(shop: WorldClient) -> None:
    """Null still clears the attribute, and an empty enumeration allows everything."""
    define(shop, stateStr={"enumeration": ["open", "sent"]}, noteStr={"enumeration": []})

    refused = order(shop, stateStr="lost")

    assert (refused.status, refused.places) == (400, ["/custom/stateStr"])
    assert [order(shop, stateStr="sent", noteStr="x").status, order(shop, stateStr=None).status] == [201, 201]


def test_an_id_attribute_is_defined_before_it_is_written(shop: WorldClient) -> None:
    """Without its target nobody could say what an id names."""
    jane = shop.post("/v1/customers", {"name": "Jane"}).data["id"]

    before = order(shop, buyerId=jane)
    define(shop, buyerId={"target": "customer"})

    assert (before.status, order(shop, buyerId=jane).status) == (400, 201)


@pytest.mark.parametrize("target", ["customer", "kobject.order"])
def test_an_id_attribute_names_a_record_of_its_target(shop: WorldClient, target: str) -> None:
    """Both that the record exists and that it is of the target's type is checked when it is written."""
    shop.post("/v1/klasses", {"name": "return"})
    made = {
        "customer": shop.post("/v1/customers", {"name": "Jane"}).data["id"],
        "kobject.order": order(shop).data["id"],
        "kobject.return": shop.post("/v1/klasses/return", {"title": "x"}).data["id"],
        "nothing": "f" * 24,
    }
    define(shop, otherId={"target": target})

    accepted = [kind for kind, id in made.items() if order(shop, otherId=id).status == 201]

    assert accepted == [target]


@pytest.mark.parametrize("facts", [{}, {"target": "planet"}])
def test_an_id_attribute_without_a_usable_target_is_refused(shop: WorldClient, facts: dict[str, str]) -> None:
    """It could never be written."""
    answer = define(shop, otherId=facts)

    assert (answer.status, answer.places) == (400, ["/properties/otherId/target"])


def test_a_custom_attribute_written_for_the_first_time_gets_metadata(shop: WorldClient) -> None:
    """Definitions made on the way carry type and display name only; a cleared value makes none."""
    order(shop, totalOrdersNum=3, noteTxt=None)

    assert shop.get("/v1/metadata/kobject.order").attributes["properties"] == {
        "totalOrdersNum": {"type": "number", "displayName": "Total Orders"}
    }


@pytest.mark.parametrize("sensitive", [True, {"enabled": True, "maskType": "full"}])
def test_a_sensitive_flag_hides_values_at_once(shop: WorldClient, sensitive: JSON) -> None:
    """Neither a read nor a plan made before the flag may outlive it."""
    path = f"/v1/klasses/order/{order(shop, ssnStr='078-05-1120').data['id']}"
    before = shop.get(path).attributes["custom"]

    facts = define(shop, ssnStr={"sensitive": sensitive}).attributes["properties"]["ssnStr"]
    hidden = shop.get(path).attributes["custom"]
    define(shop, ssnStr={"sensitive": False})

    assert (facts["sensitive"]["enabled"], facts["hasSensitiveAttributes"]) == (True, True)
    assert (before, hidden, shop.get(path).attributes["custom"]) == (
        {"ssnStr": "078-05-1120"}, {"ssnStr": "***"}, {"ssnStr": "078-05-1120"},
    )  # fmt: skip


def test_deleting_a_sensitive_definition_does_not_show_its_values(shop: WorldClient) -> None:
    """Who deletes a definition does not decide that what was hidden may be read."""
    path = f"/v1/klasses/order/{order(shop, ssnStr='078-05-1120').data['id']}"
    define(shop, ssnStr={"sensitive": True})

    define(shop, ssnStr=None)

    assert shop.get(path).attributes["custom"] == {"ssnStr": "***"}


def test_only_attributes_the_contract_names_can_be_sensitive(shop: WorldClient, contracts: Contracts) -> None:
    """The refusal lists those that can; the others may still be described."""
    rules = contracts.resources["customers"].sensitive
    assert rules is not None

    refused = shop.put("/v1/metadata/customer", {"standardProperties": {"locale": {"sensitive": True}}})
    described = shop.put("/v1/metadata/customer", {"standardProperties": {"locale": {"sensitive": False}}})

    assert (refused.status, refused.errors[0]["message"]) == (
        400, f"This attribute cannot be sensitive; these can: {', '.join(sorted(rules.attributes))}.",
    )  # fmt: skip
    assert described.status == 200


def test_writing_metadata_takes_an_administrators_role(shop: WorldClient) -> None:
    """Whoever may unflag an attribute may read it."""
    key = shop.new_key("org.user")

    assert shop.get("/v1/metadata/customer", key=key).status == 200
    assert shop.put("/v1/metadata/customer", {}, key=key).status == 403
