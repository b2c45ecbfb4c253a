"""Keeps the worlds of a process in a store: after every call what it changed, and after any control all that differs.

A world that cannot be written down is taken up again as it was written last: whoever was told that a call could not
be kept finds that nothing of it happened.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from kustomer_sandbox.simulator.hosting.worlds import Worlds
from kustomer_sandbox.simulator.keeping import changes, forms
from kustomer_sandbox.simulator.keeping.database import speaking, transaction, unavailable
from kustomer_sandbox.simulator.keeping.journals import TouchingJournal
from kustomer_sandbox.simulator.keeping.layers import LayerShelf, compact
from kustomer_sandbox.simulator.keeping.standing import layered_store, log_audit, marks_of, standing_of
from kustomer_sandbox.simulator.store.layers import Layer, LayeredStore
from kustomer_sandbox.simulator.world.state import WorldState
from kustomer_sandbox.simulator.world.world import World

START: Final = "start"
"""The id among a world's states of the one that it began in, to which a reset leads."""

_SETTLE_AFTER: Final = 256
"""So many lines are added before they are put into the tables."""

_MOST_ROWS = 5_000
"""A change of more rows is not added as one line, but written into the tables at once."""

_SWEEP_AFTER: Final = 64
"""So often is a world written whole before layers that nobody stands on are deleted."""


@dataclass(slots=True)
class _Beside:
    """What is kept with a world, and is not its own: states to compare it with or go back to, and somebody's note."""

    states: dict[str, WorldState] = field(default_factory=dict)
    note: str = ""


@dataclass(kw_only=True, slots=True)
class _Kept:
    """What is kept of a world: the world itself, how it stood, and how far its lists had come."""

    world: World
    standing: tuple[object, ...]
    journalled: int
    noted: tuple[int, ...]


