"""What records are made of the way every resource does it: stamps, relationships, merged attributes. Stores nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kustomer_sandbox.simulator.operations.call import Context
from kustomer_sandbox.simulator.values.clock import iso
from kustomer_sandbox.simulator.values.errors import BadRequest, NotFound, Problem
from kustomer_sandbox.simulator.values.record import Record

STAMPS = ("createdAt", "importedAt")


def new_record(
    context: Context,
    kind: str,
    attributes: Mapping[str, Any],
    *,
    relationships: Mapping[str, Any] | None = None,
    id: str | None = None,
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
            "rev": 1,
        },
        "relationships": {**(relationships or {}), "createdBy": me, "modifiedBy": me},
    }


def merged(context: Context, before: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """A record's attributes after a change: `custom` key by key, null clears, lists as a whole."""
    after, given = {**before, **changes}, changes.get("custom")
    if isinstance(given, dict):
        held = before.get("custom", {})
        if held.keys() <= given.keys() or not context.reads("custom-merged-by-key", "replaced"):
            after["custom"] = {**held, **given}
    return after


def reference(context: Context, kind: str, id: str, *, field: str) -> dict[str, str]:
    """A relationship to a record that must exist; raises `BadRequest` naming the body field."""
    if context.records.get(kind, id) is None:
        problem = Problem(message=f"{field} names no {kind} of this organisation.", pointer=f"/{field}")
        if context.reads("known-references", "not-found"):
            raise NotFound(problem, rule="known-references")
        raise BadRequest(problem, rule="known-references")
    return {"type": kind, "id": id}


def without(body: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """The body's other fields."""
    return {key: value for key, value in body.items() if key not in names}
