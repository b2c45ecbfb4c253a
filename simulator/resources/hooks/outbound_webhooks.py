"""Outbound webhooks: who is told of which events, and what was lately sent to them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from kustomer_sandbox.simulator.operations import changes
from kustomer_sandbox.simulator.operations.call import Call, Context
from kustomer_sandbox.simulator.operations.registry import rule
from kustomer_sandbox.simulator.operations.writing import new_record
from kustomer_sandbox.simulator.records.deliveries import Delivery, deliveries
from kustomer_sandbox.simulator.values.errors import BadRequest, Problem
from kustomer_sandbox.simulator.values.outcome import Outcome, RawDocument, Single
from kustomer_sandbox.simulator.values.record import JSON, Record

MOST = 5
"""How many webhooks an organisation's users may make (api/apps-platform/list-outbound-webhooks)."""

_LATEST = 100


@rule("outbound_webhooks.create")
def create(call: Call) -> Outcome:
    """A new webhook with a token of its own. Raises `BadRequest` where there are as many as there may be."""
    if call.records.count("outbound_webhook") >= MOST:
        words = f"An organisation may have {MOST} outbound webhooks; delete one first."
        raise BadRequest(Problem(message=words, pointer="/name"), rule="webhook-count")
    return Single(record=new_webhook(call, call.body))


def new_webhook(context: Context, facts: Mapping[str, JSON]) -> Record:
    """Store a webhook with these attributes. Its token follows from its id, so a world is the same every time."""
    record = new_record(context, "outbound_webhook", facts)
    token = hashlib.sha256(f"outbound webhook {context.world.ids.seed}/{record['id']}".encode()).hexdigest()
    return changes.create(context, {**record, "attributes": {**record["attributes"], "token": token}})


@rule("outbound_webhooks.list_events")
def list_events(call: Call) -> Outcome:
    """The names of all events."""
    return RawDocument(
        document={"events": call.world.contracts.document["components"]["schemas"]["WebhookEvent"]["enum"]}
    )


@rule("outbound_webhooks.list_transactions")
def list_transactions(call: Call) -> Outcome:
    """What was lately sent to a webhook, newest first."""
    webhook = call.records.get_or_404("outbound_webhook", call.path["id"])
    found = deliveries(call.world.store, webhook=webhook["id"], order="desc", limit=_LATEST)
    return RawDocument(document={"data": [_shown(delivery) for delivery in found]})


def _shown(delivery: Delivery) -> JSON:
    attributes = {
        "event": delivery.event,
        "status": delivery.status,
        "attempts": delivery.attempts,
        "responseStatus": delivery.answer,
        "createdAt": delivery.at,
    }
    return {"type": "outbound_webhook_transaction", "id": delivery.id, "attributes": attributes}
