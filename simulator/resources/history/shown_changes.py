"""How entries of the audit log are shown: as `changes`, without a personal value.

Values that can be masked are masked for every reader, whether they are marked as sensitive or not (assumed): the log
outlasts windows, redactions and changes of what is marked.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from kustomer_sandbox.simulator.operations.call import Context
from kustomer_sandbox.simulator.operations.system import SYSTEM
from kustomer_sandbox.simulator.records import masking
from kustomer_sandbox.simulator.records.diff import maskable_paths
from kustomer_sandbox.simulator.values.audit import AuditedValue, AuditEntry
from kustomer_sandbox.simulator.values.record import JSON

_STAMPS = frozenset({"createdAt", "updatedAt", "modifiedAt"})
"""They change with everything else and are told by the entry."""


def changes_of(context: Context, entry: AuditEntry) -> dict[str, Any]:
    """`{attributes: {name: {op, before, after}}, relationships: …}`; of a relationship the values are ids."""
    stored = context.world.records.resource(entry.type)
    hidden = {*stored.stored, *_STAMPS}
    paths = maskable_paths(stored)
    before, after = ({value[0]: value[at] for value in entry.attributes if value[0] not in hidden} for at in (1, 2))
    for side in (before, after):
        masking.apply(side, paths, context.world.masking)
    return {
        "attributes": {name: _replaced(before[name], after[name]) for name in before},
        "relationships": _related(entry.relationships),
    }


def _related(values: Iterable[AuditedValue]) -> dict[str, Any]:
    return {name: _replaced(_id(before), _id(after)) for name, before, after in values}


def _replaced(before: JSON, after: JSON) -> dict[str, JSON]:
    return {"op": "replace", "before": before, "after": after}


def _id(reference: JSON) -> JSON:
    """The id of a reference, or those of a list of them."""
    if isinstance(reference, list):
        return [item["id"] for item in reference]
    return reference["id"] if isinstance(reference, Mapping) else None


def author_of(entry: AuditEntry) -> str | None:
    """The user who made a change; None for the world itself, whom nobody could look up."""
    return None if entry.user == SYSTEM.user_id else entry.user
