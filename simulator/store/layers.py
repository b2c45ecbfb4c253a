"""A memory store that knows what was written since its snapshots, so that it can be written down bit by bit.

What is written between two snapshots is a layer upon the layers below it. Snapshots, forks and resets stand on the
layer that they were taken of, as they share its tables in memory: so a fork is one new layer, whatever the size of
what was forked, and what many worlds begin with is written down once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from kustomer_sandbox.simulator.store.memory import CounterWindow, MemorySnapshot, MemoryStore
from kustomer_sandbox.simulator.store.protocol import StoreSnapshot
from kustomer_sandbox.simulator.store.tables import KeyedRow

LOG = "(log)"
"""The table of the lines of `LayeredStore.log`; no record type can have this name."""


def log_id(number: int) -> str:
    """The id of a line of a log: they sort as their numbers do."""
    return f"{number:012d}"


class Layer:
    """What was written to a store upon another layer; `number` is its name where it is kept, None while it is not.

    `unsaved` are the rows written since it was kept last, by table and id, None in the place of one that was removed.
    """

    __slots__ = ("__weakref__", "below", "number", "unsaved")

    def __init__(self, below: Layer | None = None, number: int | None = None) -> None:
        self.below = below
        self.number = number
        self.unsaved: dict[tuple[str, str], KeyedRow | None] = {}

    @property
    def is_bare(self) -> bool:
        """Whether nothing was written to it yet."""
        return not self.unsaved and self.number is None


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class LayeredSnapshot(MemorySnapshot):
    """A state of a `LayeredStore`: the layer on which all that comes after it stands, and how far its log went."""

    layer: Layer
    logged: int


def _nothing() -> None:
    """Nobody keeps a log beside this store."""


class LayeredStore(MemoryStore):
    """A memory store whose writes are to be kept. Reads are those of the memory store, to the byte.

    `before_layer_ends` is called before a layer is closed: for what is kept beside the rows, which `log` adds.
    """

    def __init__(self) -> None:
        super().__init__()
        self.layer = Layer()
        self.logged = 0
        """The number of the last line that was added by `log`."""
        self.counted: dict[str, CounterWindow] = {}
        """The counters that were taken from since they were kept last."""
        self.before_layer_ends: Callable[[], None] = _nothing

    def log(self, number: int, row: KeyedRow) -> None:
        """Keep a numbered line of a log beside the rows: it is found in no table, and goes back with a snapshot."""
        self.layer.unsaved[LOG, log_id(number)] = row
        self.logged = number

    def load_row(self, table: str, id: str, record: KeyedRow | None) -> None:
        """Put what was kept where it was, without keeping it again."""
        self._own(table).replace(id, record)

    def load_counters(self, counters: dict[str, CounterWindow]) -> None:
        """Have these counters, as they were kept."""
        self._counters, self._owns_counters = counters, True

    def merge_counters(self, counters: dict[str, CounterWindow]) -> None:
        """Have these counters beside those that are there, without keeping them again."""
        for name, window in counters.items():
            super()._set_window(name, window)

    def all_counters(self) -> dict[str, CounterWindow]:
        """Every counter by its name; for reading only."""
        return self._counters

    def snapshot(self) -> LayeredSnapshot:
        self.before_layer_ends()
        taken = super().snapshot()
        below = self._end_layer()
        return LayeredSnapshot(tables=taken.tables, counters=taken.counters, layer=below, logged=self.logged)

    def restore(self, snapshot: StoreSnapshot) -> None:
        """Take over a snapshot of this or another `LayeredStore`; `TypeError` for any other kind."""
        if not isinstance(snapshot, LayeredSnapshot):
            raise TypeError("a layered store restores only snapshots of layered stores")
        if self._depth:
            self._undo.append(partial(self._stand_on, self.layer, self.logged))
        super().restore(snapshot)
        self._stand_on(Layer(snapshot.layer), snapshot.logged)

    def fork(self) -> LayeredStore:
        fork = LayeredStore()
        fork.restore(self.snapshot())
        return fork

    def _end_layer(self) -> Layer:
        """Close the layer unless nothing is in it; gives the one that holds all there is."""
        if self.layer.is_bare and self.layer.below is not None:
            return self.layer.below
        ended = self.layer
        self.layer = Layer(ended)
        return ended

    def _stand_on(self, layer: Layer, logged: int) -> None:
        self.layer, self.logged = layer, logged

    def _change(self, table: str, id: str, record: KeyedRow | None) -> None:
        super()._change(table, id, record)
        self.layer.unsaved[table, id] = record

    def _put(self, table: str, id: str, record: KeyedRow | None) -> None:
        super()._put(table, id, record)
        self.layer.unsaved[table, id] = record

    def _set_window(self, counter: str, window: CounterWindow) -> None:
        super()._set_window(counter, window)
        self.counted[counter] = window
