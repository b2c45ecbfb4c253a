"""Making and changing records the way every resource does: stamps, revisions, relationships, merging."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from simulator.call import Record, Scene
from simulator.clock import iso
from simulator.errors import BadRequest, Problem

STAMPS = ("createdAt", "importedAt")


def new_record(
    scene: Scene,
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
    now = iso(scene.now)
    me = {"type": "user", "id": scene.principal.user_id}
    return {
        "id": id or scene.world.ids.new(scene.now),
        "type": kind,
        "attributes": {
            **scene.records.defaults(kind),
            "createdAt": now,
            "updatedAt": now,
            "modifiedAt": now,
            **attributes,
            "rev": rev,
        },
        "relationships": {**(relationships or {}), "createdBy": me, "modifiedBy": me},
    }


def change(
    scene: Scene,
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
    return save(scene, record, merged, relationships=relationships, rev=rev)


def save(
    scene: Scene,
    record: Record,
    attributes: Mapping[str, Any],
    *,
    relationships: Mapping[str, Any] | None = None,
    rev: int | None = None,
) -> Record:
    """Store a record with these attributes as a change by the caller, now."""
    now = iso(scene.now)
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
            "modifiedBy": {"type": "user", "id": scene.principal.user_id},
        },
    }
    return scene.records.update(changed, rev=rev)


def touch(scene: Scene, record: Record, attributes: Mapping[str, Any]) -> Record:
    """Store what the system itself changes: `updatedAt` and `rev` move, `modifiedAt` and its author stay."""
    changed = {
        **record,
        "attributes": {
            **record["attributes"],
            **attributes,
            "updatedAt": iso(scene.now),
            "rev": record["attributes"].get("rev", 0) + 1,
        },
    }
    return scene.records.update(changed)


def amend(scene: Scene, record: Record, attributes: Mapping[str, Any]) -> Record:
    """What `touch` does, to a record just as it is stored, which may have been looked at only (`Records.look`).

    Quicker: indexes that read none of these attributes are left alone. The outcome is for reading only, too.
    """
    stamps = {"updatedAt": iso(scene.now), "rev": record["attributes"].get("rev", 0) + 1}
    return scene.records.amend(record["type"], record["id"], {**attributes, **stamps})


def reference(scene: Scene, kind: str, id: str, *, field: str) -> dict[str, str]:
    """A relationship to a record that must exist; raises `BadRequest` naming the body field."""
    if not scene.records.has(kind, id):
        raise BadRequest(
            Problem(message=f"{field} names no {kind} of this organisation.", pointer=f"/{field}"),
            rule="known-references",
        )
    return {"type": kind, "id": id}


def without(body: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """The body's other fields."""
    return {key: value for key, value in body.items() if key not in names}
