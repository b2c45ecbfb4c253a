"""The store in memory: for each table a dict of records and a sorted sequence per index; no I/O, no locks.

Decision: copy on write, by table, then index, then block of an index. `snapshot`, `restore` and `fork` hand
out the same tables to several holders; a store changes only what it made itself (`_owned`) and copies the
rest on its first write to it. So a fork costs the number of tables, not of records, and the first write to
a shared table keeps the change beside what is shared. A transaction keeps an undo log, so an ordinary write never
copies. Not thread-safe.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from types import TracebackType
from typing import NamedTuple

from kustomer_sandbox.simulator.store.protocol import (
    CounterState,
    DuplicateKey,
    Key,
    Keys,
    MissingRow,
    Order,
    Range,
    Row,
    StaleRevision,
    StoreSnapshot,
)
from kustomer_sandbox.simulator.store.table_cache import TableCache
from kustomer_sandbox.simulator.store.tables import KeyedRow, Table


class CounterWindow(NamedTuple):
    """A counter's open or ended window; it is over from `resets_at` (s) on."""

    used: int
    resets_at: float


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class MemorySnapshot:
    """A state of a `MemoryStore`: tables and counters that nobody changes any more."""

    tables: dict[str, Table]
    counters: dict[str, CounterWindow]


class MemoryStore:
    """`Store` in memory. A nested transaction that fails undoes its own part; the outer one may go on."""

    def __init__(self) -> None:
        self._tables: dict[str, Table] = {}
        self._owned: set[str] = set()
        self._owns_tables = True
        self._counters: dict[str, CounterWindow] = {}
        self._owns_counters = True
        self._undo: list[Callable[[], None]] = []
        self._depth = 0

    def get(self, table: str, id: str) -> Row | None:
        held = self._tables.get(table)
        record = held.records.get(id) if held else None
        return record.row if record else None

    def get_many(self, table: str, ids: Iterable[str]) -> list[Row]:
        held = self._tables.get(table)
        return held.records.rows(ids) if held else []

    def insert(self, table: str, id: str, data: bytes, keys: Keys, *, unique: Iterable[str] = ()) -> Row:
        held = self._tables.get(table)
        if held is not None and held.records.get(id) is not None:
            raise DuplicateKey(table, "id")
        return self._write(table, Row(id, 1, data), keys, unique)

    def update(
        self, table: str, id: str, data: bytes, keys: Keys, *, unique: Iterable[str] = (), rev: int | None = None
    ) -> Row:
        row = self._existing(table, id)
        if rev is not None and rev != row.rev:
            raise StaleRevision(table)
        return self._write(table, Row(id, row.rev + 1, data), keys, unique)

    def delete(self, table: str, id: str) -> None:
        self._existing(table, id)
        self._change(table, id, None)

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
        held = self._tables.get(table)
        found = held.index(index) if held else None
        if held is None or found is None:
            return []
        return held.records.rows(found.ids(at, order, limit=limit, offset=offset))

    def count(self, table: str, index: str = "id", at: Key | Range | None = None) -> int:
        held = self._tables.get(table)
        found = held.index(index) if held else None
        return found.count(at) if found else 0

    def least(self, table: str, index: str) -> Key | None:
        held = self._tables.get(table)
        found = held.index(index) if held else None
        return found.entries.least() if found else None

    def table_cache(self, table: str) -> TableCache | None:
        held = self._tables.get(table)
        if held is not None and held.cache is None:
            held.cache = TableCache()
        return held.cache if held else None

    def take(self, counter: str, *, limit: int, now: float, seconds: int) -> CounterState:
        used, resets_at = self._window(counter, now, seconds)
        if used >= limit:
            return CounterState(granted=False, used=used, resets_at=resets_at)
        self._set_window(counter, CounterWindow(used + 1, resets_at))
        return CounterState(granted=True, used=used + 1, resets_at=resets_at)

    def peek(self, counter: str, *, limit: int, now: float, seconds: int) -> CounterState:
        used, resets_at = self._window(counter, now, seconds)
        return CounterState(used < limit, used, resets_at)

    def _window(self, counter: str, now: float, seconds: int) -> CounterWindow:
        window = self._counters.get(counter)
        return CounterWindow(0, now + seconds) if window is None or now >= window.resets_at else window

    def counters(self, *, now: float) -> list[tuple[str, CounterState]]:
        return [
            (name, CounterState(granted=True, used=window.used, resets_at=window.resets_at))
            for name, window in sorted(self._counters.items())
            if now < window.resets_at and window.used
        ]

    def give_back(self, counter: str, *, now: float) -> None:
        window = self._counters.get(counter)
        if window is not None and now < window.resets_at and window.used > 0:
            self._set_window(counter, window._replace(used=window.used - 1))

    def transaction(self) -> AbstractContextManager[None]:
        return _Transaction(self)

    def begin(self) -> int:
        """Begin to note how to undo; gives where a rollback ends. For `transaction` alone."""
        self._depth += 1
        return len(self._undo)

    def end(self, mark: int, *, undo: bool) -> None:
        """End what `begin` began, undoing what was done since if asked to. For `transaction` alone."""
        while undo and len(self._undo) > mark:
            self._undo.pop()()
        self._depth -= 1
        if not self._depth:
            self._undo.clear()

    def snapshot(self) -> MemorySnapshot:
        self._owned = set()
        self._owns_tables = self._owns_counters = False
        return MemorySnapshot(tables=self._tables, counters=self._counters)

    def restore(self, snapshot: StoreSnapshot) -> None:
        """Take over a snapshot of this or another `MemoryStore`; `TypeError` for any other kind."""
        if not isinstance(snapshot, MemorySnapshot):
            raise TypeError("a memory store restores only snapshots of memory stores")
        if self._depth:
            self._undo.append(partial(self._adopt, self._tables, self._owned, owns_tables=self._owns_tables))
        self._adopt(snapshot.tables, set(), owns_tables=False)
        self._counters = snapshot.counters
        self._owns_counters = False

    def fork(self) -> MemoryStore:
        fork = MemoryStore()
        fork.restore(self.snapshot())
        return fork

    def _existing(self, table: str, id: str) -> Row:
        row = self.get(table, id)
        if row is None:
            raise MissingRow(table)
        return row

    def _write(self, table: str, row: Row, keys: Keys, unique: Iterable[str]) -> Row:
        held = self._tables.get(table)
        taken = held.taken(row.id, keys, unique) if held and unique else None
        if taken is not None:
            raise DuplicateKey(table, taken)
        self._change(table, row.id, KeyedRow(row, keys))
        return row

    def _change(self, table: str, id: str, record: KeyedRow | None) -> None:
        held = self._own(table)
        if self._depth:
            self._undo.append(partial(self._put, table, id, held.records.get(id)))
        held.replace(id, record)

    def _put(self, table: str, id: str, record: KeyedRow | None) -> None:
        self._own(table).replace(id, record)

    def _own(self, table: str) -> Table:
        if table not in self._owned:
            if not self._owns_tables:
                self._tables, self._owns_tables = self._tables.copy(), True
            self._tables[table] = Table(self._tables.get(table))
            self._owned.add(table)
        return self._tables[table]

    def _adopt(self, tables: dict[str, Table], owned: set[str], *, owns_tables: bool) -> None:
        self._tables, self._owned, self._owns_tables = tables, owned, owns_tables

    def _set_window(self, counter: str, window: CounterWindow) -> None:
        if not self._owns_counters:
            self._counters = self._counters.copy()
            self._owns_counters = True
        self._counters[counter] = window


class _Transaction(AbstractContextManager[None]):
    """A transaction of a memory store. A class, because a generator costs every call twice as much."""

    __slots__ = ("_mark", "_store")

    def __init__(self, store: MemoryStore) -> None:
        self._store = store

    def __enter__(self) -> None:
        self._mark = self._store.begin()

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._store.end(self._mark, undo=kind is not None)
