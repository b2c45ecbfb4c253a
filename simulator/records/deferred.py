"""A unit of work for scenarios: what is written many times, as a conversation is by its messages, is stored once."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import AbstractContextManager

from kustomer_sandbox.simulator.records.records import Place, Records, table_of
from kustomer_sandbox.simulator.records.unit_of_work import WINDOW, UnitOfWork
from kustomer_sandbox.simulator.store.protocol import Order, Row
from kustomer_sandbox.simulator.values.change import Subscriber
from kustomer_sandbox.simulator.values.record import Record

_AT_ONCE = frozenset({WINDOW, "webhook", "sla", "sla_version", "queue_rule"})
"""Tables that are read past the unit of work, by who sends webhooks and by what follows from a world's records."""


class DeferredUnitOfWork(UnitOfWork):
    """Stores a record when its table is searched, at `settle`, and before any transaction.

    For one who plays many acts in a row and whom nobody interrupts: until then others do not see what was written,
    and a unique value that another record has is a `Conflict` no sooner.
    """

    __slots__ = ("_pending",)

    def __init__(self, records: Records, subscribers: Collection[Subscriber] = ()) -> None:
        super().__init__(records, subscribers)
        self._pending: dict[str, dict[str, tuple[str, Record]]] = {}

    @classmethod
    def like(cls, unit: UnitOfWork) -> DeferredUnitOfWork:
        """A new one over the same records and with the same subscribers."""
        return cls(unit._records, unit._subscribers)  # noqa: SLF001 - of its own kind

    def settle(self) -> None:
        """Store all that was written, and forget what was read. Raises `Conflict` as `write` of the plain unit does."""
        for table in list(self._pending):
            self._settle(table)
        self._rows.clear()

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
        self._settle(table_of(kind))
        return super().find(kind, index, at, order=order, limit=limit, offset=offset)

    def get_by(self, kind: str, index: str, at: Place) -> Record | None:
        self._settle(table_of(kind))
        return super().get_by(kind, index, at)

    def ids(self, kind: str, index: str, at: Place) -> list[str]:
        self._settle(table_of(kind))
        return super().ids(kind, index, at)

    def count(self, kind: str, index: str = "id", at: Place = None) -> int:
        self._settle(table_of(kind))
        return super().count(kind, index, at)

    def transaction(self) -> AbstractContextManager[None]:
        self.settle()
        return super().transaction()

    def _remove(self, kind: str, id: str) -> None:
        self._settle(table_of(kind))
        super()._remove(kind, id)

    def _stored(self, kind: str, id: str, before: Record | None, after: Record, names: tuple[str, ...]) -> Row:
        table = table_of(kind)
        if self._depth or table in _AT_ONCE:
            return super()._stored(kind, id, before, after, names)
        self._pending.setdefault(table, {})[id] = kind, after
        return Row(id, 0, b"")

    def _settle(self, table: str) -> None:
        for id, (kind, record) in self._pending.pop(table, {}).items():
            if self._records.store.get(table, id) is None:
                row = self._records.add(kind, id, record)
            else:
                row = self._records.replace(kind, id, record, changed=None)
            self._cache.hold(table, row, record)
            self._rows[table, id] = row, record
