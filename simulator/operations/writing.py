"""Making and changing records the way every resource does: stamps, revisions, relationships, merging."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kustomer_sandbox.simulator.operations.call import Context
from kustomer_sandbox.simulator.values.clock import iso
from kustomer_sandbox.simulator.values.errors import BadRequest, Problem
from kustomer_sandbox.simulator.values.record import Record

STAMPS = ("createdAt", "importedAt")


def new_record(
    context: Context,
    kind: str,
    attributes: Mapping[str, Any],
    *,
    relationships: Mapping[str, Any] | None = None,
    id: str | None = None,
    rev: int = 1,
) -> Record:
    """An unsaved record with the contract's defaults, the caller's attributes and the server's stamps.

    A given `createdAt` is kept; everything else of time and author comes from the clock and the key.
    """
    now = iso(context.now)
    me = {"type": "user", "id": context.principal.user_id}
    return {
        "id": id or context.world.ids.new(context.now),
        "type": kind,
        "attributes": {
            **context.records.defaults(kind),
            "createdAt": now,
            "updatedAt": now,
            "modifiedAt": now,
            **attributes,
            "rev": rev,
        },
        "relationships": {**(relationships or {}), "createdBy": me, "modifiedBy": me},
    }


def change(
    context: Context,
    record: Record,
    attributes: Mapping[str, Any],
    *,
    relationships: Mapping[str, Any] | None = None,
    rev: int | None = None,
) -> Record:
    """Store a record with some attributes changed: `custom` key by key, null clears, lists as a whole.

    `rev`, when given, must be the stored one (409). Raises `Conflict`.
    """
    old = record["attributes"]
    merged = {**old, **attributes}
    if isinstance(attributes.get("custom"), dict):
        merged["custom"] = {**old.get("custom", {}), **attributes["custom"]}
    return save(context, record, merged, relationships=relationships, rev=rev)


def save(
    context: Context,
    record: Record,
    attributes: Mapping[str, Any],
    *,
    relationships: Mapping[str, Any] | None = None,
    rev: int | None = None,
) -> Record:
    """Store a record with these attributes as a change by the caller, now."""
    now = iso(context.now)
    changed = {
        **record,
        "attributes": {
            **attributes,
            "updatedAt": now,
            "modifiedAt": now,
            "rev": record["attributes"].get("rev", 0) + 1,
        },
        "relationships": {
            **record.get("relationships", {}),
            **(relationships or {}),
            "modifiedBy": {"type": "user", "id": context.principal.user_id},
        },
    }
    return context.records.update(changed, rev=rev)


def touch(context: Context, record: Record, attributes: Mapping[str, Any]) -> Record:
    """Store what the system itself changes: `updatedAt` and `rev` move, `modifiedAt` and its author stay."""
    changed = {
        **record,
        "attributes": {
            **record["attributes"],
            **attributes,
            "updatedAt": iso(context.now),
            "rev": record["attributes"].get("rev", 0) + 1,
        },
    }
    return context.records.update(changed)


def amend(context: Context, record: Record, attributes: Mapping[str, Any]) -> Record:
    """What `touch` does, to a record just as it is stored, which may have been looked at only (`Records.look`).

    Quicker: indexes that read none of these attributes are left alone. The outcome is for reading only, too.
    """
    stamps = {"updatedAt": iso(context.now), "rev": record["attributes"].get("rev", 0) + 1}
    return context.records.amend(record["type"], record["id"], {**attributes, **stamps})


def reference(context: Context, kind: str, id: str, *, field: str) -> dict[str, str]:
    """A relationship to a record that must exist; raises `BadRequest` naming the body field."""
    if not context.records.exists(kind, id):
        raise BadRequest(
            Problem(message=f"{field} names no {kind} of this organisation.", pointer=f"/{field}"),
            rule="known-references",
        )
    return {"type": kind, "id": id}


def without(body: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """The body's other fields."""
    return {key: value for key, value in body.items() if key not in names}
