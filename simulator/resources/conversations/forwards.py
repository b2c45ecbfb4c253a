"""Forwards: e-mails that pass a conversation on to others. Unlike a draft, one that is sent stays, and says so.

Nothing of it stands on the customer's timeline: it is not addressed to the customer (assumed).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from kustomer_sandbox.simulator.operations import changes
from kustomer_sandbox.simulator.operations.call import Call, Context
from kustomer_sandbox.simulator.operations.registry import job, rule
from kustomer_sandbox.simulator.operations.writing import new_record, without
from kustomer_sandbox.simulator.resources.conversations.draft_sending import reaches_nobody
from kustomer_sandbox.simulator.resources.conversations.send_at import send_at
from kustomer_sandbox.simulator.resources.files.attaching import attach, references
from kustomer_sandbox.simulator.values.clock import iso
from kustomer_sandbox.simulator.values.errors import BadRequest, Problem
from kustomer_sandbox.simulator.values.outcome import Outcome, Single
from kustomer_sandbox.simulator.values.record import Record

_EVENT = "forward-send"
_NOT_ATTRIBUTES = ("customer", "attachments", "sendAt")


@rule("forwards.create")
def create(call: Call) -> Single:
    """A new forward of the conversation of the path: a draft, or scheduled, or sent at once, after its `sendAt`."""
    conversation = call.records.get_or_404("conversation", call.path["id"])
    customer = conversation["relationships"]["customer"]
    is_another = call.body.get("customer", customer["id"]) != customer["id"]
    if is_another and not call.reads("forward-customer", "overruled"):
        words = "customer is not the customer of the conversation; leave it out."
        raise BadRequest(Problem(message=words, pointer="/customer"), rule="forward-customer")
    relationships = {
        "customer": customer,
        "conversation": {"type": "conversation", "id": conversation["id"]},
        **_files(call),
    }
    attributes = without(call.body, *_NOT_ATTRIBUTES)
    forward = changes.create(call, new_record(call, "forward", attributes, relationships=relationships))
    attach(call, call.body.get("attachments", ()), forward)
    return Single(record=_timed(call, forward))


@rule("forwards.update")
def update(call: Call) -> Outcome:
    """Change what the body names. `sendAt` schedules (vendor-docs), an empty one makes a draft of it again."""
    forward = call.records.get_or_404("forward", call.path["id"])
    fields = without(call.body, *_NOT_ATTRIBUTES)
    forward = changes.update_by_caller(call, forward, fields, relationships=_files(call))
    attach(call, call.body.get("attachments", ()), forward)
    return Single(record=_timed(call, forward))


def _files(call: Call) -> dict[str, Any]:
    return {"attachments": references(call.body["attachments"])} if "attachments" in call.body else {}


def _timed(call: Call, forward: Record) -> Record:
    """The stored forward after what the body's `sendAt` says of it."""
    if "sendAt" not in call.body:
        return forward
    when = send_at(call.body["sendAt"], call.now)
    if when is None:
        call.world.unschedule(_EVENT, forward["id"])
        bare = {**forward, "attributes": without(forward["attributes"], "sendAt")}
        return changes.update_by_system(call, bare, {"status": "draft"})
    return _planned(call, forward, when)


def _planned(call: Call, forward: Record, when: datetime) -> Record:
    at = iso(when)
    if at <= iso(call.now):
        call.world.unschedule(_EVENT, forward["id"])
        return _sent(call, {**forward, "attributes": {**forward["attributes"], "sendAt": at}})
    call.world.schedule(_EVENT, forward["id"], at)
    return changes.update_by_system(call, forward, {"status": "scheduled", "sendAt": at})


@job(_EVENT)
def send_due(context: Context, ref: str) -> Record | None:
    """The time of a scheduled forward has come."""
    forward = context.records.get("forward", ref)
    return None if forward is None else _sent(context, forward)


def _sent(context: Context, forward: Record) -> Record:
    """The forward with what became of it: nothing goes out of a deleted conversation, or to nobody."""
    place = forward["relationships"]["conversation"]["id"]
    fails = context.records.get("conversation", place) is None or reaches_nobody(forward["attributes"])
    return changes.update_by_system(context, forward, {"status": "failed" if fails else "sent"})
