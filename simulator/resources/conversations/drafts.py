"""Drafts: replies that wait for a person, for their time, or go out at once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from kustomer_sandbox.simulator.operations import changes
from kustomer_sandbox.simulator.operations.call import Call
from kustomer_sandbox.simulator.operations.pages import page
from kustomer_sandbox.simulator.operations.registry import rule
from kustomer_sandbox.simulator.operations.writing import new_record, reference, without
from kustomer_sandbox.simulator.resources.conversations.draft_sending import EVENT, send
from kustomer_sandbox.simulator.resources.conversations.send_at import send_at
from kustomer_sandbox.simulator.resources.files.attaching import held_by, with_attachments
from kustomer_sandbox.simulator.values.clock import iso
from kustomer_sandbox.simulator.values.errors import BadRequest, Conflict, Problem
from kustomer_sandbox.simulator.values.outcome import NoContent, Outcome, Single
from kustomer_sandbox.simulator.values.record import Record

_NOT_ATTRIBUTES = ("customer", "conversation", "sendAt", "scheduled")
_TIMING = ("sendAt", "scheduled")
_WITHIN = "note"
"""The channel of what customers never see; every conversation has it."""


@rule("drafts.list_of_customer")
def list_of_customer(call: Call) -> Outcome:
    """A page of the customer's drafts that are not sent yet."""
    customer = call.records.get_or_404("customer", call.path["id"])
    return with_attachments(call, page(call, "customer", customer["id"]))


@rule("drafts.create")
def create(call: Call) -> Outcome:
    """A new draft; scheduled only with both `sendAt` and `scheduled: true` (vendor-docs), else unscheduled."""
    customer = call.records.get_or_404("customer", call.path["id"])["id"]
    relationships = {"customer": {"type": "customer", "id": customer}, **_conversation(call, customer)}
    _only_note(call, call.body["channel"], relationships.get("conversation"), but="")
    when = send_at(call.body.get("sendAt"), call.now) if call.body.get("scheduled") else None
    attributes = without(call.body, *_NOT_ATTRIBUTES)
    draft = new_record(call, "draft", {**attributes, **_timing(when)}, relationships=relationships)
    if when is not None and _is_past(call, when):
        return Single(record=send(call, draft))
    changes.create(call, draft)
    _plan(call, draft["id"], when)
    return Single(record=draft)


@rule("drafts.update")
def update(call: Call) -> Outcome:
    """Change a draft. `sendAt` schedules, an empty one unschedules, none leaves it as it is (vendor-docs)."""
    draft = call.records.get_or_404("draft", call.path["id"])
    customer, old = draft["relationships"]["customer"]["id"], draft["attributes"]
    _same_channel(call, old["channel"])
    relationships = _conversation(call, customer)
    _only_note(call, old["channel"], relationships.get("conversation"), but=draft["id"])
    when = send_at(call.body.get("sendAt"), call.now)
    written = without(call.body, *_NOT_ATTRIBUTES)
    if not _changes_timing(call.body):
        changed = {**draft, "attributes": {**old, **written}}
        return Single(record=changes.update_by_caller(call, changed, relationships=relationships))
    when = None if call.body.get("scheduled") is False else when
    changed = {**draft, "attributes": {**without(old, *_TIMING), **written, **_timing(when)}}
    draft = changes.update_by_caller(call, changed, relationships=relationships)
    if when is not None and _is_past(call, when):
        return Single(record=send(call, draft))
    _plan(call, draft["id"], when)
    return Single(record=draft)


@rule("drafts.delete")
def delete(call: Call) -> Outcome:
    """Forget a draft, its attachments and its planned sending."""
    draft = call.records.get_or_404("draft", call.path["id"])
    for attachment in held_by(call, [draft]):
        changes.delete(call, attachment)
    changes.delete(call, draft)
    call.world.unschedule(EVENT, draft["id"])
    return NoContent()


def _changes_timing(body: Mapping[str, Any]) -> bool:
    return "sendAt" in body or body.get("scheduled") is False


def _timing(when: datetime | None) -> dict[str, Any]:
    if when is None:
        return {"status": "draft"}
    return {"status": "scheduled", "scheduled": True, "sendAt": iso(when)}


def _is_past(call: Call, when: datetime) -> bool:
    is_past = iso(when) <= iso(call.now)
    if is_past and call.reads("draft-sent-at-once", "refused"):
        raise BadRequest(
            Problem(message="/sendAt must be in the future.", pointer="/sendAt"), rule="draft-sent-at-once"
        )
    return is_past


def _plan(call: Call, draft: str, when: datetime | None) -> None:
    if when is None:
        call.world.unschedule(EVENT, draft)
    else:
        call.world.schedule(EVENT, draft, iso(when))


def _conversation(call: Call, customer: str) -> dict[str, dict[str, str]]:
    """The relationship the body names, which must be to a conversation of the draft's own customer."""
    if call.body.get("customer", customer) != customer and not call.reads("draft-customer", "overruled"):
        raise BadRequest(
            Problem(message="/customer must be the customer of the draft; leave it out.", pointer="/customer"),
            rule="draft-customer",
        )
    if "conversation" not in call.body:
        return {}
    found = reference(call, "conversation", call.body["conversation"], field="conversation")
    conversation = call.records.get_or_404("conversation", found["id"], parameter="")
    if _owner(conversation) != customer and not call.reads("draft-conversation", "taken"):
        words = "/conversation must be a conversation of the draft's customer."
        raise BadRequest(Problem(message=words, pointer="/conversation"), rule="draft-conversation")
    if call.body["channel"] not in (_WITHIN, *(conversation["attributes"]["channels"] or [call.body["channel"]])):
        _other_channel(call)
    return {"conversation": found}


def _other_channel(call: Call) -> None:
    if call.reads("draft-other-channel", "refused"):
        words = "/channel must be a channel that the conversation has."
        raise BadRequest(Problem(message=words, pointer="/channel"), rule="draft-other-channel")
    call.warn("a draft for a channel that its conversation does not have", "channel")


def _owner(conversation: Record) -> str | None:
    owner: str | None = (conversation["relationships"].get("customer") or {}).get("id")
    return owner


def _only_note(call: Call, channel: str, conversation: Mapping[str, str] | None, *, but: str) -> None:
    """Refuse a second note draft in a conversation; `but` is the draft that is being changed."""
    if channel != "note" or conversation is None:
        return
    others = call.records.find("draft", "conversation", conversation["id"])
    if any(other["attributes"]["channel"] == "note" and other["id"] != but for other in others):
        raise Conflict(
            Problem(
                message="The conversation already has a note draft; change or delete that one.", pointer="/conversation"
            ),
            rule="one-note-draft",
        )


def _same_channel(call: Call, channel: str) -> None:
    if call.body["channel"] != channel and not call.reads("draft-channel-fixed", "changed"):
        words = "/channel must be the draft's own channel; write a new draft for another one."
        raise BadRequest(Problem(message=words, pointer="/channel"), rule="draft-channel-fixed")
