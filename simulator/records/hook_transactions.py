"""What came in by hooks: kept beside the records, for it is no part of the organisation's data, and for a day."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace

import orjson

from kustomer_sandbox.simulator.store.protocol import Row, Store
from kustomer_sandbox.simulator.values.record import JSON

TRANSACTIONS = "hook_transaction"
"""The store's table of transactions."""

CAPACITY = 1_000
"""Transactions kept per world; older ones are forgotten."""


@dataclass(frozen=True, kw_only=True, slots=True)
class HookTransaction:
    """One request to a hook: when, to which, under which event; `fields` are the names of what was sent.

    `payload` is what was sent, until what is to be made of it is made.
    """

    id: str
    hook: str
    event: str
    at: str
    fields: tuple[str, ...]
    payload: JSON = None


def keep(store: Store, transaction: HookTransaction) -> None:
    """Store a new transaction; of too many the oldest are forgotten."""
    store.insert(TRANSACTIONS, transaction.id, _data(transaction), _keys(transaction))
    if store.count(TRANSACTIONS) > CAPACITY:
        for row in store.find(TRANSACTIONS, "id", limit=store.count(TRANSACTIONS) - CAPACITY):
            store.delete(TRANSACTIONS, row.id)


def take_payload(store: Store, id: str) -> tuple[HookTransaction, JSON] | None:
    """A transaction and what was sent, which is forgotten; None if the transaction is."""
    row = store.get(TRANSACTIONS, id)
    if row is None:
        return None
    found = _read(row)
    store.update(TRANSACTIONS, id, _data(replace(found, payload=None)), _keys(found))
    return found, found.payload


def transactions(store: Store, hook: str, *, since: str, limit: int) -> list[HookTransaction]:
    """What came in by a hook since an instant, newest first."""
    rows = store.find(TRANSACTIONS, "hook", hook, order="desc", limit=limit)
    return [found for row in rows if (found := _read(row)).at >= since]


def _data(transaction: HookTransaction) -> bytes:
    return orjson.dumps(asdict(transaction))


def _keys(transaction: HookTransaction) -> dict[str, tuple[str, ...]]:
    return {"hook": (transaction.hook,)}


def _read(row: Row) -> HookTransaction:
    document = orjson.loads(row.data)
    return HookTransaction(**{**document, "fields": tuple(document["fields"])})
