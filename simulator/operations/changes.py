"""The one way in which rules, defaults, jobs and scenarios change what is stored. Whoever subscribed is told of it.

A record that has been read is never written into: it is shared. These verbs store a new one in its place. What they
give is for reading only, too.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kustomer_sandbox.simulator.operations.call import Context
from kustomer_sandbox.simulator.operations.writing import merged
from kustomer_sandbox.simulator.records.unit_of_work import Author
from kustomer_sandbox.simulator.values.clock import iso
from kustomer_sandbox.simulator.values.errors import Conflict, Problem
from kustomer_sandbox.simulator.values.record import JSON, Record

_NONE: Mapping[str, Any] = {}
_ABSENT = object()


def create(context: Context, record: Record) -> Record:
    """Store a new record, as `writing.new_record` makes it; gives the same.

    Raises `Conflict` for an id that is known and for a unique value that another record has.
    """
    context.records.write(record["type"], record["id"], None, record, _author(context))
    return record


def update_by_caller(
    context: Context,
    record: Record,
    attributes: Mapping[str, Any] = _NONE,
    *,
    relationships: Mapping[str, Any] = _NONE,
    rev: int | None = None,
    stamps: Mapping[str, Any] = _NONE,
) -> Record:
    """Store a record with some attributes and relationships changed, as a change by the caller, now; gives it.

    `record` is what was read, or what is to stand in its place. `custom` is changed key by key, every other attribute
    as a whole. `rev` goes up by one; `updatedAt`, `modifiedAt` and `modifiedBy` tell of this call, unless `stamps` or
    `relationships` name them. Raises `Conflict` when `rev` is given and is not the stored one, and for a unique value
    that another record has.
    """
    before, now = _stored(context, record), iso(context.now)
    if rev is not None and before["attributes"].get("rev") != rev:
        raise _stale()
    me = {"type": "user", "id": context.principal.user_id}
    after = {
        **record,
        "attributes": {
            **merged(context, record["attributes"], attributes),
            "updatedAt": now,
            "modifiedAt": now,
            **stamps,
            "rev": _next_rev(before),
        },
        "relationships": {**record.get("relationships", _NONE), "modifiedBy": me, **relationships},
    }
    context.records.write(record["type"], record["id"], before, after, _author(context))
    return after


def update_by_system(context: Context, record: Record, attributes: Mapping[str, Any] = _NONE) -> Record:
    """Store what follows from a change elsewhere: `updatedAt` and `rev` move, `modifiedAt` and its author stay.

    `record` is what was read, or what is to stand in its place. Raises `Conflict` for a unique value of another record.
    """
    before = _stored(context, record)
    stamps = {"updatedAt": iso(context.now), "rev": _next_rev(before)}
    old = record["attributes"]
    after = {**record, "attributes": {**old, **attributes, **stamps}}
    names = None
    if record is before:
        touched = {**attributes, **stamps}
        # Most values are the very same objects: to compare them would take longer than to look.
        names = tuple(
            [name for name, value in touched.items() if (was := old.get(name, _ABSENT)) is not value and was != value]
        )
    context.records.write(record["type"], record["id"], before, after, _author(context), names)
    return after


def put(context: Context, kind: str, id: str, document: Mapping[str, JSON]) -> None:
    """Store what carries no stamps of its own (attribute metadata, unmasking windows), in the place of what is there.

    Raises `Conflict` for a unique value that another document of its kind has.
    """
    before = context.records.get(kind, id, deleted=True)
    context.records.write(kind, id, before, dict(document), _author(context))


def bury(context: Context, record: Record) -> Record:
    """Delete a record by the caller, leaving a tombstone that only a search with `includeDeleted` finds; gives it."""
    return update_by_caller(context, {**record, "deleted": True}, {"deleted": True})


def delete(context: Context, record: Record) -> None:
    """Forget a record that is there, for good: nothing finds it again. What searches find is buried instead."""
    context.records.write(record["type"], record["id"], _stored(context, record), None, _author(context))


def _stored(context: Context, record: Record) -> Record:
    """What is stored of a record: read by this call before, so nothing is fetched."""
    stored = context.records.get(record["type"], record["id"], deleted=True)
    if stored is None:
        raise LookupError(f"a {record['type']} that is not there cannot be changed")
    return stored


def _next_rev(before: Record) -> int:
    rev: int = before["attributes"].get("rev", 0)
    return rev + 1


def _author(context: Context) -> Author:
    return Author(context.principal, context.now, context.operation_id)


def _stale() -> Conflict:
    return Conflict(
        Problem(message="The record has changed since this rev; read it again and repeat.", pointer="/rev"),
        rule="optimistic-lock",
    )
