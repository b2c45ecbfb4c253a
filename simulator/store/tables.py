"""The tables of the memory store: records by id, and for each index where they are found by their keys.

Owns indexing, uniqueness and what a scan gives; knows nothing of revisions, transactions or counters.

Decision: what is written is put into the indexes at the next reading of one. Most records are written more often
than their table is looked through, and one that is written many times in a row, as a customer is by its conversations,
is indexed once. So the keys themselves may be worked out as late as that, too. The cost: a reading pays for the writes
before it.

Decision: a table made from a shared one keeps what it changes beside the shared dict (`RecordMap`), so that the first
write to a fork costs the same whatever the size of what was forked. A persistent map (`immutables`) would do that, too,
but a reading of it takes three times as long, and readings are most of what is done. The cost: one look into a small
dict more for each record of a fork that was not changed there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import NamedTuple

from kustomer_sandbox.simulator.store.index_entries import IndexEntries
from kustomer_sandbox.simulator.store.index_keys import IndexKeys, KeyInterner, moves
from kustomer_sandbox.simulator.store.protocol import Key, Keys, Order, Range, Row
from kustomer_sandbox.simulator.store.table_cache import TableCache

MOST_BESIDE = 512
"""How many records a copy takes along as changes; with more, all are put into one dict, which is then shared."""


class TableIndex:
    """Where records are found by their keys; `extras` counts the keys beyond the first of each record."""

    __slots__ = ("entries", "extras")

    def __init__(self, shared: TableIndex | None = None) -> None:
        self.entries: IndexEntries = IndexEntries(shared.entries if shared else None)
        self.extras: int = shared.extras if shared else 0

    def replace(self, id: str, old: tuple[Key, ...], new: tuple[Key, ...]) -> None:
        """Put a record elsewhere. Raises `TypeError` for keys that cannot be ordered here, and changes nothing."""
        # Most records have one key in an index, or none.
        is_plain = len(new) <= 1 and len(old) <= 1
        for key in new if is_plain else set(new).difference(old):
            self.entries.add((key, id))
        for key in old if is_plain else set(old).difference(new):
            self.entries.remove((key, id))
        if not is_plain:
            self.extras += max(len(new) - 1, 0) - max(len(old) - 1, 0)

    def is_taken(self, key: Key, *, by_other_than: str) -> bool:
        # Two entries suffice: at most one of those with this key is the record's own.
        return any(found == key and id != by_other_than for found, id in self.entries.first_two(key))

    def ids(self, at: Key | Range | None, order: Order, *, limit: int | None, offset: int) -> Iterable[str]:
        start, end = self._bounds(at)
        if not self._is_distinct(at):
            stop = None if limit is None else offset + limit
            return islice(_first_seen(self._walk(start, end, order)), offset, stop)
        size = end - start - offset if limit is None else min(limit, end - start - offset)
        first = start + offset if order == "asc" else end - offset - size
        return self._walk(first, first + size, order) if size > 0 else ()

    def count(self, at: Key | Range | None) -> int:
        start, end = self._bounds(at)
        if at is None:
            return end - self.extras
        return end - start if self._is_distinct(at) else len(set(self.entries.ascending(start, end)))

    def _bounds(self, at: Key | Range | None) -> tuple[int, int]:
        """The ranks `[start, end)` of the entries asked for."""
        entries = self.entries
        if at is None:
            return 0, len(entries)
        if not isinstance(at, Range):
            return entries.rank_left(at), entries.rank_right(at)
        start, end = 0, len(entries)
        if at.low is not None:
            start = entries.rank_right(at.low) if at.above_low else entries.rank_left(at.low)
        if at.high is not None:
            end = entries.rank_left(at.high) if at.below_high else entries.rank_right(at.high)
        return start, max(start, end)

    def _is_distinct(self, at: Key | Range | None) -> bool:
        """Whether no record can occur twice: one key is asked for, or no record holds several."""
        return not self.extras or not (at is None or isinstance(at, Range))

    def _walk(self, start: int, end: int, order: Order) -> Iterator[str]:
        return self.entries.ascending(start, end) if order == "asc" else self.entries.descending(start, end)


def _first_seen(ids: Iterable[str]) -> Iterator[str]:
    """Each id where it first occurs; lazily, so that a page does not cost the whole index."""
    seen: set[str] = set()
    for id in ids:
        if id not in seen:
            seen.add(id)
            yield id


class KeyedRow(NamedTuple):
    """A row and its keys: as they came while it waits to be indexed, then as indexes have them."""

    row: Row
    keys: Keys | IndexKeys


_MISSING = KeyedRow(Row("", 0, b""), {})


class RecordMap:
    """The records of a table by id: those written here, before a dict that is shared and never written to.

    Made from another one it is an independent copy; the other must not be written to afterwards.
    """

    __slots__ = ("_base", "_own")

    def __init__(self, shared: RecordMap | None = None) -> None:
        self._base: dict[str, KeyedRow | None] = {}
        self._own: dict[str, KeyedRow | None] = {}
        """What was written since the base was shared; None in the place of a record that was removed."""
        if shared is not None:
            self._base = shared._settle()  # noqa: SLF001 - same class
            self._own = shared._own.copy()  # noqa: SLF001 - same class

    def _settle(self) -> dict[str, KeyedRow | None]:
        """The base for a copy, with all records in it unless few were written since: those the copy takes along."""
        if not self._base:
            self._base, self._own = self._own, {}
        elif len(self._own) > MOST_BESIDE:
            whole = {**self._base, **self._own}
            self._base, self._own = {id: held for id, held in whole.items() if held is not None}, {}
        return self._base

    def get(self, id: str) -> KeyedRow | None:
        """The record with this id; None if there is none."""
        own = self._own
        return own[id] if id in own else self._base.get(id)

    def rows(self, ids: Iterable[str]) -> list[Row]:
        """The rows of the records that there are of these, in their order."""
        get = self._own.get
        if not self._base:
            return [held.row for id in ids if (held := get(id)) is not None]
        base = self._base.get
        missing = _MISSING
        found = [base(id) if (held := get(id, missing)) is missing else held for id in ids]
        return [held.row for held in found if held is not None]

    def put(self, id: str, record: KeyedRow | None) -> None:
        """Make `record` the one with this id; None removes what is there."""
        if record is None and id not in self._base:
            self._own.pop(id, None)
        else:
            self._own[id] = record


class Table:
    """Records by id, and the indexes.

    Made from a shared table it shares the records, and copies an index only when it first writes to it.
    """

    __slots__ = ("_indexes", "_interner", "_owned", "_waiting", "cache", "records")

    def __init__(self, shared: Table | None = None) -> None:
        if shared is not None:
            shared.update_indexes()  # while its indexes are its own
        self.records: RecordMap = RecordMap(shared.records if shared else None)
        self._indexes: dict[str, TableIndex] = shared._indexes.copy() if shared else {}  # noqa: SLF001 - same class
        self._owned: set[str] = set()
        self._waiting: dict[str, IndexKeys | None] = {}
        """The records that are to be indexed, by id, with the keys they stand under at present; None for none."""
        self._interner = KeyInterner()
        self.cache: TableCache | None = None
        if shared is not None and shared.cache is not None:
            self.cache = shared.cache.copy()

    def replace(self, id: str, record: KeyedRow | None) -> None:
        """Make `record` the one with this id; None removes what is there."""
        if id not in self._waiting:
            held = self.records.get(id)
            # What does not wait has been indexed.
            self._waiting[id] = held.keys if held is not None and isinstance(held.keys, tuple) else None
        self.records.put(id, record)
        if self.cache is not None:
            self.cache.note(id)

    def index(self, name: str) -> TableIndex | None:
        """An index with all records in their places; None if no record has ever had a key of it.

        Raises `TypeError` for a key that cannot be ordered among the others of its index, as often as it is read.
        """
        if self._waiting:
            self.update_indexes()
        return self._indexes.get(name)

    def update_indexes(self) -> None:
        """Put what was written under its keys. Raises as `index` does."""
        while self._waiting:
            id = next(iter(self._waiting))
            held = self.records.get(id)
            keys = None if held is None else self._interner.interned(held.row.id, held.keys)
            self._reindex(id, self._waiting[id], keys)
            if held is not None and keys is not None:
                self.records.put(id, KeyedRow(held.row, keys))
            del self._waiting[id]

    def _reindex(self, id: str, old: IndexKeys | None, new: IndexKeys | None) -> None:
        """Move a record to its places, where it has others; all of its changes or none."""
        found, done = moves(id, old, new), 0
        try:
            for name, before, after in found:
                index = self._indexes[name] if name in self._owned else self._own(name)
                index.replace(id, before, after)
                done += 1
        except TypeError:
            for name, before, after in found[:done]:
                self._own(name).replace(id, after, before)
            raise

    def taken(self, id: str, keys: Keys, unique: Iterable[str]) -> str | None:
        """The first unique index in which another record holds one of these keys."""
        for name in unique:
            values = keys.get(name)
            index = self.index(name) if values else None
            if values and index and any(index.is_taken(key, by_other_than=id) for key in values):
                return name
        return None

    def _own(self, name: str) -> TableIndex:
        if name not in self._owned:
            self._indexes[name] = TableIndex(self._indexes.get(name))
            self._owned.add(name)
        return self._indexes[name]
