"""What a column holds of each record, and what makes two searches use the same one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from kustomer_sandbox.simulator.search.match import updated_at
from kustomer_sandbox.simulator.search.operators import words
from kustomer_sandbox.simulator.search.query import Attribute
from kustomer_sandbox.simulator.search.relations import reference
from kustomer_sandbox.simulator.search.values import values
from kustomer_sandbox.simulator.store.protocol import Key
from kustomer_sandbox.simulator.values.record import Record

Reader = Callable[[Record], Sequence[Key]]

ANY_VALUE, MANY_VALUES = "", " "
"""In a column of words, which are never these: that there is a value, and that there are several."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Facet:
    """One thing that a column says of a record. Equal ones say the same, whatever the name of the attribute."""

    kind: str
    of: tuple[object, ...] = ()
    read: Reader = field(compare=False, repr=False)


def values_of(attribute: Attribute) -> Facet:
    """The comparable values of an attribute."""
    if attribute.path == ("id",) and not attribute.klass:
        return ID
    return Facet(kind="values", of=_sameness(attribute), read=lambda record: values(record, attribute))


def words_of(attribute: Attribute) -> Facet:
    """The words of an attribute's values, with `ANY_VALUE` and `MANY_VALUES`."""

    def read(record: Record) -> Sequence[Key]:
        found = values(record, attribute)
        if not found:
            return ()
        marks = (ANY_VALUE, MANY_VALUES) if len(found) > 1 else (ANY_VALUE,)
        return (*marks, *frozenset().union(*(words(str(value)) for value in found)))

    return Facet(kind="words", of=_sameness(attribute), read=read)


def reference_to(wanted: str) -> Facet:
    """The id of the record of another type that a record names."""

    def read(record: Record) -> Sequence[Key]:
        found = reference(record, wanted)
        return () if found is None else (found,)

    return Facet(kind="reference", of=(wanted,), read=read)


def _sameness(attribute: Attribute) -> tuple[object, ...]:
    """All that the values of an attribute depend on."""
    operator = "string" if attribute.operator == "text" else attribute.operator
    return operator, attribute.path, attribute.custom, attribute.klass


def _klass(record: Record) -> Sequence[Key]:
    klass = record.get("klass")
    return (klass,) if isinstance(klass, str) else ()


def hour_of(instant: str) -> str:
    """The hour of an instant in stored form. Hours sort as their instants, and there are few of them."""
    return instant[: len("2026-06-09T12")]


def _updated(record: Record) -> Sequence[Key]:
    found = updated_at(record)
    return () if found is None else (hour_of(found),)


ID = Facet(kind="id", read=lambda record: (str(record["id"]),))
KLASS = Facet(kind="klass", read=_klass)
DELETED = Facet(kind="deleted", read=lambda record: (True,) if record.get("deleted") else ())
UPDATED = Facet(kind="updated", read=_updated)
"""The hour of the last update, which is enough to divide the archive from the rest: the hour between is in doubt."""
