"""The narrow store every rule works through: plain JSON bytes, declared indexes, explicit transactions.

An implementation never sees a schema, a clock or a rule, so an SQL store can replace the memory store
without a change above it. All work is synchronous.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Literal, NamedTuple, Protocol

from kustomer_sandbox.simulator.store.table_cache import TableCache

Key = str | int | float | bool
"""An indexed value. Within one index all keys are of one JSON type."""

Order = Literal["asc", "desc"]
Keys = Mapping[str, tuple[Key, ...]]
"""Index name -> the values under which a record is found there (several for lists, none if absent).

A store may read them when it takes the record or at any time later; they are those of that record's bytes.
"""


class Row(NamedTuple):
    """A stored record: its id, its revision (1 on insert, +1 on update) and its JSON bytes."""

    id: str
    rev: int
    data: bytes


@dataclass(frozen=True, kw_only=True, slots=True)
class Range:
    """Bounds of an index scan; None is open. `low`/`high` are inclusive unless marked."""

    low: Key | None = None
    high: Key | None = None
    above_low: bool = False
    below_high: bool = False


class CounterState(NamedTuple):
    """The state of a counter after `take`: was a unit granted, how many are used, when it resets (s)."""

    granted: bool
    used: int
    resets_at: float


class DuplicateKey(Exception):
    """A unique index already holds the value for another record. `index` names it; the value is not kept."""

    def __init__(self, table: str, index: str) -> None:
        super().__init__(f"{table}.{index}")
        self.table = table
        self.index = index


class StaleRevision(Exception):
    """The record's revision is not the expected one."""


class MissingRow(Exception):
    """No record with that id in the table."""


class StoreSnapshot(Protocol):
    """An opaque, immutable state of a whole store."""


class Store(Protocol):
    """Tables of JSON records. Unknown tables are empty; a table comes into being with its first insert."""

    def get(self, table: str, id: str) -> Row | None: ...

    def get_many(self, table: str, ids: Iterable[str]) -> list[Row]:
        """The records of these ids that are there, in the order of the ids: one read, however many they are."""
        ...

    def insert(self, table: str, id: str, data: bytes, keys: Keys, *, unique: Iterable[str] = ()) -> Row:
        """Add a record; `DuplicateKey` if the id (index `id`) or a unique key is taken."""
        ...

    def update(
        self, table: str, id: str, data: bytes, keys: Keys, *, unique: Iterable[str] = (), rev: int | None = None
    ) -> Row:
        """Replace a record; `MissingRow`, `StaleRevision` (when `rev` is given) or `DuplicateKey`."""
        ...

    def delete(self, table: str, id: str) -> None:
        """Remove a record and its keys; `MissingRow` if there is none."""
        ...

    def find(
        self,
        table: str,
        index: str,
        at: Key | Range | None = None,
        *,
        order: Order = "asc",
        limit: int | None = None,
        offset: int = 0,
    ) -> list[Row]:
        """Records by one index (`id` is always there), ordered by (key, id); each record at most once.

        `at` is one key, a range, or None for the whole index.
        """
        ...

    def count(self, table: str, index: str = "id", at: Key | Range | None = None) -> int:
        """How many distinct records `find` would give without limit."""
        ...

    def least(self, table: str, index: str) -> Key | None:
        """The smallest key of an index; None while it holds none."""
        ...

    def table_cache(self, table: str) -> TableCache | None:
        """Where a reader keeps what it has worked out of a table; None without a table, or where nothing is kept.

        What is kept goes into snapshots and forks, and is told of every write, undone ones too.
        """
        ...

    def take(self, counter: str, *, limit: int, now: float, seconds: int) -> CounterState:
        """Take one unit of a counter if fewer than `limit` are used in its window.

        The window opens at the first unit taken after the last one ended and lasts `seconds`; `now` is
        epoch seconds. A refused take changes nothing.
        """
        ...

    def peek(self, counter: str, *, limit: int, now: float, seconds: int) -> CounterState:
        """What `take` would answer, changing nothing (`used` excludes the unit asked for)."""
        ...

    def counters(self, *, now: float) -> list[tuple[str, CounterState]]:
        """The counters whose window is open and that are used, by name; `granted` says nothing here (True)."""
        ...

    def give_back(self, counter: str, *, now: float) -> None:
        """Return one unit to a counter whose window is still open; never below zero."""
        ...

    def transaction(self) -> AbstractContextManager[None]:
        """All or nothing: an exception inside undoes every change made to records (not to counters)."""
        ...

    def snapshot(self) -> StoreSnapshot: ...

    def restore(self, snapshot: StoreSnapshot) -> None: ...

    def fork(self) -> Store:
        """An independent store with the same content; costs no copying of records."""
        ...
