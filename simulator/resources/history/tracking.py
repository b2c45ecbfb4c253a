"""What a website tracks: visitors, which customer each is, what they do, and the sessions they do it in.

How the customer of an identity is found is not published; what is done here is assumed. Who is named by external id,
e-mail address or phone number wins over whom the visitor was before, and a new external id is a new customer: people
share devices.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kustomer_sandbox.simulator.operations import changes
from kustomer_sandbox.simulator.operations.call import Call, Context
from kustomer_sandbox.simulator.operations.registry import rule
from kustomer_sandbox.simulator.operations.writing import new_record, without
from kustomer_sandbox.simulator.resources.customers.customers import amended_customer, new_customer
from kustomer_sandbox.simulator.values.clock import iso
from kustomer_sandbox.simulator.values.outcome import NoContent, Outcome, Single
from kustomer_sandbox.simulator.values.record import JSON, Record

_ABOUT_THE_VISIT = ("trackingId", "sessionId", "remember")
_ENTRIES = {"email": ("emails", "email"), "phone": ("phones", "phone"), "externalId": ("externalIds", "externalId")}
"""The fields that name a customer, each with the list that has it and the key it has there; the first found wins."""
_FOUND_BY = ("externalId", "email", "phone")


@rule("tracking.identify")
def identify(call: Call) -> Outcome:
    """Tie a visitor to a customer, who is made if unknown. A value of another customer is a conflict."""
    return Single(record=_identified(call, call.body or {}))


@rule("tracking.identify_and_track")
def identify_and_track(call: Call) -> Outcome:
    """Both at once: the event is the visitor's unless it names another one."""
    about, event = call.body["identity"], call.body["event"]
    identity = _identified(call, about)
    visit = {"trackingId": identity["attributes"]["trackingId"], **_given(about, "sessionId")}
    _track(call, {**visit, **event})
    return Single(record=identity)


@rule("tracking.track")
def track(call: Call) -> Outcome:
    """Record an event; of a visitor whom nobody has identified it waits until somebody does."""
    _track(call, call.body)
    return NoContent()


def _identified(context: Context, body: Mapping[str, Any]) -> Record:
    visitor = body.get("trackingId") or context.world.ids.new(context.now)
    held = context.records.get_by("identity", "trackingId", visitor)
    customer = _customer(context, body, held)
    emails = customer["attributes"]["emails"]
    facts = {
        "trackingId": visitor,
        "email": body.get("email") or (emails[0]["email"] if emails else None),
        "status": "updated",
        "statusAt": iso(context.now),
    }
    owner = {"customer": {"type": "customer", "id": customer["id"]}}
    if held is None:
        identity = changes.create(context, new_record(context, "identity", facts, relationships=owner))
    else:
        identity = changes.update_by_caller(context, held, facts, relationships=owner)
    for event in context.records.find("customer_event", "trackingId", visitor):
        if "customer" not in event["relationships"]:
            _own(context, event, customer["id"])
    return identity


def _customer(context: Context, body: Mapping[str, Any], held: Record | None) -> Record:
    """The customer of an identity, with what it says of them."""
    found = _named(context, body)
    if found is None and held is not None:
        found = context.records.get("customer", held["relationships"]["customer"]["id"])
        if found is not None and "externalId" in body and found["attributes"]["externalIds"]:
            found = None  # who has another external id is somebody else
    facts = _facts(body, found["attributes"] if found else {})
    if found is None:
        return new_customer(context, facts)
    return amended_customer(context, found, facts) if facts else found


def _named(context: Context, body: Mapping[str, Any]) -> Record | None:
    for name in _FOUND_BY:
        if name in body:
            value = body[name].lower() if name == "email" else body[name]
            found = context.records.get_by("customer", name, value)
            if found is not None:
                return found
    return None


def _facts(body: Mapping[str, Any], known: Mapping[str, Any]) -> dict[str, Any]:
    """What an identity says of its customer, in the form of a customer's body: lists are added to."""
    facts = without(body, *_ABOUT_THE_VISIT, "email", "phone", "location", "tags")
    for name, (listed, key) in _ENTRIES.items():
        entries = known.get(listed, [])
        if name in body and all(entry[key].lower() != body[name].lower() for entry in entries):
            facts[listed] = [*entries, {key: body[name], **({"verified": True} if name == "externalId" else {})}]
    if "location" in body and not any(_says(entry, body["location"]) for entry in known.get("locations", [])):
        facts["locations"] = [*known.get("locations", []), body["location"]]
    if "tags" in body:
        facts["tags"] = [*known.get("tags", []), *body["tags"]]
    return facts


def _says(entry: Mapping[str, JSON], location: Mapping[str, JSON]) -> bool:
    return all(entry.get(name) == value for name, value in location.items())


def _track(context: Context, body: Mapping[str, Any]) -> None:
    visitor = body.get("trackingId")
    identity = context.records.get_by("identity", "trackingId", visitor) if visitor else None
    first = context.records.find("customer_event", "name", body["name"], limit=1)
    facts = {
        "name": body["name"],
        "trackingEvent": first[0]["attributes"]["trackingEvent"] if first else context.world.ids.new(context.now),
        "publishedAt": iso(context.now),
        "meta": body.get("meta"),
        "realIp": None,
        **_given(body, "trackingId", "sessionId"),
    }
    record = new_record(context, "customer_event", facts)
    record["relationships"] = {}  # events have no author
    event = changes.create(context, record)
    if identity is not None:
        _own(context, event, identity["relationships"]["customer"]["id"])


def _own(context: Context, event: Record, customer: str) -> None:
    """Give an event to a customer, and count it in its session."""
    owner = {"customer": {"type": "customer", "id": customer}}
    changes.update_by_system(context, {**event, "relationships": owner})
    facts = event["attributes"]
    if "sessionId" not in facts:
        return
    at = facts["createdAt"]
    held = session_of(context, customer, facts["sessionId"])
    if held is None:
        first = {"sessionId": facts["sessionId"], "firstEventAt": at, "lastEventAt": at, "count": 1}
        changes.create(context, new_record(context, "customer_session", first, relationships=owner))
    else:
        changes.update_by_system(context, held, {"lastEventAt": at, "count": held["attributes"]["count"] + 1})


def session_of(context: Context, customer: str, session: str) -> Record | None:
    """The customer's session that a website calls so."""
    return context.records.get_by("customer_session", "sessionId", f"{customer}:{session}")


def _given(body: Mapping[str, JSON], *names: str) -> dict[str, JSON]:
    return {name: body[name] for name in names if name in body}
