"""Sending what is due to outbound webhooks: attempts, retries on the world's clock, and the end of patience."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from kustomer_sandbox.simulator.operations import changes
from kustomer_sandbox.simulator.operations.call import Context
from kustomer_sandbox.simulator.operations.registry import job
from kustomer_sandbox.simulator.records.deliveries import ANSWER, ATTEMPT, Delivery, delivery, keep
from kustomer_sandbox.simulator.values.clock import iso
from kustomer_sandbox.simulator.values.record import Record
from kustomer_sandbox.simulator.values.webhooks import (
    EVENT_HEADER,
    SIGNATURE_HEADER,
    WebhookRequest,
    is_accepted,
    signature,
)

_NOTED = ("event", "delivery", "attempt", "answer", "cause")

RETRY_MINUTES = (1, 1, 2, 5, 10, 15, 30)
"""How long after a failed attempt the next one is made (docs/events/delivery-and-retries)."""


@job(ATTEMPT)
def attempt(context: Context, ref: str) -> Record | None:
    """Send a delivery, unless its webhook is gone or switched off: then it is dropped."""
    found = delivery(context.world.store, ref)
    if found is None:
        return None
    _explain(context, found)
    webhook = context.records.get("outbound_webhook", found.webhook)
    if webhook is None or not webhook["attributes"]["enabled"]:
        keep(context.world.store, replace(found, status="dropped", due=""))
        _note(context, "dropped", found)
        return webhook
    sent = replace(found, status="sending", attempts=found.attempts + 1, answer=None, due="")
    keep(context.world.store, sent)
    status = context.world.receiver(request_of(context.world.name, sent, webhook))
    if status is None:
        _note(context, "sent", sent)
        return webhook
    return _settle(context, sent, webhook, status)


@job(ANSWER)
def take_answer(context: Context, ref: str) -> Record | None:
    """Deal with the answer that was kept with a delivery."""
    found = delivery(context.world.store, ref)
    if found is None or found.status != "sending":
        return None
    _explain(context, found)
    webhook = context.records.get("outbound_webhook", found.webhook)
    return None if webhook is None else _settle(context, found, webhook, found.answer or 0)


def request_of(world: str, sent: Delivery, webhook: Record) -> WebhookRequest:
    """The request that delivers it: the webhook's own headers, event and signature."""
    attributes, body = webhook["attributes"], sent.body.encode()
    own = tuple((header["name"], header["value"]) for header in attributes["headers"])
    theirs = (
        ("Content-Type", "application/json"),
        (EVENT_HEADER, sent.event),
        (SIGNATURE_HEADER, signature(attributes["token"], body)),
    )
    taken = {name.lower() for name, _ in theirs}
    kept = tuple(header for header in own if header[0].lower() not in taken)
    return WebhookRequest(world, sent.id, attributes["url"], (*kept, *theirs), body)


def _settle(context: Context, sent: Delivery, webhook: Record, status: int) -> Record:
    """An accepted delivery is done; a refused one is tried again, and after the last time its webhook switched off."""
    store, answer = context.world.store, status or None
    if is_accepted(status):
        keep(store, replace(sent, status="delivered", answer=answer))
        _note(context, "accepted", sent, status)
        return webhook
    _note(context, "refused", sent, status)
    if sent.attempts <= len(RETRY_MINUTES):
        due = iso(context.now + timedelta(minutes=RETRY_MINUTES[sent.attempts - 1]))
        keep(store, replace(sent, status="retrying", answer=answer, due=due))
        context.world.schedule(ATTEMPT, sent.id, due)
        return webhook
    keep(store, replace(sent, status="failed", answer=answer))
    return (
        changes.update_by_system(context, webhook, {"enabled": False}) if webhook["attributes"]["enabled"] else webhook
    )


def _explain(context: Context, found: Delivery) -> None:
    """Say in the journal what all this is for: the call, the tool and the customer of the change."""
    context.world.job_notes.explain(context.world.journal, found.cause)


def _note(context: Context, outcome: str, found: Delivery, status: int = 0) -> None:
    values = (found.event, found.id, found.attempts, status, found.cause)
    context.world.job_notes.trace.append(("webhook", outcome, _NOTED, values))
