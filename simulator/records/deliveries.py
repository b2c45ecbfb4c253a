"""What is sent to outbound webhooks: kept beside the records, for it is no part of the organisation's data.

A delivery goes back with a snapshot and along with a fork, as everything in the store does.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Literal

import orjson

from kustomer_sandbox.simulator.store.protocol import Order, Row, Store

DELIVERIES = "webhook_delivery"
"""The store's table of deliveries."""

ATTEMPT = "webhook-delivery"
"""The kind of job that sends a delivery, named by its id."""
ANSWER = "webhook-answer"
"""The kind of job that deals with an answer which came after its delivery was sent."""

CAPACITY = 1_000
"""Deliveries kept per world; older ones are forgotten."""

DeliveryStatus = Literal["waiting", "sending", "delivered", "retrying", "failed", "dropped"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Delivery:
    """One event on its way to one webhook.

    `record` is type and id of what it tells of, `at` the instant of the change, `body` the document as it is sent.
    `cause` is the number of the journal's entry that made the change. `attempts` counts those made; `answer` is the
    HTTP status of the latest, None if no answer came; `due` the instant of the next, empty if there will be none.
    """

    id: str
    webhook: str
    event: str
    record: str
    at: str
    cause: int
    body: str
    status: DeliveryStatus = "waiting"
    attempts: int = 0
    answer: int | None = None
    due: str = ""


def keep(store: Store, delivery: Delivery) -> None:
    """Store a delivery, new or changed; of too many the oldest are forgotten."""
    data, keys = orjson.dumps(asdict(delivery)), {"webhook": (delivery.webhook,)}
    if store.get(DELIVERIES, delivery.id) is not None:
        store.update(DELIVERIES, delivery.id, data, keys)
        return
    store.insert(DELIVERIES, delivery.id, data, keys)
    if store.count(DELIVERIES) > CAPACITY:
        for row in store.find(DELIVERIES, "id", limit=store.count(DELIVERIES) - CAPACITY):
            store.delete(DELIVERIES, row.id)


def delivery(store: Store, id: str) -> Delivery | None:
    """The delivery of this id, or None."""
    row = store.get(DELIVERIES, id)
    return None if row is None else _read(row)


def deliveries(
    store: Store, *, webhook: str | None = None, order: Order = "asc", limit: int | None = None
) -> list[Delivery]:
    """What was sent, or is to be sent, to one webhook or to all, in the order in which it came up."""
    index = "id" if webhook is None else "webhook"
    return [_read(row) for row in store.find(DELIVERIES, index, webhook, order=order, limit=limit)]


def _read(row: Row) -> Delivery:
    return Delivery(**orjson.loads(row.data))
