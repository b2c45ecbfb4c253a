"""Keeps the worlds of a process in a store: after every call what it changed, and after any control all that differs.

A world that cannot be written down is taken up again as it was written last: whoever was told that a call could not
be kept finds that nothing of it happened.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Final

from kustomer_sandbox.simulator.hosting.worlds import Worlds
from kustomer_sandbox.simulator.keeping import changes
from kustomer_sandbox.simulator.keeping.change_detection import marks_of, settings_of, structure_of
from kustomer_sandbox.simulator.keeping.database import Database, StoreUnavailable
from kustomer_sandbox.simulator.keeping.forms import layered_store
from kustomer_sandbox.simulator.keeping.full_save import LastSave, save
from kustomer_sandbox.simulator.keeping.kept_journal import KeptJournal
from kustomer_sandbox.simulator.keeping.layers import SavedLayers, compact
from kustomer_sandbox.simulator.store.layers import Layer, LayeredStore
from kustomer_sandbox.simulator.world.state import WorldState
from kustomer_sandbox.simulator.world.world import World

_SETTLE_AFTER: Final = 256
"""So many lines are added before they are put into the tables."""

_MOST_ROWS = 5_000
"""A change of more rows is not added as one line, but written into the tables at once."""

_SWEEP_AFTER: Final = 64
"""So often is a world written whole before layers that nobody stands on are deleted."""


class Keeper:
    """Keeps the worlds of one process, of which it is told by `Worlds` itself, or those alone that are episodes."""

    def __init__(self, database: Database, *, only_episodes: bool = False) -> None:
        self.database = database
        self._only_episodes = only_episodes
        self._last_saves: dict[str, LastSave] = {}
        self._starts: dict[str, WorldState] = {}
        self._touched: dict[str, World] = {}
        self._files: set[str] = set()
        self._layers = SavedLayers(database)
        self._lines = 0
        self._saves = 0
        self.ticks_to_wait = 0
        """So many ticks nothing is begun, since the store could not be written."""

    # What `Worlds` calls

    def new_store(self) -> LayeredStore:
        return LayeredStore()

    def prepare(self, world: World) -> None:
        store = layered_store(world)
        store.before_layer_ends = partial(changes.log_audit, store, world.audit_log)

    def begun(self, world: World) -> None:
        self._starts[world.name] = world.state()
        self.watch(world)

    def keeps(self, world: World) -> bool:
        """Whether a world is to outlive the process."""
        return not self._only_episodes or world.episode is not None

    # What reloads worlds calls

    def begin_anew(self, worlds: Worlds) -> None:
        """All worlds that are kept are about to be reloaded."""
        self._last_saves.clear()
        others = {world.name for world in worlds if not self.keeps(world)}
        self._starts = {name: start for name, start in self._starts.items() if name in others}
        self._touched.clear()

    def hold(self, layers: Iterable[Layer]) -> None:
        """Layers that were read are in use."""
        for layer in layers:
            self._layers.hold(layer)

    def resumed(self, world: World, start: WorldState) -> None:
        """A world stands as it is kept, and so does the state in which it began."""
        self._starts[world.name] = start
        self.prepare(world)
        self.watch(world)
        self._last_saves[world.name] = self._save_of(world)
        self._layers.hold(layered_store(world).layer)
        self._files |= world.files.held().keys()

    def watch(self, world: World) -> None:
        """Learn of every call and job of a world."""
        journal = KeptJournal(partial(self._touched.__setitem__, world.name, world))
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
        for name in [name for name in self._starts if worlds.get(name) is None]:
            if name in self._last_saves:
                with self._whole():
                    self.database.execute("DELETE FROM worlds WHERE name = ?", (name,))
                    self.database.is_gone(name)
            self.forget(name)

    def is_behind(self, worlds: Worlds) -> bool:
        """Whether a world is kept that is no more, as one whose episode has ended by itself."""
        return bool(self._gone(worlds))

    def _gone(self, worlds: Worlds) -> list[str]:
        return [name for name in self._last_saves if worlds.get(name) is None]

    def forget(self, name: str) -> None:
        """A world is kept no more."""
        for by_name in (self._last_saves, self._starts, self._touched):
            by_name.pop(name, None)

    def followed(self, world: World) -> None:
        """A world stands as it is kept, after lines of others."""
        lines = self._last_saves[world.name].lines
        self._last_saves[world.name] = self._save_of(world)
        self._last_saves[world.name].lines = lines

    # What a shared store's turns call

    def has_saved(self) -> bool:
        """Whether layers were written since the last commit."""
        return self._layers.is_saving

    def is_final(self) -> None:
        """What was saved is committed."""
        self._layers.done()

    def is_undone(self) -> None:
        """What was saved since the last commit is not there."""
        self._layers.undo()

    def held_layers(self) -> list[int]:
        """The numbers of the layers on which something in this process stands."""
        return self._layers.held()

    def is_to_sweep(self) -> bool:
        """Whether so much was written whole that a sweep is worth while; asked before each."""
        is_due = self._saves >= _SWEEP_AFTER
        if is_due:
            self._saves = 0
        return is_due

    def tidy(self) -> None:
        """Before worlds are taken up by the only process that has them: let go of what nobody needs."""
        with self.database.transaction():
            changes.settle(self.database)
        self._layers.sweep()
        with self.database.transaction():
            compact(self.database)

    def close(self) -> None:
        """Tidy up. What was kept is kept, whether this works or not."""
        with contextlib.suppress(StoreUnavailable):
            self.settle()
            self._layers.sweep()
        self.database.close()

    def settle(self) -> None:
        """Put the lines into the tables."""
        with self.database.transaction():
            changes.settle(self.database)
        self._lines = 0

    def _keep(self, worlds: Worlds, world: World) -> None:
        last, store = self._last_saves.get(world.name), layered_store(world)
        changes.log_audit(store, world.audit_log)
        is_line = last is not None and last.world is world and len(store.layer.unsaved) <= _MOST_ROWS
        if last is None or not is_line or last.structure != structure_of(world):
            with self._whole():
                self._save(worlds, world, last if last is not None and last.world is world else None)
            self._last_saves[world.name] = self._save_of(world)
            return
        settings = settings_of(world)
        is_set = last.settings != settings
        line = changes.change_of(world, store, last.journalled, last.noted, is_set=is_set)
        if line is None:
            return
        self.database.add_line(world.name, line)
        store.layer.unsaved, store.counted, last.settings = {}, {}, settings
        last.journalled, last.noted = world.journal.total, marks_of(world)
        self._count_line(world.name, last)

    def _count_line(self, name: str, last: LastSave) -> None:
        """After many lines they are put into the tables: all, or those of a world where others may be in use."""
        self._lines += 1
        last.lines += 1
        with contextlib.suppress(StoreUnavailable):  # they are kept as they are, and tried again later
            if self.database.is_shared and last.lines >= _SETTLE_AFTER:
                last.lines = 0
                with self.database.transaction():
                    changes.settle_world(self.database, name)
            elif not self.database.is_shared and self._lines >= _SETTLE_AFTER:
                self._lines = 0
                self.settle()

    def _save(self, worlds: Worlds, world: World, last: LastSave | None) -> None:
        plan, start = worlds.plan_of(world.name), self._starts[world.name]
        save(self.database, self._layers, world, plan, start, last, self._files)

    def _save_of(self, world: World) -> LastSave:
        layered_store(world).counted = {}
        return LastSave(
            world=world,
            clock=world.clock,
            structure=structure_of(world),
            settings=settings_of(world),
            journalled=world.journal.total,
            noted=marks_of(world),
        )

    @contextmanager
    def _whole(self) -> Iterator[None]:
        """A transaction; what it has numbered is numbered no more if it fails. Raises `StoreUnavailable`."""
        try:
            with self.database.transaction():
                yield
        except BaseException:
            self._layers.undo()
            raise
        self._saves += 1
        if self.database.is_shared:  # it is final, and others are looked after, at the end of the turn
            return
        self._layers.done()
        if self._saves >= _SWEEP_AFTER:
            self._saves = 0
            with contextlib.suppress(StoreUnavailable):
                self._layers.sweep()
