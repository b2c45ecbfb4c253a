"""What a customer shows of its custom objects: a link for each Klass there is one of, and the objects last written.

That an object made for a customer shows there is recorded; that the latest stands first, how many there are, and what
follows from changes and deletions is assumed.
"""

from __future__ import annotations

from kustomer_sandbox.simulator.operations import changes
from kustomer_sandbox.simulator.operations.call import Context
from kustomer_sandbox.simulator.values.clock import iso
from kustomer_sandbox.simulator.values.record import JSON, Record

MOST = 10


def add(context: Context, kobject: Record) -> None:
    """A new object of a customer: it is among the recent items, and the customer has been active."""
    customer = _owner(context, kobject)
    if customer is None:
        return
    now = iso(context.now)
    news = {"recentItems": _with(customer, kobject), "lastActivityAt": now, "lastCustomerActivityAt": now}
    klasses = customer.get("klasses", [])
    if kobject["plural"] not in klasses:
        customer = {**customer, "klasses": [*klasses, kobject["plural"]]}
    changes.update_by_system(context, customer, news)


def renew(context: Context, kobject: Record) -> None:
    """An object that was changed."""
    customer = _owner(context, kobject)
    if customer is not None:
        changes.update_by_system(context, customer, {"recentItems": _with(customer, kobject)})


def remove(context: Context, kobject: Record) -> None:
    """An object that is gone, and with the last one of a Klass its link."""
    customer = _owner(context, kobject)
    if customer is None:
        return
    if not context.records.count("kobject", "klassCustomer", f"{kobject['klass']}:{customer['id']}"):
        klasses = [plural for plural in customer.get("klasses", ()) if plural != kobject["plural"]]
        customer = {**customer, "klasses": klasses}
    changes.update_by_system(context, customer, {"recentItems": _without(customer, kobject)})


def _owner(context: Context, kobject: Record) -> Record | None:
    owner = kobject["relationships"].get("customer")
    return context.records.get("customer", owner["id"]) if owner else None


def _with(customer: Record, kobject: Record) -> list[JSON]:
    meta = {"klassName": kobject["klass"]}
    item = {"type": "kobject", "id": kobject["id"], "updatedAt": kobject["attributes"]["updatedAt"], "meta": meta}
    return [item, *_without(customer, kobject)][:MOST]


def _without(customer: Record, kobject: Record) -> list[JSON]:
    return [item for item in customer["attributes"]["recentItems"] if item["id"] != kobject["id"]]
