"""From a record to the records of another type that belong to it.

Which roads the real search takes between types is published for customer and conversation only; the others
are the plain reading of the references records hold (assumed).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

from kustomer_sandbox.simulator.search.query import Attribute
from kustomer_sandbox.simulator.values.record import Record

EVERYWHERE = ("customer", "company", "conversation", "message", "note", "kobject")
"""Types the unprefixed `any_text` looks through, apart from the record itself."""

_HOLDS = {
    ("customer", "company"),
    ("conversation", "customer"),
    ("message", "customer"),
    ("message", "conversation"),
    ("note", "customer"),
    ("note", "conversation"),
    ("kobject", "customer"),
    ("kobject", "company"),
    ("conversation_time", "conversation"),
    ("work_item", "conversation"),
}
"""(type, other): a record of `type` names one `other`, indexed under that name; see `reference`."""

_ON_CONVERSATIONS = ("conversation_time", "work_item")
_THREAD = ("message", "note", *_ON_CONVERSATIONS)


class Lookup(Protocol):
    """Reads records: one by id, or all whose index `index` has an id. Unknown types and ids give nothing."""

    def get(self, type_name: str, id: str, /) -> Record | None: ...

    def by(self, type_name: str, index: str, id: str, /) -> Iterable[Record]: ...


def type_name(record: Record) -> str:
    """The record's type as searches name it: custom objects of every klass are `kobject`."""
    return str(record["type"]).partition(".")[0]


def names_one(source: str, wanted: str) -> bool:
    """Whether records of one type name the one record of another that they belong to."""
    return (source, wanted) in _HOLDS


def subjects_of(attribute: Attribute, own: str) -> tuple[str, ...]:
    """The types whose records a criterion looks at in a search for `own` records, which are named where they are."""
    if attribute.type is not None:
        return (attribute.type,)
    return (own, *(name for name in EVERYWHERE if name != own)) if attribute.operator == "any" else (own,)


def reference(record: Record, wanted: str) -> str | None:
    """The id of the one record of another type that a record names; a work item's `resource` is a conversation."""
    relationships = record.get("relationships", {})
    found = relationships.get(wanted) or (wanted == "conversation" and relationships.get("resource"))
    return str(found["id"]) if isinstance(found, dict) and found.get("id") else None


@dataclass(frozen=True, kw_only=True, slots=True)
class Relations:
    """`Related` over a lookup. Each related record is given once: it belongs to one record in the middle."""

    lookup: Lookup

    def __call__(self, record: Record, wanted: str, /) -> Iterable[Record]:
        source = type_name(record)
        if names_one(source, wanted):
            return self._named(record, wanted)
        if names_one(wanted, source):
            return self.lookup.by(wanted, source, str(record["id"]))
        return self._through(record, between(source, wanted), wanted)

    def _named(self, record: Record, wanted: str) -> Iterator[Record]:
        id = reference(record, wanted)
        found = self.lookup.get(wanted, id) if id else None
        if found is not None:
            yield found

    def _through(self, record: Record, road: str | None, wanted: str) -> Iterator[Record]:
        for middle in self(record, road) if road else ():
            yield from self(middle, wanted)


def between(source: str, wanted: str) -> str | None:
    """The type in the middle of a longer road: the conversation for what hangs on one, else the customer."""
    known = {*EVERYWHERE, *_ON_CONVERSATIONS}
    if source == wanted or source not in known or wanted not in known:
        return None
    if source in _ON_CONVERSATIONS or wanted in _ON_CONVERSATIONS or (source in _THREAD and wanted in _THREAD):
        return "conversation" if "conversation" not in (source, wanted) else None
    return "customer"
