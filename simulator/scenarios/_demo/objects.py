"""Writes what customers bought as custom objects: an `order` and the `shipment` it came in."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from typing import Any

from kustomer_sandbox.simulator.resources.objects.custom_objects import change_object, new_object
from kustomer_sandbox.simulator.resources.objects.klasses import need_klass
from kustomer_sandbox.simulator.scenarios._demo.customers import Customer
from kustomer_sandbox.simulator.scenarios._demo.goods import Goods
from kustomer_sandbox.simulator.scenarios._demo.stage import Stage
from kustomer_sandbox.simulator.values.clock import iso

_CLERK = "Channel connector"
_ORDER_AFTER = {"Delivered": "Completed", "Lost": "Refunded", "Returned": "Refunded"}
_FIRST_STATUS = "Label created"


def plan_goods(stage: Stage, customer: Customer, goods: Goods) -> None:
    """Have the order come in, the parcel leave, and the parcel's last news arrive."""
    stage.plan(goods.placed_at, partial(_order, stage, customer, goods))
    stage.plan(goods.sent_at, partial(_ship, stage, customer, goods))
    if goods.status != _FIRST_STATUS:
        stage.plan(goods.told_at, partial(_move, stage, customer, goods))


def _order(stage: Stage, customer: Customer, goods: Goods) -> None:
    custom = {
        "orderNumberStr": goods.order,
        "orderStatusStr": "Paid",
        "totalNum": goods.cents / 100,
        "currencyStr": stage.chance.pick(("EUR", "USD", "GBP"), "currency", customer.name),
        "placedAt": iso(goods.placed_at),
        "giftBool": stage.chance.between(1, 5, "gift", customer.name) == 1,
    }
    _create(stage, "order", customer, goods.placed_at, {
        "title": f"{goods.thing} ({goods.order})", "externalId": goods.order, "custom": custom,
    })  # fmt: skip


def _ship(stage: Stage, customer: Customer, goods: Goods) -> None:
    custom = {
        "trackingNumberStr": goods.tracking,
        "deliveryStatusStr": _FIRST_STATUS,
        "carrierStr": goods.carrier,
        "destinationStr": customer.body["locations"][0]["cityName"],
        "expectedAt": iso(goods.sent_at + timedelta(days=stage.chance.between(2, 6, "transit", customer.name))),
        "weightNum": stage.chance.between(3, 140, "weight", customer.name) / 10,
        "insuredBool": stage.chance.between(0, 2, "insured", customer.name) > 0,
        **({"recipientPhoneStr": customer.phone} if customer.phone else {}),
    }
    _create(stage, "shipment", customer, goods.sent_at, {
        "title": f"{goods.thing} by {goods.carrier}", "externalId": goods.tracking, "custom": custom,
    })  # fmt: skip


def _create(stage: Stage, klass: str, customer: Customer, at: datetime, body: dict[str, Any]) -> None:
    context = stage.context(at, _CLERK)
    owner = stage.id("customer", customer.name)
    record = new_object(context, need_klass(context, klass), {**body, "customer": owner})
    stage.known[klass, customer.name] = record["id"]


def _move(stage: Stage, customer: Customer, goods: Goods) -> None:
    context = stage.context(goods.told_at, _CLERK)
    delivered = {"deliveredAt": iso(goods.told_at)} if goods.status == "Delivered" else {}
    news = {"deliveryStatusStr": goods.status, **delivered}
    shipment = context.records.get_or_404("kobject", stage.id("shipment", customer.name))
    change_object(context, shipment, {"custom": news})
    order = context.records.get_or_404("kobject", stage.id("order", customer.name))
    change_object(context, order, {"custom": {"orderStatusStr": _ORDER_AFTER.get(goods.status, "Shipped")}})
