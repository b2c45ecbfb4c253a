"""Records over a store: encodes and decodes JSON, derives index keys from the contract.

What `get` and `find` return is decoded afresh: changing it changes nothing until `update`. What `look` and
`amend` return is decoded once, held here, and for reading only.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import orjson

from kustomer_sandbox.contracts.model import Index, Resource
from kustomer_sandbox.simulator.records.cache import RecordCache
from kustomer_sandbox.simulator.records.indexing import Reader, attributes_of, reader
from kustomer_sandbox.simulator.store.protocol import (
    DuplicateKey,
    Key,
    MissingRow,
    Order,
    Range,
    Row,
    StaleRevision,
    Store,
)
from kustomer_sandbox.simulator.values.errors import Conflict, NotFound, Problem
from kustomer_sandbox.simulator.values.outcome import StoredRecord
from kustomer_sandbox.simulator.values.record import JSON, Record

MOST_HELD = 256
"""Decoded records held for `look`; beyond it all are forgotten and begun anew."""

TOMBSTONES = "(tombstones)"
"""The index under which deleted records are kept; no contract can declare one of this name."""


class Records:
    """Typed access to one world's store. Tables are record types; all KObjects share `kobject`."""

    def __init__(self, store: Store, resources: Mapping[str, Resource], cache: RecordCache | None = None) -> None:
        self.store = store
        self.cache = cache or RecordCache()
        self._by_type = {resource.type: resource for resource in resources.values()}
        self._unique = {
            kind: tuple(index.name for index in resource.indexes.values() if index.unique)
            for kind, resource in self._by_type.items()
        }
        self._defaults: dict[str, bytes] = {}
        self._readers: dict[str, tuple[tuple[str, Reader], ...]] = {}
        self._concerned: dict[str, dict[str, list[tuple[str, Reader]]]] = {}
        self._held: dict[tuple[str, str], tuple[bytes, Record]] = {}

    def resource(self, kind: str) -> Resource:
        """The contract of a record type (`kobject.shipment` is a `kobject`)."""
        return self._by_type[table_of(kind)]

    def defaults(self, kind: str) -> dict[str, JSON]:
        """The attributes a new record starts with, for the caller to keep."""
        table = table_of(kind)
        data = self._defaults.get(table)
        if data is None:
            data = self._defaults[table] = encoded(self._by_type[table].defaults)
        # Through JSON, which is what they are: several times as quick as `copy.deepcopy`.
        defaults: dict[str, JSON] = orjson.loads(data)
        return defaults

    def kinds(self) -> Iterable[Resource]:
        """The contracts of all record types."""
        return self._by_type.values()

    def get(self, kind: str, id: str, *, deleted: bool = False) -> Record | None:
        """A record, or None; deleted ones only when asked for."""
        row = self.store.get(table_of(kind), id)
        if row is None:
            return None
        record: Record = orjson.loads(row.data)
        return None if record.get("deleted") and not deleted else record

    def get_readonly(self, kind: str, id: str) -> Record | None:
        """A record for reading only, or None if deleted or not there: decoded once until it changes."""
        row = self.store.get(table_of(kind), id)
        if row is None:
            return None
        record = self._decoded(kind, row)
        return None if record.get("deleted") else record

    def _decoded(self, kind: str, row: Row) -> Record:
        held = self._held.get((kind, row.id))
        # The very bytes: whatever became of the store meanwhile, they say the same as what was made of them.
        return held[1] if held is not None and held[0] is row.data else self._hold(kind, row, orjson.loads(row.data))

    def _hold(self, kind: str, row: Row, record: Record) -> Record:
        if len(self._held) >= MOST_HELD:
            self._held.clear()
        self._held[kind, row.id] = (row.data, record)
        return record

    def get_stored(self, row: Row | None) -> StoredRecord | None:
        """A stored row as an answer, decoded once however often it is asked for; None if deleted or not there."""
        if row is None:
            return None
        record = self.cache.record(row.data)
        return None if record.get("deleted") else StoredRecord(record=record, data=row.data)

    def exists(self, kind: str, id: str) -> bool:
        """Whether there is such a record that is not deleted; decodes it only if it may be."""
        row = self.store.get(table_of(kind), id)
        return row is not None and (b'"deleted":true' not in row.data or self.get(kind, id) is not None)

    def get_or_404(self, kind: str, id: str) -> Record:
        """A record that must exist; raises `NotFound`."""
        record = self.get(kind, id)
        if record is None:
            raise NotFound(f"There is no {kind} with this id.")
        return record

    def insert(self, record: Record) -> Record:
        """Store a new record; a unique value already held, or a known id, is a `Conflict`."""
        table = table_of(record["type"])
        data, keys = encoded(record), self.keys(record)
        try:
            self.store.insert(table, record["id"], data, keys, unique=self._unique.get(table, ()))
        except DuplicateKey as taken:
            raise _taken(table, taken.index) from None
        return record

    def update(self, record: Record, *, rev: int | None = None) -> Record:
        """Replace a record; `rev`, when given, must be the attribute `rev` now stored."""
        table = table_of(record["type"])
        if rev is not None:
            self._expect(table, record["id"], rev)
        data, keys = encoded(record), self.keys(record)
        try:
            self.store.update(table, record["id"], data, keys, unique=self._unique.get(table, ()))
        except DuplicateKey as taken:
            raise _taken(table, taken.index) from None
        except StaleRevision:
            raise _stale() from None
        return record

    def amend(self, kind: str, id: str, changes: Mapping[str, JSON]) -> Record:
        """Change some attributes of a record that is there; renews only the indexes that read them.

        The changes are held on to, so nobody may write into them afterwards. Raises `Conflict`.
        """
        table = table_of(kind)
        row = self.store.get(table, id)
        if row is None:
            raise MissingRow(table)
        before = self._decoded(kind, row)
        record = {**before, "attributes": {**before["attributes"], **changes}}
        data, keys = encoded(record), self._keys_concerned(record, changes)
        try:
            row = self.store.amend(table, id, data, keys, unique=self._unique.get(table, ()))
        except DuplicateKey as taken:
            raise _taken(table, taken.index) from None
        return self._hold(kind, row, record)

    def _keys_concerned(self, record: Record, attributes: Iterable[str]) -> dict[str, tuple[Key, ...]]:
        """The record's values under the indexes that read one of these attributes."""
        if record.get("deleted"):
            return {}
        concerned = self._concerned_of(table_of(record["type"]))
        return {name: read(record) for attribute in attributes for name, read in concerned.get(attribute, ())}

    def _expect(self, table: str, id: str, rev: int) -> None:
        current = self.get_or_404(table, id)
        if current["attributes"].get("rev") != rev:
            raise _stale()

    def remove(self, kind: str, id: str) -> None:
        """Forget a record."""
        self.store.delete(table_of(kind), id)

    def find(
        self,
        kind: str,
        index: str = "id",
        at: Key | Range | None = None,
        *,
        order: Order = "asc",
        limit: int | None = None,
        offset: int = 0,
    ) -> list[Record]:
        """Records by an index, as `Store.find`."""
        rows = self.store.find(table_of(kind), index, at, order=order, limit=limit, offset=offset)
        return [orjson.loads(row.data) for row in rows]

    def count(self, kind: str, index: str = "id", at: Key | Range | None = None) -> int:
        return self.store.count(table_of(kind), index, at)

    def keys(self, record: Record) -> dict[str, tuple[Key, ...]]:
        """The record's values under each declared index that has any of it."""
        if record.get("deleted"):
            return {TOMBSTONES: ("yes",)}
        readers = self._readers_of(table_of(record["type"]))
        return {name: values for name, read in readers if (values := read(record))}

    def _readers_of(self, table: str) -> tuple[tuple[str, Reader], ...]:
        """How a table's indexes read a record, made at its first write: a world has more tables than it writes to."""
        readers = self._readers.get(table)
        if readers is None:
            indexes = self._by_type[table].indexes if table in self._by_type else {}
            readers = self._readers[table] = tuple((name, reader(index)) for name, index in indexes.items())
        return readers

    def _concerned_of(self, table: str) -> dict[str, list[tuple[str, Reader]]]:
        """By attribute, how the indexes that read it read a record."""
        concerned = self._concerned.get(table)
        if concerned is None:
            concerned = self._concerned[table] = {}
            for name, read in self._readers_of(table):
                for attribute in attributes_of(self._by_type[table].indexes[name]):
                    concerned.setdefault(attribute, []).append((name, read))
        return concerned


def encoded(value: JSON) -> bytes:
    """JSON to be kept: a copy of what orjson gives, which occupies at least 8 KB however short it is (3.13)."""
    return bytes(memoryview(orjson.dumps(value)))


def table_of(kind: str) -> str:
    """The table of a record type: `kobject.shipment` lives in `kobject`."""
    return kind.partition(".")[0] if "." in kind else kind


def folded(index: Index, value: JSON) -> JSON:
    """A look-up value in the form the index keeps."""
    return value.lower() if index.fold and isinstance(value, str) else value


def _taken(table: str, index: str) -> Conflict:
    return Conflict(
        Problem(
            message=f"Another {table} already has this {index}; it must be unique.",
            pointer=f"/{index}",
            meta={"unique": index},
        ),
        rule="unique-values",
    )


def _stale() -> Conflict:
    return Conflict(
        Problem(message="The record has changed since this rev; read it again and repeat.", pointer="/rev"),
        rule="optimistic-lock",
    )