class Keeper:
    """Keeps the worlds of one process, of which it is told by `Worlds` itself, or those alone that have a note."""

    def __init__(self, connection: sqlite3.Connection, *, only_noted: bool = False) -> None:
        self.connection = connection
        self._only_noted = only_noted
        self._kept: dict[str, _Kept] = {}
        self._beside: dict[str, _Beside] = {}
        self._touched: dict[str, World] = {}
        self._files: set[str] = set()
        self._layers = LayerShelf(connection)
        self._lines = 0
        self._saves = 0
        self.ticks_to_wait = 0
        """So many ticks nothing is begun, since the store could not be written."""

    # What `Worlds` calls

    def new_store(self) -> LayeredStore:
        return LayeredStore()

    def pair(self, world: World) -> None:
        store = layered_store(world)
        store.before_layer_ends = partial(log_audit, store, world.audit_log)

    def begun(self, world: World) -> None:
        self._beside[world.name] = _Beside({START: world.state()})
        self.watch(world)

    # What is kept with a world

    def put_beside(self, world: World, id: str, note: str) -> None:
        """Keep a world's present state under an id, and a note for whoever takes it up again."""
        beside = self._beside[world.name]
        beside.states[id], beside.note = world.state(), note

    def note_of(self, world: World) -> str:
        """The note that was kept with a world; empty if none was."""
        return self._beside[world.name].note

    def state_of(self, world: World, id: str) -> WorldState:
        """The state that was kept under an id."""
        return self._beside[world.name].states[id]

    def keeps(self, world: World) -> bool:
        """Whether a world is to outlive the process."""
        return not self._only_noted or bool(self.note_of(world))

    # What takes worlds up again calls

    def begin_anew(self, layers: Iterable[Layer]) -> None:
        """All worlds that are kept are about to be taken up again, upon these layers."""
        self._kept.clear()
        self._beside = {name: beside for name, beside in self._beside.items() if self._only_noted and not beside.note}
        self._touched.clear()
        for layer in layers:
            self._layers.hold(layer)

    def resumed(self, world: World, states: dict[str, WorldState], note: str) -> None:
        """A world stands as it is kept, and so do the states and the note beside it."""
        self._beside[world.name] = _Beside(states, note)
        self.pair(world)
        self.watch(world)
        self._kept[world.name] = self._kept_now(world)
        self._layers.hold(layered_store(world).layer)
        self._files |= world.files.held().keys()

    def watch(self, world: World) -> None:
        """Learn of every call and job of a world."""
        journal = TouchingJournal(partial(self._touched.__setitem__, world.name, world))
        journal.take_back(world.journal.total, world.journal.rows_since(0))
        world.journal = journal

    # Keeping

    def keep_touched(self, worlds: Worlds) -> None:
        """Keep what the last calls and jobs have changed. Raises `StoreUnavailable`, and none of it is kept."""
        while self._touched:
            name, world = self._touched.popitem()
            if worlds.get(name) is world and self.keeps(world):
                self._keep(worlds, world)

    def keep_all(self, worlds: Worlds) -> None:
        """Keep every world as it is, and let go of those that are gone. Raises as `keep_touched`."""
        self._touched.clear()
        for world in filter(self.keeps, worlds):
            self._keep(worlds, world)
        for name in [name for name in self._beside if worlds.get(name) is None]:
            if name in self._kept:
                with self._whole():
                    self.connection.execute("DELETE FROM worlds WHERE name = ?", (name,))
                del self._kept[name]
            del self._beside[name]

    def is_behind(self, worlds: Worlds) -> bool:
        """Whether a world is kept that is no more, as one whose episode has ended by itself."""
        return any(worlds.get(name) is None for name in self._kept)

    def tidy(self) -> None:
        """Before worlds are taken up: let go of what nobody needs."""
        with transaction(self.connection):
            changes.settle(self.connection)
        self._layers.sweep()
        with transaction(self.connection):
            compact(self.connection)

    def close(self) -> None:
        """Tidy up. What was kept is kept, whether this works or not."""
        with contextlib.suppress(sqlite3.Error):
            self.settle()
            self._layers.sweep()
        with contextlib.suppress(sqlite3.Error):
            self.connection.close()

    def settle(self) -> None:
        """Put the lines into the tables."""
        with transaction(self.connection):
            changes.settle(self.connection)
        self._lines = 0

    def _keep(self, worlds: Worlds, world: World) -> None:
        kept, store = self._kept.get(world.name), layered_store(world)
        log_audit(store, world.audit_log)
        is_line = kept is not None and kept.world is world and len(store.layer.unsaved) <= _MOST_ROWS
        if kept is None or not is_line or kept.standing != self._standing(world):
            with self._whole():
                self._save(worlds, world, kept if kept is not None and kept.world is world else None)
            self._kept[world.name] = self._kept_now(world)
            return
        line = changes.change_of(world, store, kept.journalled, kept.noted)
        if line is None:
            return
        try:  # not `speaking`, which every call would pay for
            self.connection.execute("INSERT INTO changes (world, entry) VALUES (?, ?)", (world.name, line))
        except sqlite3.DatabaseError as fault:
            raise unavailable(fault) from None
        store.layer.unsaved, store.counted = {}, {}
        kept.journalled, kept.noted = world.journal.total, marks_of(world)
        self._lines += 1
        if self._lines >= _SETTLE_AFTER:
            self._lines = 0
            with contextlib.suppress(sqlite3.Error):  # they are kept as they are, and tried again later
                self.settle()

    def _save(self, worlds: Worlds, world: World, kept: _Kept | None) -> None:
        """Write a world whole; of lists that have only grown, what is new."""
        connection, name = self.connection, world.name
        changes.settle(connection)
        if kept is None:
            connection.execute("DELETE FROM worlds WHERE name = ?", (name,))
        store = layered_store(world)
        layer = self._layers.save(store.layer)
        form = forms.text_of(forms.world_form(world, store.all_counters()) | {"note": self._beside[name].note})
        spec = forms.text_of(forms.spec_form(worlds.plan_of(name)))
        connection.execute(
            "INSERT INTO worlds VALUES (?, ?, ?, ?) "
            "ON CONFLICT (name) DO UPDATE SET layer = excluded.layer, spec = excluded.spec, form = excluded.form",
            (name, layer, spec, form),
        )
        self._save_states(world)
        self._save_lists(world, kept)
        new = [(digest, held) for digest, held in world.files.held().items() if digest not in self._files]
        connection.executemany("INSERT OR IGNORE INTO files VALUES (?, ?)", new)

    def _save_states(self, world: World) -> None:
        held = {snapshot.id: snapshot.state for snapshot in world.snapshots.all()} | self._beside[world.name].states
        known = self.connection.execute("SELECT id FROM states WHERE world = ?", (world.name,)).fetchall()
        for (id,) in known:
            if id not in held:
                self.connection.execute("DELETE FROM states WHERE world = ? AND id = ?", (world.name, id))
        for id in held.keys() - {id for (id,) in known}:
            layer = self._layers.save(forms.layered(held[id]).layer)
            form = forms.text_of(forms.state_form(held[id]))
            self.connection.execute("INSERT INTO states VALUES (?, ?, ?, ?)", (world.name, id, layer, form))

    def _save_lists(self, world: World, kept: _Kept | None) -> None:
        """Journal and recording."""
        name, standing = world.name, self._standing(world)
        journalled = kept.journalled if kept is not None and kept.standing[0] == standing[0] else None
        if journalled is None:
            self.connection.execute("DELETE FROM journal WHERE world = ?", (name,))
        rows = world.journal.rows_since(journalled or 0)
        changes.put_journal(self.connection, name, world.journal.total, rows)
        noted = kept.noted if kept is not None and kept.standing[1] == standing[1] else None
        if noted is None:
            self.connection.execute("DELETE FROM recordings WHERE world = ?", (name,))
        if world.recording is not None:
            marks = noted or (0,) * len(marks_of(world))
            changes.put_notes(self.connection, name, marks, world.recording.notes.since(marks))

    def _kept_now(self, world: World) -> _Kept:
        store = layered_store(world)
        store.counted = {}
        standing = self._standing(world)
        return _Kept(world=world, standing=standing, journalled=world.journal.total, noted=marks_of(world))

    def _standing(self, world: World) -> tuple[object, ...]:
        return (*standing_of(world), self._beside[world.name].note)

    @contextmanager
    def _whole(self) -> Iterator[None]:
        """A transaction; what it has numbered is numbered no more if it fails. Raises `StoreUnavailable`."""
        with speaking():
            try:
                with transaction(self.connection):
                    yield
            except BaseException:
                self._layers.undo()
                raise
        self._layers.done()
        self._lines = 0
        self._saves += 1
        if self._saves >= _SWEEP_AFTER:
            self._saves = 0
            with contextlib.suppress(sqlite3.Error):
                self._layers.sweep()
