"""What changed between two states of a store: records made, changed and deleted, by type.

Values of attributes that can be masked are never shown, whether they are masked now or not: only their names.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from kustomer_sandbox.contracts.build.masks import CUSTOM
from kustomer_sandbox.contracts.model import Resource
from kustomer_sandbox.simulator.records.masking import MaskedPaths
from kustomer_sandbox.simulator.store.protocol import Row, Store
from kustomer_sandbox.simulator.values.record import JSON, Record


@dataclass(frozen=True, kw_only=True, slots=True)
class AttributeChange:
    """One attribute that is another now. `hidden` ones can be masked: their values are left out (None)."""

    path: str
    before: JSON = None
    after: JSON = None
    hidden: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class TypeDiff:
    """What happened to the records of one type: ids, and the changes of each changed record."""

    created: tuple[str, ...] = ()
    changed: Mapping[str, tuple[AttributeChange, ...]] = field(default_factory=dict)
    deleted: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Diff:
    """What changed, by record type; types without a change are left out."""

    types: Mapping[str, TypeDiff]

    def __bool__(self) -> bool:
        return bool(self.types)

    def of(self, kind: str) -> TypeDiff:
        """What changed of a type; nothing, if it is not there."""
        return self.types.get(kind, TypeDiff())


def diff(before: Store, after: Store, resources: Iterable[Resource]) -> Diff:
    """Compare two states of a store."""
    found: dict[str, TypeDiff] = {}
    for resource in sorted(resources, key=lambda resource: resource.type):
        found |= _of_table(before, after, resource)
    return Diff(types=found)


def _of_table(before: Store, after: Store, resource: Resource) -> dict[str, TypeDiff]:
    old, new = _rows(before, resource.type), _rows(after, resource.type)
    touched = [id for id in {**old, **new} if _data(old.get(id)) != _data(new.get(id))]
    by_type: dict[str, list[tuple[str, Record | None, Record | None]]] = defaultdict(list)
    for id in sorted(touched):
        was, now = _living(old.get(id)), _living(new.get(id))
        record = now or was
        if record is not None:
            by_type[record.get("type", resource.type)].append((id, was, now))
    maskable = maskable_paths(resource)
    return {kind: _of_type(records, maskable) for kind, records in by_type.items()}


def _of_type(records: list[tuple[str, Record | None, Record | None]], maskable: MaskedPaths) -> TypeDiff:
    return TypeDiff(
        created=tuple(id for id, was, _ in records if was is None),
        changed={id: tuple(_changes(was, now, (), maskable)) for id, was, now in records if was and now},
        deleted=tuple(id for id, _, now in records if now is None),
    )


def _rows(store: Store, table: str) -> dict[str, Row]:
    return {row.id: row for row in store.find(table, "id")}


def _data(row: Row | None) -> bytes | None:
    return row.data if row else None


def _living(row: Row | None) -> Record | None:
    """The record, unless there is none or only its tombstone."""
    record: Record | None = orjson.loads(row.data) if row else None
    return None if record is None or record.get("deleted") else record


def maskable_paths(resource: Resource) -> MaskedPaths:
    """All that can ever be masked of a type."""
    rules = resource.sensitive
    named = (
        [part for parts in rules.attributes.values() for part in parts] + list(rules.inherits) + list(rules.repeats)
        if rules
        else []
    )
    return MaskedPaths(paths=((CUSTOM,), *(tuple(path.split(".")) for path in named)))


def _changes(
    was: Mapping[str, Any], now: Mapping[str, Any], path: tuple[str, ...], maskable: MaskedPaths
) -> Iterator[AttributeChange]:
    """The leaves that differ, in order of their names; a list or a relationship is compared as a whole."""
    for name in sorted({*was, *now}):
        old, new, here = was.get(name), now.get(name), (*path, name)
        if old == new:
            continue
        if isinstance(old, dict) and isinstance(new, dict) and path != ("relationships",):
            yield from _changes(old, new, here, maskable)
        elif here[0] == "attributes" and maskable.covers(here):
            yield AttributeChange(path=".".join(here), hidden=True)
        else:
            yield AttributeChange(path=".".join(here), before=old, after=new)
