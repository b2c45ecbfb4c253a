"""Customers: names, contact points, tags, and the unmasking window shown on them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kustomer_sandbox.simulator.operations import changes
from kustomer_sandbox.simulator.operations.call import Call, Context
from kustomer_sandbox.simulator.operations.registry import presents, rule
from kustomer_sandbox.simulator.operations.writing import new_record, reference, without
from kustomer_sandbox.simulator.resources.conversations.tags import tag_ids
from kustomer_sandbox.simulator.resources.customers.naming import shown_name
from kustomer_sandbox.simulator.resources.objects.metadata import accept_custom
from kustomer_sandbox.simulator.values.clock import iso
from kustomer_sandbox.simulator.values.moments import kept_in
from kustomer_sandbox.simulator.values.outcome import Outcome, Single
from kustomer_sandbox.simulator.values.record import Record
from kustomer_sandbox.simulator.values.unmasking import UnmaskingWindow

LISTS = (
    "emails", "sharedEmails", "phones", "sharedPhones", "whatsapps", "socials", "sharedSocials", "externalIds",
    "sharedExternalIds", "facebookIds", "instagramIds", "urls", "locations",
)  # fmt: skip
_VERIFIED_OUTSIDE = frozenset({"emails", "sharedEmails", "externalIds", "sharedExternalIds"})
INSTANTS = (
    "createdAt", "importedAt", "signedUpAt", "lastActivityAt", "lastCustomerActivityAt", "lastSeenAt", "birthdayAt",
)  # fmt: skip
_WINDOW = ("requestedBy", "startDate", "endDate", "createdAt", "updatedAt")


@rule("customers.create")
def create(call: Call) -> Outcome:
    """A new customer. A unique contact point held by another one is a conflict."""
    return Single(record=new_customer(call, call.body))


def new_customer(context: Context, body: Mapping[str, Any]) -> Record:
    """Store a customer made from a validated body."""
    now = iso(context.now)
    first = {"lastActivityAt": now, "recentLocation": {"updatedAt": now}}
    related, named = _company(context, body)
    record = new_record(context, "customer", {**first, **named}, relationships=related)
    record["attributes"] |= _attributes(context, without(body, "company", "rev"))
    record["attributes"] |= shown_name(record["attributes"], record["id"])
    return changes.create(context, record)


def amended_customer(context: Context, record: Record, body: Mapping[str, Any]) -> Record:
    """Store a customer with what a validated body names changed, and nothing else; gives it.

    Raises `BadRequest` for an unknown company, `Conflict` for a contact point of another customer.
    """
    related, named = _company(context, body)
    fields = {"lastActivityAt": iso(context.now), **named, **_attributes(context, without(body, "company"))}
    fields |= shown_name({**record["attributes"], **fields}, record["id"])
    return changes.update_by_caller(context, record, fields, relationships=related)


@rule("customers.update")
def update(call: Call) -> Outcome:
    """Change what the body names, or replace the document. A missing `company` unlinks it (vendor-docs)."""
    record = call.records.get_or_404("customer", call.path["id"])
    related, named = _company(call, call.body)
    relationships: dict[str, Any] = {"company": None, **related}
    fields = {"lastActivityAt": iso(call.now), **named, **_attributes(call, without(call.body, "company", "rev"))}
    if not named and "companyName" in record["attributes"]:
        record = {**record, "attributes": without(record["attributes"], "companyName")}
    rev = call.body.get("rev")
    if call.query.get("replace"):
        base = new_record(call, "customer", {}, id=record["id"])["attributes"]
        fields = {**base, **_kept(record["attributes"]), **fields}
        fields |= shown_name(fields, record["id"])
        record = {**record, "attributes": fields}
        return Single(record=changes.update_by_caller(call, record, relationships=relationships, rev=rev))
    fields |= shown_name({**record["attributes"], **fields}, record["id"])
    return Single(record=changes.update_by_caller(call, record, fields, relationships=relationships, rev=rev))


def _kept(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """What a replacement keeps: the server's own history of the customer."""
    names = (
        "createdAt", "conversationCounts", "lastConversation", "lastMessageIn", "lastMessageOut", "lastMessageAt",
        "lastMessageUnrespondedTo", "lastCustomerActivityAt", "preview", "progressiveStatus", "presence", "watchers",
        "activeUsers", "recentItems", "recentLocation", "satisfactionLevel",
    )  # fmt: skip
    return {name: attributes[name] for name in names if name in attributes}


def _attributes(context: Context, body: Mapping[str, Any]) -> dict[str, Any]:
    """The body with tags as ids and contact entries as they are shown (`id: null`)."""
    fields = {**body, **kept_in(body, *INSTANTS)}
    if "lastActivityAt" in fields and fields["lastActivityAt"] is None:
        del fields["lastActivityAt"]  # answers always have one
    accept_custom(context, "customer", fields.get("custom", {}))
    for name in LISTS:
        if name in fields:
            fields[name] = [shown_entry(name, item) for item in fields[name]]
    if "tags" in fields:
        fields["tags"] = tag_ids(context, fields["tags"])
    if fields.get("externalId") is not None and "externalIds" not in fields:
        fields["externalIds"] = [shown_entry("externalIds", {"externalId": fields["externalId"], "verified": True})]
    return fields


def shown_entry(name: str, item: Mapping[str, Any]) -> dict[str, Any]:
    """An entry of a contact list as it is shown; nobody outside verifies addresses and ids here."""
    shown = {**item, "verified": item.get("verified", False), "id": None}
    return {**shown, "externalVerified": False} if name in _VERIFIED_OUTSIDE else shown


def _company(context: Context, body: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The relationship to the company that a body names, and the attribute that shows its name."""
    if not body.get("company"):  # null and the empty text link none
        return {}, {}
    company = reference(context, "company", body["company"], field="company")
    named = context.records.get_or_404("company", company["id"], parameter="")["attributes"]["name"]
    return {"company": company}, {"companyName": named}


@presents("customer")
def present(record: Record, window: UnmaskingWindow | None) -> None:
    """Show the window: whole while open, only its stamps once it has ended (client-code)."""
    if window is not None:
        names = _WINDOW if window.is_open else _WINDOW[3:]
        record["attributes"]["unmaskingWindow"] = {name: window.stamps[name] for name in names}


def renew_counts(context: Context, counts: Mapping[str, int]) -> dict[str, Any]:
    """The attributes that follow from a customer's conversations by status (progressiveStatus inferred)."""
    snoozed, opened, done = counts.get("snoozed", 0), counts.get("open", 0), counts.get("done", 0)
    return {
        "conversationCounts": {"all": snoozed + opened + done, "snoozed": snoozed, "open": opened, "done": done},
        "progressiveStatus": "open" if opened else "snoozed" if snoozed else "done" if done else None,
        "lastActivityAt": iso(context.now),
    }
