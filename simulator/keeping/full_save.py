"""Writing a world whole, with its snapshots and the state in which it began."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from kustomer_sandbox.simulator.hosting.worlds import WorldSpec
from kustomer_sandbox.simulator.keeping import changes, forms
from kustomer_sandbox.simulator.keeping.change_detection import marks_of, structure_of
from kustomer_sandbox.simulator.keeping.database import Database
from kustomer_sandbox.simulator.keeping.layers import SavedLayers
from kustomer_sandbox.simulator.values.clock import WorldClock
from kustomer_sandbox.simulator.world.state import WorldState
from kustomer_sandbox.simulator.world.world import World

START: Final = "start"
"""The id among a world's states of the one that it began in, to which a reset leads."""


@dataclass(kw_only=True, slots=True)
class LastSave:
    """A world as it was saved last: its structure and settings, how far its lists had come, and the `lines` since.

    A world that was reset has another clock.
    """

    world: World
    clock: WorldClock
    structure: tuple[object, ...]
    settings: tuple[object, ...]
    journalled: int
    noted: tuple[int, ...]
    lines: int = 0


def save(
    database: Database,
    layers: SavedLayers,
    world: World,
    plan: WorldSpec,
    start: WorldState,
    last: LastSave | None,
    files: Collection[str],
) -> None:
    """Write a world whole; of lists that have only grown, what is new. Of its contents, those not in `files`."""
    name = world.name
    changes.settle_world(database, name)
    if last is None:
        database.execute("DELETE FROM worlds WHERE name = ?", (name,))
        database.is_gone(name)
    store = forms.layered_store(world)
    layer = layers.save(store.layer)
    form = forms.text_of(forms.world_form(world, store.all_counters()))
    spec = forms.text_of(forms.spec_form(plan))
    database.execute(
        "INSERT INTO worlds (name, layer, spec, form) VALUES (?, ?, ?, ?) "
        "ON CONFLICT (name) DO UPDATE SET layer = excluded.layer, spec = excluded.spec, form = excluded.form",
        (name, layer, spec, form),
    )
    _save_states(database, layers, world, start)
    _save_lists(database, world, last)
    new = [(digest, held) for digest, held in world.files.held().items() if digest not in files]
    database.executemany("INSERT INTO files VALUES (?, ?) ON CONFLICT (digest) DO NOTHING", new)
    database.is_written_whole(name, is_anew=last is None or last.clock is not world.clock)


def _save_states(database: Database, layers: SavedLayers, world: World, start: WorldState) -> None:
    held = {snapshot.id: snapshot.state for snapshot in world.snapshots.all()} | {START: start}
    known = database.execute("SELECT id FROM states WHERE world = ?", (world.name,))
    for (id,) in known:
        if id not in held:
            database.execute("DELETE FROM states WHERE world = ? AND id = ?", (world.name, id))
    for id in held.keys() - {id for (id,) in known}:
        layer = layers.save(forms.layered_snapshot(held[id]).layer)
        form = forms.text_of(forms.state_form(held[id]))
        statement = "INSERT INTO states (world, id, layer, form) VALUES (?, ?, ?, ?)"
        database.execute(statement, (world.name, id, layer, form))


def _save_lists(database: Database, world: World, last: LastSave | None) -> None:
    """Journal and recording."""
    name, structure = world.name, structure_of(world)
    journalled = last.journalled if last is not None and last.structure[0] == structure[0] else None
    if journalled is None:
        database.execute("DELETE FROM journal WHERE world = ?", (name,))
    rows = world.journal.rows_since(journalled or 0)
    changes.put_journal(database, name, world.journal.total, rows)
    noted = last.noted if last is not None and last.structure[1] == structure[1] else None
    if noted is None:
        database.execute("DELETE FROM recordings WHERE world = ?", (name,))
    if world.recording is not None:
        marks = noted or (0,) * len(marks_of(world))
        changes.put_notes(database, name, marks, world.recording.notes.since(marks))
