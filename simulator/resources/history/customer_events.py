"""Events of customers and conversations: what was tracked, and the changes that the audit log tells of."""

from __future__ import annotations

from collections.abc import Iterator

from kustomer_sandbox.simulator.operations.call import Call, Context
from kustomer_sandbox.simulator.operations.pages import page, page_of_records
from kustomer_sandbox.simulator.operations.registry import rule
from kustomer_sandbox.simulator.resources.history.shown_changes import author_of, changes_of
from kustomer_sandbox.simulator.resources.history.tracking import session_of
from kustomer_sandbox.simulator.values.audit import AuditEntry
from kustomer_sandbox.simulator.values.clock import iso
from kustomer_sandbox.simulator.values.errors import NotFound, Problem
from kustomer_sandbox.simulator.values.outcome import Outcome, Single
from kustomer_sandbox.simulator.values.record import Record


@rule("customer_events.get_event")
def get_event(call: Call) -> Outcome:
    """One event: what the customer did, or a change of the customer or of one of the customer's conversations."""
    id, customer = call.path["id"], call.path["customerId"]
    call.records.get_or_404("customer", customer, parameter="customerId")
    event = call.records.get("customer_event", id)
    if event is not None and (event["relationships"].get("customer") or {}).get("id") == customer:
        return Single(record=event)
    for entry in _entries(call):
        if entry.id == id and entry.customer == customer and entry.type in ("customer", "conversation"):
            return Single(record=_event(call, entry))
    raise NotFound(Problem(message="The customer has no event with this id.", parameter="id"))


@rule("customer_events.list_of_customer")
def list_of_customer(_: Call) -> Outcome:
    """Nothing: the vendor has taken the list away. Always raises `NotFound`."""
    raise NotFound("Events are not listed by customer; list those of a session.", rule="customer-events-gone")


@rule("customer_events.list_of_session")
def list_of_session(call: Call) -> Outcome:
    """A page of what the customer did in one session, oldest first."""
    customer, wanted = call.path["customerId"], call.path["sessionId"]
    call.records.get_or_404("customer", customer, parameter="customerId")
    session = call.records.get("customer_session", wanted)
    if session is None or session["relationships"]["customer"]["id"] != customer:
        session = session_of(call, customer, wanted)
    if session is None:
        raise NotFound(Problem(message="The customer has no session of this name.", parameter="sessionId"))
    return page(call, "session", f"{customer}:{session['attributes']['sessionId']}")


@rule("customer_events.list_of_conversation")
def list_of_conversation(call: Call) -> Outcome:
    """A page of the conversation's changes as far as the audit log reaches, oldest first unless the query says else."""
    id = call.records.get_or_404("conversation", call.path["id"])["id"]
    found = [_event(call, entry) for entry in _entries(call) if entry.record == id and entry.type == "conversation"]
    if "name" in call.query:
        found = [event for event in found if event["attributes"]["name"] == call.query["name"]]
    if "changed" in call.query:
        found = [event for event in found if any(call.query["changed"] in names for names in _changed(event))]
    return page_of_records(call, found if call.query.get("sort") == "desc" else found[::-1])


def _entries(context: Context) -> Iterator[AuditEntry]:
    return context.world.audit_log.entries(context.world.org)


def _changed(event: Record) -> Iterator[dict[str, object]]:
    yield from event["attributes"]["changes"].values()


def _event(context: Context, entry: AuditEntry) -> Record:
    """A change as an event: of relationships the references before and after."""
    at, user = iso(entry.at), author_of(entry)
    told = changes_of(context, entry)
    told["relationships"] = {
        name: {"op": "replace", "before": before, "after": after} for name, before, after in entry.relationships
    }
    attributes = {
        "name": f"kustomer.{entry.type}.{entry.verb}",
        "type": entry.verb,
        "publishedAt": at,
        "createdAt": at,
        "updatedAt": at,
        "modifiedAt": at,
        "changes": told,
        "location": None,
        "meta": None,
    }
    related: dict[str, object] = {"customer": {"type": "customer", "id": entry.customer}}
    if entry.type == "conversation":
        related["conversation"] = {"type": "conversation", "id": entry.record}
    if user is not None:
        related |= {name: {"type": "user", "id": user} for name in ("createdBy", "modifiedBy")}
    return {"id": entry.id, "type": "customer_event", "attributes": attributes, "relationships": related}
