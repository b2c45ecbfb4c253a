"""Custom objects (KObjects): records of a Klass, mostly a customer's, such as orders or shipments."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kustomer_sandbox.simulator.operations import changes
from kustomer_sandbox.simulator.operations.call import Call, Context
from kustomer_sandbox.simulator.operations.pages import order_of, page, page_of_records
from kustomer_sandbox.simulator.operations.registry import rule
from kustomer_sandbox.simulator.operations.writing import new_record, reference, without
from kustomer_sandbox.simulator.records.records import between
from kustomer_sandbox.simulator.resources.conversations.tags import tag_ids
from kustomer_sandbox.simulator.resources.customers import recent_items
from kustomer_sandbox.simulator.resources.objects.klasses import need_klass
from kustomer_sandbox.simulator.resources.objects.metadata import accept_custom
from kustomer_sandbox.simulator.values.errors import BadRequest, NotFound, NothingFound, Problem
from kustomer_sandbox.simulator.values.moments import kept, kept_in
from kustomer_sandbox.simulator.values.outcome import NoContent, Outcome, Single
from kustomer_sandbox.simulator.values.record import Record

_TASK = {"status": "open", "doneCount": 0, "reopenCount": 0}
"""What an object of a task Klass starts with (the attributes are published, their first values inferred)."""


@rule("custom_objects.list_objects")
def list_objects(call: Call) -> Outcome:
    """A page of a Klass's objects by id, or as `sort` says; from `fromDate` on by creation (assumed)."""
    name, sort = _klass(call)["attributes"]["name"], call.query.get("sort", "")
    order = order_of(sort)
    since = kept(call.query["fromDate"], parameter="fromDate") if "fromDate" in call.query else ""
    if since and sort.endswith("updatedAt"):
        found = call.records.find("kobject", "klassUpdatedAt", between(f"{name}:", f"{name};"), order=order)
        return page_of_records(call, [record for record in found if record["attributes"]["createdAt"] >= since])
    if since or sort:
        index = "klassUpdatedAt" if sort.endswith("updatedAt") else "klassCreatedAt"
        return page(call, index, between(f"{name}:{since}", f"{name};"), order=order)
    return page(call, "klass", name)


@rule("custom_objects.list_for_customer")
def list_for_customer(call: Call) -> Outcome:
    """A page of a customer's objects of a Klass."""
    customer = call.records.get_or_404("customer", call.path["id"])
    return page(call, "klassCustomer", f"{_klass(call)['attributes']['name']}:{customer['id']}")


@rule("custom_objects.list_for_company")
def list_for_company(call: Call) -> Outcome:
    """A page of a company's objects of a Klass."""
    company = call.records.get_or_404("company", call.path["id"])
    return page(call, "klassCompany", f"{_klass(call)['attributes']['name']}:{company['id']}")


@rule("custom_objects.lookup")
def lookup(call: Call) -> Outcome:
    """The object of a Klass with an external id."""
    key = f"{_klass(call)['attributes']['name']}:{call.path['externalId']}"
    found = call.records.get_by("kobject", "externalId", key)
    if found is None:
        words = "No object of this Klass has this externalId."
        raise NothingFound(words, parameter="externalId", rule="look-up-by-value")
    return Single(record=found)


@rule("custom_objects.get")
def get(call: Call) -> Outcome:
    """One object of the Klass the path names."""
    return Single(record=_need(call))


@rule("custom_objects.create")
def create(call: Call) -> Outcome:
    """A new object of a Klass."""
    return Single(record=new_object(call, _klass(call), call.body))


@rule("custom_objects.create_for_customer")
def create_for_customer(call: Call) -> Outcome:
    """A new object of the customer the path names."""
    customer = call.records.get_or_404("customer", call.path["id"])["id"]
    is_another = call.body.get("customer", customer) != customer
    if is_another and not call.reads("kobject-customer-of-the-path", "overruled"):
        raise BadRequest(
            Problem(message="customer must be the customer of the path, or be left out.", pointer="/customer"),
            rule="kobject-customer-of-the-path",
        )
    return Single(record=new_object(call, _klass(call), {**call.body, "customer": customer}))


@rule("custom_objects.update")
def update(call: Call) -> Outcome:
    """Change what the body names; `custom` is merged name by name."""
    return Single(record=change_object(call, _need(call), call.body))


@rule("custom_objects.delete")
def delete(call: Call) -> Outcome:
    """Leave a tombstone, which only a search with `includeDeleted` finds, and nothing on the customer."""
    recent_items.remove(call, changes.bury(call, _need(call)))
    return NoContent()


def new_object(context: Context, klass: Record, body: Mapping[str, Any]) -> Record:
    """Store an object of a Klass made from a validated body, and show it on its customer."""
    facts = klass["attributes"]
    relationships = {
        field: reference(context, field, body[field], field=field) for field in ("customer", "company") if field in body
    }
    started = {**({"icon": facts["icon"]} if "icon" in facts else {}), **(_TASK if "klassSchema" in facts else {})}
    record = new_record(
        context,
        f"kobject.{facts['name']}",
        {**started, **_attributes(context, f"kobject.{facts['name']}", without(body, "customer", "company"))},
        relationships={"klass": {"type": "klass", "id": facts["name"]}, **relationships},
    )
    stored = changes.create(context, {**record, "klass": facts["name"], "plural": facts["plural"]})
    recent_items.add(context, stored)
    return stored


def change_object(context: Context, record: Record, body: Mapping[str, Any]) -> Record:
    """Store an object with what a validated body changes. Raises `Conflict` when `rev` is another."""
    fields = _attributes(context, record["type"], without(body, "rev"))
    stored = changes.update_by_caller(context, record, fields, rev=body.get("rev"))
    recent_items.renew(context, stored)
    return stored


def _attributes(context: Context, kind: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """The body with tags as ids, instants in the stored form, and custom attributes the metadata allows."""
    fields = {**body, **kept_in(body, "createdAt", "importedAt")}
    if "tags" in fields:
        fields["tags"] = tag_ids(context, fields["tags"])
    accept_custom(context, kind, fields.get("custom", {}))
    return fields


def _klass(call: Call) -> Record:
    return need_klass(call, call.path["name"])


def _need(call: Call) -> Record:
    """The object of the path's id, if it is of the path's Klass."""
    klass = _klass(call)["attributes"]["name"]
    record = call.records.get_or_404("kobject", call.path["id"])
    if record["klass"] != klass and not call.reads("kobject-of-its-klass", "found"):
        words = "There is no object of this Klass with this id."
        raise NotFound(Problem(message=words, parameter="id"), rule="kobject-of-its-klass")
    return record
