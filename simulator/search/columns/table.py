"""The columns of one table, and how they are brought up to date.

Decision: a record that has changed gets a new position, and its old one is struck out of `live`; no column ever takes
a value away. So a column needs not know what a record had before, sets that were shared stay true for whoever holds
them, and an update costs what an insertion does. The cost: struck positions take room until the columns are made anew,
which is done when they are more than the others.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Protocol

from pyroaring import FrozenBitMap

from kustomer_sandbox.simulator.search.columns.column import Column, Gathered
from kustomer_sandbox.simulator.search.columns.facets import DELETED, ID, Facet
from kustomer_sandbox.simulator.search.columns.order import OrderKey, RecordOrder
from kustomer_sandbox.simulator.search.columns.postings import NONE, both, united
from kustomer_sandbox.simulator.store.table_cache import TableCache
from kustomer_sandbox.simulator.values.record import Record

SPARE = 1024
"""Struck positions that a table may have however few records it holds."""


class Tables(Protocol):
    """The records that searches go through, by type."""

    def table_cache(self, kind: str, /) -> TableCache | None:
        """What is kept with the table of a type; None where there is no table or nothing can be kept."""
        ...

    def each(self, kind: str, ids: Collection[str] | None = None, /) -> Iterable[Record]:
        """Those of these records that there are, deleted ones too; without ids all of the type, in order of id."""
        ...


class Columns:
    """The columns of a table. A position stands for a record as it was at one time; `live` are those that still are."""

    __slots__ = ("_columns", "_ids", "live")

    def __init__(self) -> None:
        self._columns: dict[Facet, Column] = {ID: Column()}
        self._ids: list[str] = []
        self.live: FrozenBitMap = NONE

    def __getitem__(self, facet: Facet) -> Column:
        """A column that was asked for when the columns were opened."""
        return self._columns[facet]

    @property
    def facets(self) -> Collection[Facet]:
        return self._columns.keys()

    def want(self, facets: Iterable[Facet]) -> None:
        """Have columns of these; for columns that hold no record yet."""
        self._columns |= {facet: Column() for facet in facets if facet not in self._columns}

    def copy(self) -> Columns:
        """An independent copy that shares what neither writes into."""
        other = Columns()
        other._columns = {facet: column.copy() for facet, column in self._columns.items()}
        other._ids, other.live = self._ids.copy(), self.live
        return other

    @property
    def is_worn(self) -> bool:
        """Whether most positions are struck out."""
        return len(self._ids) > 2 * len(self.live) + SPARE

    def ids(self, positions: Iterable[int]) -> list[str]:
        return [self._ids[position] for position in positions]

    def order(self, keys: Sequence[OrderKey]) -> RecordOrder:
        """The order by some columns of these, and then by id."""
        return RecordOrder(keys=keys, ids=self._ids, by_id=self._columns[ID])

    def at(self, id: str) -> FrozenBitMap:
        """The position of a record; none if it is not there."""
        return both(self.live, self._columns[ID].having(id))

    def renew(self, ids: Collection[str], records: Iterable[Record]) -> None:
        """Records of these ids were written, and `records` are those of them that are there now."""
        self.live -= united(self._columns[ID].having(id) for id in ids)
        start = len(self._ids)
        self._take(self._columns, self._placed(records))
        self.live |= FrozenBitMap(range(start, len(self._ids)))

    def add(self, facets: Iterable[Facet], records: Iterable[Record]) -> None:
        """Make columns of `records`, which are all that there are."""
        columns = {facet: Column() for facet in facets}
        self._take(columns, ((self._position(str(record["id"])), record) for record in records))
        self._columns |= columns

    def _position(self, id: str) -> int:
        """Where a record that is there stands: the last of its positions."""
        posting = self._columns[ID].having(id)
        return posting if isinstance(posting, int) else posting.max()

    def _placed(self, records: Iterable[Record]) -> Iterator[tuple[int, Record]]:
        for record in records:
            self._ids.append(str(record["id"]))
            yield len(self._ids) - 1, record

    @staticmethod
    def _take(columns: dict[Facet, Column], placed: Iterable[tuple[int, Record]]) -> None:
        taking = [(facet.read, column, Gathered()) for facet, column in columns.items()]
        for position, record in placed:
            for read, _, gathered in taking:
                gathered.take(position, read(record))
        for _, column, gathered in taking:
            column.absorb(gathered)


def opened(tables: Tables, kind: str, facets: Collection[Facet]) -> Columns:
    """The columns of a type as its records are now, with at least these; made for once where none can be kept."""
    cache = tables.table_cache(kind) or TableCache()
    held = cache.value
    if not isinstance(held, Columns):
        return _made(tables, kind, {*facets, DELETED}, cache)
    missing = [facet for facet in facets if facet not in held.facets]
    written = cache.written()
    if not missing and not written:
        return held
    columns = held.copy() if cache.is_shared else held
    if written:
        columns.renew(written, tables.each(kind, written))
    if columns.is_worn:
        return _made(tables, kind, {*columns.facets, *facets}, cache)
    if missing:
        columns.add(missing, tables.each(kind))
    cache.put(columns)
    return columns


def _made(tables: Tables, kind: str, facets: Collection[Facet], cache: TableCache) -> Columns:
    columns = Columns()
    columns.want(facets)
    columns.renew((), tables.each(kind))
    cache.put(columns)
    return columns
