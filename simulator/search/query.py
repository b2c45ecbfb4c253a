"""A parsed search as frozen values. Everything in it is checked: matching never fails.

Semantics that no public page states, chosen here and marked `assumed` in the ledger:

* `not_equals`, `not_in`, `not_contains` and `not_set` are the exact opposites of their positive twins, so they
  also hold where there is no value.
* An attribute of another record type holds when one related record satisfies it. Several criteria may be
  satisfied by different related records; the operators of one criterion by one and the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from kustomer_sandbox.simulator.store.protocol import Key, Range
from kustomer_sandbox.simulator.values.record import Record

Operand = Key | tuple[Key, ...] | None
"""What a test compares with, in stored form: one value, several for `in`, words for a text, None for `set`."""

Direction = Literal["asc", "desc"]


class Related(Protocol):
    """Finds the records of another type that belong to a record (a customer's conversations)."""

    def __call__(self, record: Record, type_name: str, /) -> Iterable[Record]: ...


TagId = Callable[[str], str | None]
"""The id of the tag with a name, or None."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Context:
    """The type of record a search answers with; `klass` narrows custom objects to one klass."""

    type: str
    klass: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Attribute:
    """A searchable attribute, resolved from its name.

    `type` is the record type it belongs to (None: whatever the context is). `path` leads into the stored
    record; its last step may be `?` (is it there and not false), `#` (how many) or `**` (every string below).
    `custom` is `<klass>_<name>` of a custom object's attribute, whose path depends on the record's klass; `klass`
    names the only Klass whose records have the attribute.
    `values` maps what a caller writes to what is stored (`unhappy` -> -1).
    """

    name: str
    operator: str
    type: str | None
    path: tuple[str, ...] = ()
    custom: str = ""
    klass: str = ""
    enum: tuple[Any, ...] = ()
    values: tuple[tuple[str, Key], ...] = ()
    pattern: str = ""
    value_type: str = ""
    minimum: float | None = None
    maximum: float | None = None
    index: str | None = None
    sortable: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Test:
    """One positive comparison, or its opposite."""

    operator: str
    operand: Operand
    negated: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Criterion:
    """`{attribute: {operator: value, …}}`: all its tests hold."""

    attribute: Attribute
    tests: tuple[Test, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Group:
    """Several conditions: `all` hold, `any` holds, or `none` holds."""

    kind: Literal["all", "any", "none"]
    nodes: tuple[FilterNode, ...]


FilterNode = Criterion | Group


@dataclass(frozen=True, kw_only=True, slots=True)
class SortKey:
    attribute: Attribute
    direction: Direction


@dataclass(frozen=True, kw_only=True, slots=True)
class Aggregation:
    """One entry of `aggs`: `terms` counts values, the others reduce numbers or dates."""

    name: str
    kind: str
    attribute: Attribute
    size: int = 10


@dataclass(frozen=True, kw_only=True, slots=True)
class Query:
    """A whole search. `horizon` divides the standard search (updated since) from the archive (before)."""

    context: Context
    where: Group
    sort: tuple[SortKey, ...]
    aggregations: tuple[Aggregation, ...]
    include_deleted: bool
    horizon: str
    archive: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class IndexHint:
    """An index that holds every record the query can match: look up each of `at`, then match what comes.

    Keys of attributes that ignore case are in lower case, so the contract puts only folding indexes behind them.
    """

    table: str
    index: str
    at: tuple[Key | Range, ...]
