"""Messages: recorded on the timeline, never delivered. What they do to their conversation is in `timeline`."""

from __future__ import annotations

from collections.abc import Mapping

from kustomer_sandbox.simulator.operations import changes
from kustomer_sandbox.simulator.operations.call import Call, Context
from kustomer_sandbox.simulator.operations.pages import page
from kustomer_sandbox.simulator.operations.registry import rule
from kustomer_sandbox.simulator.operations.writing import merged, new_record, reference, without
from kustomer_sandbox.simulator.resources.conversations import timeline
from kustomer_sandbox.simulator.resources.conversations.authorship import (
    AUTHORS,
    authors,
    stamped,
    stamps_of,
)
from kustomer_sandbox.simulator.resources.conversations.conversations import external_queue, new_conversation, queue_of
from kustomer_sandbox.simulator.resources.customers import summaries
from kustomer_sandbox.simulator.resources.files.attaching import attach, ids_of, references, with_attachments
from kustomer_sandbox.simulator.resources.objects.metadata import accept_custom
from kustomer_sandbox.simulator.resources.organisation.membership import teams_of
from kustomer_sandbox.simulator.values.clock import iso
from kustomer_sandbox.simulator.values.errors import BadRequest, Problem
from kustomer_sandbox.simulator.values.outcome import Outcome, Single
from kustomer_sandbox.simulator.values.record import JSON, Record

_REFERENCES = ("customer", "conversation", "attachments", "queue")
_TIMES = ("sentAt", "errorAt", "importedAt")
_REPLACEABLE = (
    "externalId", "preview", "subject", "error", "errorAt", "custom", "related", "sentiment", "lang", "spam",
    "reactions",
)  # fmt: skip
_SHOWN_ELSEWHERE = {"preview", "subject", "sentAt", "sentiment", "conversation"}


@rule("messages.list_all")
def list_all(call: Call) -> Outcome:
    """A page of all messages."""
    return with_attachments(call, page(call, "id"))


@rule("messages.list_of_conversation")
def list_of_conversation(call: Call) -> Outcome:
    """A page of the conversation's messages."""
    conversation = call.records.get_or_404("conversation", call.path["id"])
    return with_attachments(call, page(call, "conversation", conversation["id"]))


@rule("messages.list_of_customer")
def list_of_customer(call: Call) -> Outcome:
    """A page of the customer's messages, over all conversations."""
    customer = call.records.get_or_404("customer", call.path["id"])
    return with_attachments(call, page(call, "customer", customer["id"]))


@rule("messages.create")
def create(call: Call) -> Outcome:
    """A message in a conversation that is there: only the customer's own path makes one (vendor-docs)."""
    if "conversation" not in call.body:
        message = "Give the conversation the message belongs to; POST /v1/customers/{id}/messages makes a new one."
        raise BadRequest(Problem(message=message, pointer="/conversation"), rule="message-belongs-somewhere")
    return Single(record=new_message(call, call.body))


@rule("messages.create_in_conversation")
def create_in_conversation(call: Call) -> Outcome:
    """A message in the conversation of the path."""
    id = call.records.get_or_404("conversation", call.path["id"])["id"]
    if call.body.get("conversation", id) != id and not _is_overruled(call):
        raise _mismatch("conversation", "conversation is another one than the path names; leave it out.")
    return Single(record=new_message(call, {**call.body, "conversation": id}))


@rule("messages.create_for_customer")
def create_for_customer(call: Call) -> Outcome:
    """A message of the customer of the path."""
    customer = call.records.get_or_404("customer", call.path["id"])
    return Single(record=new_message(call, {**call.body, "customer": customer["id"]}))


def new_message(context: Context, body: Mapping[str, JSON]) -> Record:
    """Store a message made from a validated body and bring its conversation and customer up to date.

    Without a direction it is inbound (assumed). Raises `BadRequest` when it belongs nowhere or to two customers.
    """
    if "direction" not in body:
        body = {**body, "direction": "out" if context.reads("message-direction-default", "outbound") else "in"}
    conversation = _conversation(context, body)
    if "reference" in body:
        reference(context, "message", body["reference"]["message"], field="reference")
    relationships = {
        **_written_relationships(context, body),
        "customer": conversation["relationships"]["customer"],
        "conversation": {"type": "conversation", "id": conversation["id"]},
    }
    attributes = _attributes(context, body, conversation)
    record = new_record(context, "message", attributes, relationships=relationships, id=body.get("id"))
    record["relationships"] |= authors(context, body)
    stored = changes.create(context, record)
    attach(context, body.get("attachments", ()), stored)
    timeline.post(context, conversation, stored)
    return stored


def _conversation(context: Context, body: Mapping[str, JSON]) -> Record:
    """The conversation the body names, or a new one for the customer it names."""
    id, customer = body.get("conversation"), body.get("customer")
    found = context.records.get("conversation", id) if id else None
    if id and found is None:
        reference(context, "conversation", id, field="conversation")
    if customer:
        reference(context, "customer", customer, field="customer")
    if found is None:
        passed_on = {name: body[name] for name in ("direction", "importedAt") if name in body}
        return new_conversation(context, str(customer), passed_on)
    if customer not in (None, summaries.customer_of(found)) and not _is_overruled(context):
        raise _mismatch("customer", "customer is not the customer of the conversation; leave it out.")
    return found


