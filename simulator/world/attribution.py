"""Whom a call is about: the customer it names, or the one that owns the record it names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypedDict

import orjson

from kustomer_sandbox.contracts.model import Operation
from kustomer_sandbox.simulator.records.records import Records, folded
from kustomer_sandbox.simulator.values.ids import is_id
from kustomer_sandbox.simulator.values.outcome import Outcome, Page, Single
from kustomer_sandbox.simulator.values.record import Record
from kustomer_sandbox.simulator.world.journal import word

_ID_LENGTH = 24
_CUSTOMER = "customer"


def customer_of(record: Record) -> str:
    """The customer a record is, or belongs to; empty if to none."""
    if record["type"] == "customer":
        return str(record["id"])
    return str((record.get("relationships", {}).get("customer") or {}).get("id", ""))


class JournalFields(TypedDict):
    """What the journal says of a record: its customer, type and id, and its channel."""

    customer: str
    record: str
    channel: str


def journal_fields(record: Record) -> JournalFields:
    """A record in the journal's words, without values."""
    channel = record["attributes"].get("channel")
    return JournalFields(
        customer=customer_of(record),
        record=f"{record['type']}/{record['id']}",
        channel=word(channel) if isinstance(channel, str) else "",
    )


def customer_of_request(operation: Operation | None, path: Mapping[str, str], raw: bytes, records: Records) -> str:
    """The customer a call is about, as far as it can be told before it is made; empty if it cannot."""
    if operation is None:
        return ""
    found = _named_by_path(operation, path, records) or _named_by_body(raw)
    return found if is_id(found) else ""


def customer_of_response(outcome: Outcome | None, path: Mapping[str, str], operation: Operation | None) -> str:
    """The customer the answered record belongs to; of a list, only where its path names one record."""
    if outcome is not None and _is_about_customer(operation):
        return path["id"] if len(path["id"]) == _ID_LENGTH else ""  # none where several are named
    if isinstance(outcome, Single):
        return customer_of(outcome.record)
    if isinstance(outcome, Page) and outcome.records and "id" in path:
        return customer_of(outcome.records[0])
    return ""


def _named_by_path(operation: Operation, path: Mapping[str, str], records: Records) -> str:
    if _is_about_customer(operation):
        return path["id"]
    if operation.default == "lookup":
        index = operation.resource.indexes[operation.options["index"]]
        value = path[operation.options["at"].removeprefix("path.")]
        held = records.find(operation.resource.type, index.name, folded(index, value), limit=1)
        return customer_of(held[0]) if held else ""
    record = records.get(operation.about, path.get("id", "")) if operation.about else None
    return customer_of(record) if record else ""


def _is_about_customer(operation: Operation | None) -> bool:
    return operation is not None and operation.about == _CUSTOMER


def _named_by_body(raw: bytes) -> str:
    try:
        body: Any = orjson.loads(raw)
    except orjson.JSONDecodeError:
        return ""
    named = body.get("customer") if isinstance(body, dict) else None
    return named if isinstance(named, str) else ""
