"""What one call reads and writes: each row is fetched once, and who subscribes is told what the call changed.

Every record a unit of work hands out is for reading only, but for those that `find` gives. To change one, a rule
makes a new one and has `operations.changes` store it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from types import TracebackType
from typing import NamedTuple

from kustomer_sandbox.simulator.records.differing import attributes_of, changed_parts, differing_names
from kustomer_sandbox.simulator.records.records import Place, Records, table_of
from kustomer_sandbox.simulator.store.protocol import Order, Row
from kustomer_sandbox.simulator.store.table_cache import TableCache
from kustomer_sandbox.simulator.values.change import Change, ChangeKind, Subscriber
from kustomer_sandbox.simulator.values.errors import NotFound, Problem
from kustomer_sandbox.simulator.values.outcome import StoredRecords
from kustomer_sandbox.simulator.values.record import JSON, Principal, Record

WINDOW = "unmasking_window"
"""The table of unmasking windows, by the id of their customer. What stands there has stamps, and is no record."""

_READING = nullcontext()


class Author(NamedTuple):
    """Who writes, when, and by which operation."""

    by: Principal
    at: datetime
    operation: str


class WroteWhileReading(Exception):
    """A rule of an operation that only reads (a GET) has tried to write: a fault of the rule. Nothing was written."""


class UnitOfWork:
    """An identity map over the store for one call. Writes go through at once; `transaction` undoes them.

    Subscribers are told of changes when the outermost transaction is committed, outside of one at once.
    """

    __slots__ = (
        "_cache",
        "_changes",
        "_depth",
        "_is_reading",
        "_records",
        "_rows",
        "_store",
        "_subscribers",
        "_written",
    )

    def __init__(self, records: Records, subscribers: Collection[Subscriber] = ()) -> None:
        self._records = records
        self._store = records.store
        self._cache = records.cache
        self._subscribers = subscribers
        self._rows: dict[tuple[str, str], tuple[Row, Record] | None] = {}
        self._written: set[tuple[str, str]] = set()
        self._changes: list[Change] = []
        self._depth = 0
        self._is_reading = False

    # Reading

    def get(self, kind: str, id: str, *, deleted: bool = False) -> Record | None:
        """A record, or None; deleted ones only when asked for."""
        held = self._held(kind, id)
        return None if held is None or (held[1].get("deleted") and not deleted) else held[1]

    def get_or_404(self, kind: str, id: str, *, parameter: str = "id") -> Record:
        """A record that must exist. Raises `NotFound`.

        `parameter` is the path parameter that names it; empty where the caller has named it in no path.
        """
        record = self.get(kind, id)
        if record is None:
            raise NotFound(Problem(message=f"There is no {kind} with this id.", parameter=parameter))
        return record

    def get_by(self, kind: str, index: str, at: Place) -> Record | None:
        """The first record at a place of an index, or None."""
        rows = self._store.find(table_of(kind), index, at, limit=1)
        return self._keep(kind, rows[0])[1] if rows else None

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
        return self._records.find(kind, index, at, order=order, limit=limit, offset=offset)

    def find_stored(
        self, kind: str, index: str, at: Place, *, order: Order = "asc", limit: int | None = None, offset: int = 0
    ) -> StoredRecords:
        """The same, none of which is decoded: for who gives them out as they are."""
        rows = self._store.find(table_of(kind), index, at, order=order, limit=limit, offset=offset)
        return StoredRecords([row.data for row in rows])

    def each_stored(self, kind: str, ids: Iterable[str]) -> StoredRecords:
        """Those of these records that there are, deleted ones too, none of which is decoded."""
        return StoredRecords([row.data for row in self._store.get_many(table_of(kind), ids)])

    def ids(self, kind: str, index: str, at: Place) -> list[str]:
        """The ids of the records at a place of an index, none of which is decoded."""
        return [row.id for row in self._store.find(table_of(kind), index, at)]

    def count(self, kind: str, index: str = "id", at: Place = None) -> int:
        """How many records `find` would give without a limit."""
        return self._records.count(kind, index, at)

    def each(self, kind: str, ids: Iterable[str] | None = None) -> Iterable[Record]:
        """Records by their ids, deleted ones too, as `Records.each`. Decoded afresh: the caller may write into them."""
        return self._records.each(kind, ids)

    def table_cache(self, kind: str) -> TableCache | None:
        """What is kept with the table of a type, as `Store.table_cache`."""
        return self._store.table_cache(table_of(kind))

    def defaults(self, kind: str) -> dict[str, JSON]:
        """The attributes a new record starts with, as `Records.defaults`."""
        return self._records.defaults(kind)

    def window_of(self, customer: str) -> bytes | None:
        """The customer's unmasking window as it is stored, None for who has none."""
        held = self._held(WINDOW, customer)
        return None if held is None else held[0].data

    def windows_of(self, customers: Iterable[str]) -> dict[str, bytes | None]:
        """The unmasking windows of these customers as they are stored, None for who has none: at most one read."""
        ids = dict.fromkeys(customers)
        missing = [id for id in ids if (WINDOW, id) not in self._rows]
        if missing:
            self._rows |= dict.fromkeys((WINDOW, id) for id in missing)
            for row in self._store.get_many(WINDOW, missing):
                self._keep(WINDOW, row)
        held = {id: self._rows[WINDOW, id] for id in ids}
        return {id: None if found is None else found[0].data for id, found in held.items()}

    def stored(self, record: Record) -> bytes | None:
        """The bytes of a record that this unit has read and not written, None for any other.

        For who may give out what is stored just as it is.
        """
        key = table_of(record["type"]), record["id"]
        held = self._rows.get(key)
        return held[0].data if held is not None and held[1] is record and key not in self._written else None

    def is_shared(self, record: Record) -> bool:
        """Whether others read this very record, now or later."""
        held = self._rows.get((table_of(record["type"]), record["id"]))
        return held is not None and held[1] is record

    # Writing

    def write(
        self,
        kind: str,
        id: str,
        before: Record | None,
        after: Record | None,
        author: Author,
        names: tuple[str, ...] | None = None,
    ) -> None:
        """Store what stands under an id from now on, None to remove it; `before` is what this unit read there.

        `names` are the attributes that differ, where the caller knows. For `operations.changes` alone: a rule has it
        write. Raises `Conflict` for an id or a unique value that another record has.
        """
        if self._is_reading:
            raise WroteWhileReading(f"a {kind} is written by a call that only reads")
        table = table_of(kind)
        if after is None:
            names = ()
            self._remove(kind, id)
            self._rows[table, id] = None
        else:
            if names is None:
                known = None if before is None else attributes_of(before)
                names = tuple(attributes_of(after)) if known is None else differing_names(known, attributes_of(after))
            self._rows[table, id] = self._stored(kind, id, before, after, names), after
        self._written.add((table, id))
        if self._subscribers:
            change: ChangeKind = "delete" if after is None else "insert" if before is None else "update"
            who, when, operation = author
            self._changes.append(Change(when, who, operation, change, kind, id, before, after, names))
            if not self._depth:
                self._tell()

    def _remove(self, kind: str, id: str) -> None:
        self._records.remove(kind, id)

    def _stored(self, kind: str, id: str, before: Record | None, after: Record, names: tuple[str, ...]) -> Row:
        if before is None:
            row = self._records.add(kind, id, after)
        else:
            row = self._records.replace(kind, id, after, changed=changed_parts(before, after, names))
        self._cache.hold(table_of(kind), row, after)  # what was written is read again soon
        return row

    def reading(self) -> AbstractContextManager[None]:
        """For a call that only reads: costs nothing, and any write from here on raises `WroteWhileReading`."""
        self._is_reading = True
        return _READING

    def transaction(self) -> AbstractContextManager[None]:
        """All or nothing: an exception inside undoes every write since, and nobody is told of any."""
        return _Transaction(self)

    def begin(self) -> tuple[AbstractContextManager[None], int]:
        """Begin what can be undone: the store's transaction, and what `undo` needs to know. For `transaction` alone."""
        self._depth += 1
        return self._store.transaction(), len(self._changes)

    def undo(self, mark: int) -> None:
        """Forget what was written since `begin`: the store has undone it. For `transaction` alone."""
        self._depth -= 1
        del self._changes[mark:]
        self._rows.clear()  # what was written is not there any more

    def commit(self) -> None:
        """End what `begin` began; the outermost tells the subscribers. For `transaction` alone."""
        self._depth -= 1
        if not self._depth and self._changes:
            self._tell()

    def _tell(self) -> None:
        changes, self._changes = self._changes, []
        for subscriber in self._subscribers:
            for change in changes:
                subscriber(change)

    def _held(self, kind: str, id: str) -> tuple[Row, Record] | None:
        table = table_of(kind)
        key = table, id
        if key in self._rows:
            return self._rows[key]
        row = self._store.get(table, id)
        held = self._rows[key] = None if row is None else (row, self._cache.decoded(table, row))
        return held

    def _keep(self, kind: str, row: Row) -> tuple[Row, Record]:
        """What this unit holds of a row: what it has read or written before, if it has."""
        key = table_of(kind), row.id
        held = self._rows.get(key)
        if held is None:
            held = self._rows[key] = row, self._cache.decoded(table_of(kind), row)
        return held


class _Transaction(AbstractContextManager[None]):
    """A transaction of a unit of work. A class, because a generator costs every call twice as much."""

    __slots__ = ("_mark", "_stored", "_unit")

    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit

    def __enter__(self) -> None:
        self._stored, self._mark = self._unit.begin()
        self._stored.__enter__()

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stored.__exit__(kind, fault, trace)
        if kind is None:
            self._unit.commit()
        else:
            self._unit.undo(self._mark)
