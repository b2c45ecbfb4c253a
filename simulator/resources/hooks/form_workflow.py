"""What is made of a form: a customer, a conversation and a message, as the vendor's workflow for contact forms would.

Kustomer's hooks change nothing by themselves; a workflow does, and there are none here. This one stands in for it. It
runs when it falls due, just after the form was taken, and does nothing at all where the form cannot be made use of.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kustomer_sandbox.simulator.operations.call import Context
from kustomer_sandbox.simulator.operations.perform import Performer
from kustomer_sandbox.simulator.operations.registry import Job
from kustomer_sandbox.simulator.records.hook_transactions import take_payload
from kustomer_sandbox.simulator.values.errors import Refusal
from kustomer_sandbox.simulator.values.outcome import Single
from kustomer_sandbox.simulator.values.record import JSON, Record

WORKFLOW = "form-workflow"
"""The kind of job that makes records of a form, named by its transaction's id."""

_APP = "form"
_CONTACTS = ("email", "phone")


def workflow_job(performer: Performer) -> Job:
    """The job: finds the customer or makes one, then a conversation with what was written."""

    def run(context: Context, ref: str) -> Record | None:
        taken = take_payload(context.world.store, ref)
        hook = None if taken is None else context.records.get("form_hook", taken[0].hook)
        if taken is None or hook is None:
            return None
        said = _said(taken[1], hook["attributes"]["settings"])
        if not any(name in said for name in _CONTACTS):
            return None  # nobody could be answered
        try:
            with context.records.transaction():
                return _made(performer, context, said)
        except Refusal as refusal:
            problem = refusal.problems[0]
            why = problem.pointer or problem.parameter
            context.world.job_notes.trace.append(("form", "refused", ("code", "place"), (refusal.code, why)))
            return None

    return run


def _said(payload: JSON, settings: Mapping[str, str]) -> dict[str, str]:
    """What the form says of what is looked for, by the names that the hook's settings give its fields."""
    fields = payload if isinstance(payload, dict) else {}
    found = {name: fields.get(field) for name, field in settings.items()}
    return {name: value.strip() for name, value in found.items() if isinstance(value, str) and value.strip()}


def _made(performer: Performer, context: Context, said: Mapping[str, str]) -> Record:
    customer = _customer(performer, context, said)
    if "subject" not in said and "message" not in said:
        return customer
    body: dict[str, Any] = {"customer": customer["id"], **({"name": said["subject"]} if "subject" in said else {})}
    conversation = _record(performer, context, "CreateConversation", body)
    if "message" in said:
        channel = "email" if "email" in said else "sms"
        message = {"channel": channel, "app": _APP, "direction": "in", "preview": said["message"]}
        _record(performer, context, "CreateMessageFromConversation", message, id=conversation["id"])
    return conversation


def _customer(performer: Performer, context: Context, said: Mapping[str, str]) -> Record:
    """The customer who has the address or number, or a new one."""
    for kind in _CONTACTS:
        if kind in said and (found := context.records.get_by("customer", kind, said[kind].lower())) is not None:
            return found
    body: dict[str, Any] = {f"{kind}s": [{kind: said[kind]}] for kind in _CONTACTS if kind in said}
    if "name" in said:
        body["name"] = said["name"]
    return _record(performer, context, "CreateCustomer", body)


def _record(performer: Performer, context: Context, operation: str, body: Mapping[str, Any], **path: str) -> Record:
    outcome = performer.perform(context, operation, path=path, body=dict(body))
    if not isinstance(outcome, Single):
        raise TypeError(f"{operation} answers with no record")
    return outcome.record
