"""Records over a store: encodes and decodes JSON, derives index keys from the contract.

Whoever stands outside of a call reads and writes here: seeding in tests, the control API, the test kit. A call does
so through its unit of work, which uses the second half of this class.
"""

from __future__ import annotations

import copy
from collections.abc import Collection, ItemsView, Iterable, Iterator, Mapping

import orjson

from kustomer_sandbox.contracts.model import Index, Resource
from kustomer_sandbox.simulator.records.cache import RecordCache
from kustomer_sandbox.simulator.records.indexing import Reader, parts_of, reader
from kustomer_sandbox.simulator.store.protocol import DuplicateKey, Key, Order, Range, Row, Store
from kustomer_sandbox.simulator.values.errors import Conflict, Problem
from kustomer_sandbox.simulator.values.record import JSON, Record

TOMBSTONES = "(tombstones)"
"""The index under which deleted records are kept; no contract can declare one of this name."""

Span = Range
"""Bounds within an index, and the way it is read: the store's own, for those above that do not know the store."""

ReadOrder = Order

Place = Key | Range | None
"""Where in an index: at one key, within bounds, or (None) all of it."""


class Records:
    """Typed access to one world's store. Tables are record types; all KObjects share `kobject`."""

    def __init__(self, store: Store, resources: Mapping[str, Resource], cache: RecordCache | None = None) -> None:
        self.store = store
        self.cache = cache or RecordCache()
        self._by_type = {resource.type: resource for resource in resources.values()}
        self._defaults: dict[str, dict[str, JSON]] = {}
        self._readers: dict[str, tuple[tuple[str, Reader], ...]] = {}
        self._unique: dict[str, tuple[tuple[str, Reader, frozenset[str]], ...]] = {}

    def on(self, store: Store) -> Records:
        """The same access to another world's store; what was worked out of the contracts is shared."""
        other = copy.copy(self)
        other.store = store
        return other

    def resource(self, kind: str) -> Resource:
        """The contract of a record type (`kobject.shipment` is a `kobject`)."""
        return self._by_type[table_of(kind)]

    def defaults(self, kind: str) -> dict[str, JSON]:
        """The attributes a new record starts with: a mapping for the caller to keep, of values for reading only.

        The lists and objects in it are the same for every record, which saves making dozens of them each time.
        """
        table = table_of(kind)
        defaults = self._defaults.get(table)
        if defaults is None:
            defaults = self._defaults[table] = orjson.loads(orjson.dumps(self._by_type[table].defaults))
        return defaults.copy()

    def kinds(self) -> Iterable[Resource]:
        """The contracts of all record types."""
        return self._by_type.values()

    def get(self, kind: str, id: str, *, deleted: bool = False) -> Record | None:
        """A record, or None; deleted ones only when asked for. Decoded afresh: the caller may write into it."""
        row = self.store.get(table_of(kind), id)
        if row is None:
            return None
        record: Record = orjson.loads(row.data)
        return None if record.get("deleted") and not deleted else record

    def find(
        self,
        kind: str,
        index: str = "id",
        at: Place = None,
        *,
        order: Order = "asc",
        limit: int | None = None,
        offset: int = 0,
    ) -> list[Record]:
        """Records by an index, as `Store.find`. Decoded afresh: the caller may write into them."""
        rows = self.store.find(table_of(kind), index, at, order=order, limit=limit, offset=offset)
        return [orjson.loads(row.data) for row in rows]

    def each(self, kind: str, ids: Iterable[str] | None = None) -> Iterator[Record]:
        """Those of these records that there are, deleted ones too; without ids all of the type, in order of id.

        Each is decoded afresh when it is asked for: however many there are, one is in memory.
        """
        table = table_of(kind)
        rows = self.store.find(table, "id") if ids is None else self.store.get_many(table, ids)
        # A record's own id is the row's: whoever keeps ids keeps no copies of them.
        return (orjson.loads(row.data) | {"id": row.id} for row in rows)

    def count(self, kind: str, index: str = "id", at: Place = None) -> int:
        """How many records `find` would give without a limit."""
        return self.store.count(table_of(kind), index, at)

    def insert(self, record: Record) -> Record:
        """Store a new record. Raises `Conflict` for a unique value already held, or a known id."""
        self.add(record["type"], record["id"], record)
        return record

    def update(self, record: Record) -> Record:
        """Replace a record. Raises `Conflict` for a unique value already held, `MissingRow` if there is none."""
        self.replace(record["type"], record["id"], record, changed=None)
        return record

    # What a unit of work writes through: rows, which it keeps.

    def add(self, kind: str, id: str, document: Record) -> Row:
        """Store what has no row yet. Raises `Conflict`."""
        table, data = table_of(kind), encoded(document)
        keys = KeysOfRecord(self, table, data)
        try:
            return self.store.insert(table, id, data, keys, unique=self._claims(table, document, None))
        except DuplicateKey as taken:
            raise _taken(table, taken.index) from None

    def replace(self, kind: str, id: str, document: Record, *, changed: Collection[str] | None) -> Row:
        """Store what has a row. `changed` names the parts (as `parts_of`) that differ, None if that is not known.

        Where it is known, only unique values of these parts are looked up. Raises `Conflict` or `MissingRow`.
        """
        table, data = table_of(kind), encoded(document)
        keys = KeysOfRecord(self, table, data)
        try:
            return self.store.update(table, id, data, keys, unique=self._claims(table, document, changed))
        except DuplicateKey as taken:
            raise _taken(table, taken.index) from None

    def remove(self, kind: str, id: str) -> None:
        """Forget a record. Raises `MissingRow` if there is none."""
        self.store.delete(table_of(kind), id)

    def keys(self, kind: str, record: Record) -> dict[str, tuple[Key, ...]]:
        """A record's values under each declared index that has any of it; a deleted one stands among the tombstones."""
        if record.get("deleted"):
            return {TOMBSTONES: ("yes",)}
        readers = self._readers_of(table_of(kind))
        return {name: values for name, read in readers if (values := read(record))}

    def _claims(self, table: str, record: Record, changed: Collection[str] | None) -> tuple[str, ...]:
        """The unique indexes under which the record has a value, of those that read a changed part (None: any)."""
        unique = self._unique.get(table)
        if unique is None:
            unique = self._unique[table] = self._unique_of(table)
        if not unique or record.get("deleted"):
            return ()
        return tuple(
            [n for n, read, parts in unique if (changed is None or not parts.isdisjoint(changed)) and read(record)]
        )

    def _unique_of(self, table: str) -> tuple[tuple[str, Reader, frozenset[str]], ...]:
        """A table's unique indexes: name, how it reads a record, and which parts."""
        indexes = self._by_type[table].indexes.values() if table in self._by_type else ()
        return tuple((index.name, reader(index), parts_of(index)) for index in indexes if index.unique)

    def _readers_of(self, table: str) -> tuple[tuple[str, Reader], ...]:
        """How a table's indexes read a record, made at its first write: a world has more tables than it writes to."""
        readers = self._readers.get(table)
        if readers is None:
            indexes = self._by_type[table].indexes if table in self._by_type else {}
            readers = self._readers[table] = tuple((name, reader(index)) for name, index in indexes.items())
        return readers