def _is_overruled(context: Context) -> bool:
    """Whether the path, and a conversation's own customer, count for more than what the body says."""
    return context.reads("message-customer-matches", "overruled")


def _mismatch(field: str, message: str) -> BadRequest:
    return BadRequest(Problem(message=message, pointer=f"/{field}"), rule="message-customer-matches")


def _attributes(context: Context, body: Mapping[str, JSON], conversation: Record) -> dict[str, JSON]:
    fields = _fields(context, without(body, "id", "reference", *_REFERENCES, *AUTHORS))
    sent = fields.get("sentAt") or fields.get("createdAt") or iso(context.now)
    if "reference" in body:
        fields["reference"] = body["reference"]
    return {
        "status": "received" if body["direction"] == "in" else "sent",
        "size": len(body.get("preview", "").encode()),
        "meta": {},
        "createdByTeams": teams_of(context, context.principal.user_id) if body["direction"] == "out" else [],
        **fields,
        "sentAt": sent,
        **external_queue(body),
        **timeline.placed(conversation, body["direction"], sent),
    }


def _fields(context: Context, fields: Mapping[str, JSON]) -> dict[str, JSON]:
    """The fields with date-times as they are kept, and without the stamps only an admin may set (vendor-docs)."""
    accept_custom(context, "message", fields.get("custom", {}))
    return stamped(context, fields, *_TIMES)


def _written_relationships(context: Context, body: Mapping[str, JSON]) -> dict[str, JSON]:
    written = queue_of(context, body)
    if "attachments" in body:
        written["attachments"] = references(body["attachments"])
    return written


@rule("messages.update")
def update(call: Call) -> Outcome:
    """Change what the body names, or replace the document; another conversation's customer becomes the message's."""
    message = call.records.get_or_404("message", call.path["id"])
    fields = _fields(call, without(call.body, *_REFERENCES, *AUTHORS))
    relationships = {**_written_relationships(call, call.body), **_new_place(call, message)}
    changed = {**message, "attributes": _merged(call, message["attributes"], fields)}
    relationships |= authors(call, call.body)
    # An admin's stamps stand; `_fields` has taken away everybody else's.
    stored = changes.update_by_caller(call, changed, relationships=relationships, stamps=stamps_of(fields))
    attach(call, call.body.get("attachments", ()), stored)
    if call.query.get("replace") or not _SHOWN_ELSEWHERE.isdisjoint(call.body):
        _renew(call, message, stored)
    return Single(record=stored)


def _merged(call: Call, before: Mapping[str, JSON], fields: Mapping[str, JSON]) -> dict[str, JSON]:
    if call.query.get("replace"):
        return {**without(before, *_REPLACEABLE), "meta": {}, "reactions": [], **fields}
    return merged(call, before, fields)


def _new_place(call: Call, message: Record) -> dict[str, JSON]:
    """The conversation the body names, and its customer."""
    if "conversation" not in call.body:
        return {}
    place = reference(call, "conversation", call.body["conversation"], field="conversation")
    customer = call.records.get_or_404("conversation", place["id"], parameter="")["relationships"]["customer"]
    if customer["id"] != summaries.customer_of(message) and call.reads("message-move", "kept"):
        return {"conversation": place}
    return {"conversation": place, "customer": customer}


def _renew(context: Context, *messages: Record) -> None:
    """Bring the conversations and customers of a changed message, before and after, up to date."""
    for id in dict.fromkeys(message["relationships"]["conversation"]["id"] for message in messages):
        timeline.renew(context, id)
    for id in dict.fromkeys(summaries.customer_of(message) for message in messages):
        summaries.renew(context, id)


@rule("messages.redact")
def redact(call: Call) -> Outcome:
    """Overwrite content for good, wherever it is shown. Answers with the redaction."""
    message = call.records.get_or_404("message", call.path["id"])
    gone = call.body.get("attachments", [])
    if not set(gone) <= set(ids_of(message)):
        words = "attachments names one that the message does not have."
        raise BadRequest(Problem(message=words, pointer="/attachments"), rule="known-references")
    parts = {name: call.body[name] for name in ("preview", "meta") if name in call.body}
    attributes = {**parts, "redacted": True, "redactedAt": iso(call.now)}
    kept = [item for item in message["relationships"].get("attachments", ()) if item["id"] not in gone]
    relationships = {"attachments": kept} if gone else {}
    stored = changes.update_by_caller(call, message, attributes, relationships=relationships)
    for id in gone:
        if attachment := call.records.get("attachment", id):
            changes.delete(call, attachment)
    _renew(call, message, stored)
    return Single(record=_redaction(call, stored, parts, gone))


def _redaction(call: Call, message: Record, parts: Mapping[str, JSON], gone: list[str]) -> Record:
    """The record of a redaction: what the message reads now, and the attachments that are gone."""
    relationships = {
        "message": {"type": "message", "id": message["id"]},
        **{name: message["relationships"][name] for name in ("conversation", "customer")},
        "attachments": [{"type": "attachment", "id": id} for id in gone],
    }
    shown = {"preview": message["attributes"].get("preview"), **parts}
    return changes.create(call, new_record(call, "message_redaction", shown, relationships=relationships))
