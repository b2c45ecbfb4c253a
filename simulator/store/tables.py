"""The tables of the memory store: records by id, and for each index where they are found by their keys.

Owns filing, uniqueness and what a scan gives; knows nothing of revisions, transactions or counters.

Decision: what is written is filed under its keys at the next reading of an index. Most records are written more often
than their table is looked through, and one that is written many times in a row, as a customer is by its conversations,
is filed once. So the keys themselves may be worked out as late as that, too. The cost: a reading pays for the writes
before it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import NamedTuple

from kustomer_sandbox.simulator.store.entries import Entries
from kustomer_sandbox.simulator.store.protocol import Key, Keys, Order, Range, Row

_NO_KEYS: Keys = {}


def filed(id: str, keys: Keys) -> Keys:
    """The caller's keys as they are filed: each value once, sorted; absent ones left out; the id itself added."""
    named = {
        name: values if len(values) == 1 else tuple(sorted(set(values))) for name, values in keys.items() if values
    }
    named["id"] = (id,)
    return named


class TableIndex:
    """Where records are found by their keys; `extras` counts the keys beyond the first of each record."""

    __slots__ = ("entries", "extras")

    def __init__(self, shared: TableIndex | None = None) -> None:
        self.entries: Entries = Entries(shared.entries if shared else None)
        self.extras: int = shared.extras if shared else 0

    def replace(self, id: str, old: tuple[Key, ...], new: tuple[Key, ...]) -> None:
        """File a record elsewhere. Raises `TypeError` for keys that cannot be ordered here, and changes nothing."""
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
    """A row and its keys: as they came while it waits to be filed, then as it is filed."""

    row: Row
    keys: Keys


class Table:
    """Records by id, and the indexes.

    Made from a shared table it copies the dict of records, and an index only when it first writes to it.
    """

    __slots__ = ("_indexes", "_owned", "_waiting", "records")

    def __init__(self, shared: Table | None = None) -> None:
        if shared is not None:
            shared.file()  # while its indexes are its own
        self.records: dict[str, KeyedRow] = shared.records.copy() if shared else {}
        self._indexes: dict[str, TableIndex] = shared._indexes.copy() if shared else {}  # noqa: SLF001 - same class
        self._owned: set[str] = set()
        self._waiting: dict[str, Keys] = {}
        """The records that are to be filed, by id, with the keys they are filed under at present."""

    def replace(self, id: str, record: KeyedRow | None) -> None:
        """Make `record` the one with this id; None removes what is there."""
        if id not in self._waiting:
            held = self.records.get(id)
            self._waiting[id] = held.keys if held else _NO_KEYS
        if record is None:
            self.records.pop(id, None)
        else:
            self.records[id] = record

    def index(self, name: str) -> TableIndex | None:
        """An index with all records in their places; None if no record has ever had a key of it.

        Raises `TypeError` for a key that cannot be ordered among the others of its index, as often as it is read.
        """
        if self._waiting:
            self.file()
        return self._indexes.get(name)

    def file(self) -> None:
        """Put what was written under its keys. Raises as `index` does."""
        while self._waiting:
            id = next(iter(self._waiting))
            held = self.records.get(id)
            keys = _NO_KEYS if held is None else filed(id, held.keys)
            self._refile(id, self._waiting[id], keys)
            if held is not None:
                self.records[id] = KeyedRow(held.row, keys)
            del self._waiting[id]

    def _refile(self, id: str, old: Keys, new: Keys) -> None:
        done: list[str] = []
        try:
            for name, after in new.items():
                before = old.get(name, ())
                if before != after:
                    index = self._indexes[name] if name in self._owned else self._own(name)
                    index.replace(id, before, after)
                    done.append(name)
        except TypeError:
            for name in done:
                self._own(name).replace(id, new[name], old.get(name, ()))
            raise
        for name in old:
            if name not in new:
                self._own(name).replace(id, old[name], ())

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
