"""Companies: whom customers work for. External ids and domains are unique; a deleted company can be brought back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kustomer_sandbox.simulator.operations import changes
from kustomer_sandbox.simulator.operations.call import Call, Context
from kustomer_sandbox.simulator.operations.pages import page
from kustomer_sandbox.simulator.operations.registry import rule
from kustomer_sandbox.simulator.operations.writing import new_record, without
from kustomer_sandbox.simulator.resources.conversations.tags import tag_ids
from kustomer_sandbox.simulator.resources.customers.customers import LISTS, shown_entry
from kustomer_sandbox.simulator.resources.objects.metadata import accept_custom
from kustomer_sandbox.simulator.values.errors import NotFound, Problem
from kustomer_sandbox.simulator.values.moments import kept_in
from kustomer_sandbox.simulator.values.outcome import Outcome, Single
from kustomer_sandbox.simulator.values.record import Record


@rule("companies.list_companies")
def list_companies(call: Call) -> Outcome:
    """A page of all companies, of those with a name, or of the one with an external id; both together do not count."""
    name, id = call.query.get("filter"), call.query.get("externalId")
    if name and not id:
        return page(call, "name", name.lower())
    if id and not name:
        return page(call, "externalId", id)
    return page(call, "live")


@rule("companies.create")
def create(call: Call) -> Outcome:
    """A new company. An external id or a domain that another one has is a conflict."""
    return Single(record=new_company(call, call.body))


def new_company(context: Context, body: Mapping[str, Any]) -> Record:
    """Store a company made from a validated body."""
    return changes.create(context, new_record(context, "company", _attributes(context, without(body, "rev"))))


@rule("companies.update")
def update(call: Call) -> Outcome:
    """Change what the body names, delete the company or bring it back; a deleted one takes no other change.

    Its customers show its new name. They keep their company when it is deleted (assumed).
    """
    company = call.records.get("company", call.path["id"], deleted=True)
    brings_back = "deleted" in call.body and not call.body["deleted"]
    if company is None or (company.get("deleted") and not brings_back):
        raise NotFound(Problem(message="There is no company with this id.", parameter="id"))
    fields = _attributes(call, without(call.body, "deleted", "rev"))
    if brings_back:
        company, fields = without(company, "deleted"), {**fields, "deleted": False}
    elif call.body.get("deleted"):
        company, fields = {**company, "deleted": True}, {**fields, "deleted": True}
    stored = changes.update_by_caller(call, company, fields, rev=call.body.get("rev"))
    if stored["attributes"]["name"] != company["attributes"]["name"]:
        _rename(call, stored)
    return Single(record=stored)


def _rename(context: Context, company: Record) -> None:
    """Have the company's customers show its name."""
    for customer in context.records.find("customer", "company", company["id"]):
        changes.update_by_system(context, customer, {"companyName": company["attributes"]["name"]})


def _attributes(context: Context, body: Mapping[str, Any]) -> dict[str, Any]:
    """The body with tags as ids, contact entries as they are shown, and instants in the stored form."""
    fields = {**body, **kept_in(body, "createdAt", "importedAt")}
    accept_custom(context, "company", fields.get("custom", {}))
    for name in LISTS:
        if name in fields:
            fields[name] = [shown_entry(name, item) for item in fields[name]]
    if "tags" in fields:
        fields["tags"] = tag_ids(context, fields["tags"])
    return fields