class KeysOfRecord(Mapping[str, tuple[Key, ...]]):
    """A record's keys, worked out from its bytes when they are read: a store may do so as late as it likes."""

    __slots__ = ("_data", "_records", "_table")

    def __init__(self, records: Records, table: str, data: bytes) -> None:
        self._records = records
        self._table = table
        self._data = data

    def items(self) -> ItemsView[str, tuple[Key, ...]]:
        """All at once: what a store asks for."""
        return self._records.keys(self._table, orjson.loads(self._data)).items()

    def __getitem__(self, name: str) -> tuple[Key, ...]:
        return dict(self.items())[name]

    def __iter__(self) -> Iterator[str]:
        return iter(dict(self.items()))

    def __len__(self) -> int:
        return len(self.items())


def encoded(value: JSON) -> bytes:
    """JSON to be kept: a copy of what orjson gives, which occupies at least 8 KB however short it is (3.13)."""
    return bytes(memoryview(orjson.dumps(value)))


def table_of(kind: str) -> str:
    """The table of a record type: `kobject.shipment` lives in `kobject`."""
    return kind.partition(".")[0] if "." in kind else kind


def folded(index: Index, value: JSON) -> JSON:
    """A look-up value in the form the index keeps."""
    return value.lower() if index.fold and isinstance(value, str) else value


def between(low: Key, below: Key) -> Range:
    """The part of an index from one key on up to another one, which is not in it."""
    return Range(low=low, high=below, below_high=True)


def _taken(table: str, index: str) -> Conflict:
    return Conflict(
        Problem(
            message=f"Another {table} already has this {index}; it must be unique.",
            pointer=f"/{index}",
            meta={"unique": index},
        ),
        rule="unique-values",
    )
