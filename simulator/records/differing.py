"""Pure: which attributes and parts of a record a change has touched."""

from __future__ import annotations

from collections.abc import Mapping

from kustomer_sandbox.simulator.values.record import JSON, Record

_STANDING = ("type", "klass", "plural", "deleted")
"""What a record has beside its attributes and relationships. It hardly ever changes."""

_MISSING = object()


def changed_parts(before: Record, after: Record, names: tuple[str, ...]) -> tuple[str, ...] | None:
    """The parts that differ, by the names of indexes; None when the record stands elsewhere now."""
    for name in _STANDING:
        if before.get(name) != after.get(name):
            return None
    old, new = before.get("relationships", {}), after.get("relationships", {})
    related = () if old is new else differing_names(old, new)
    return (*names, *(f"relationships.{name}" for name in related)) if related else names


def attributes_of(document: Record) -> Mapping[str, JSON]:
    """A record's attributes; of what is no record, all of it."""
    attributes: Mapping[str, JSON] = document.get("attributes", document)
    return attributes


def differing_names(before: Mapping[str, JSON], after: Mapping[str, JSON]) -> tuple[str, ...]:
    """The names under which two mappings differ. Most values are the very same objects, so few are compared."""
    names = [name for name, value in after.items() if (old := before.get(name, _MISSING)) is not value and old != value]
    if not before.keys() <= after.keys():
        names += [name for name in before if name not in after]
    return tuple(names)
