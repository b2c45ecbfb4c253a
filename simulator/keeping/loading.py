"""Worlds as they were written down, made again: the same bytes, on the same shared layers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

import orjson

from kustomer_sandbox.simulator.hosting.keeping import KeptStart
from kustomer_sandbox.simulator.hosting.machine_users import renew_keys
from kustomer_sandbox.simulator.hosting.worlds import Worlds, WorldSpec
from kustomer_sandbox.simulator.keeping import forms
from kustomer_sandbox.simulator.keeping.changes import KeptRow, unpacked
from kustomer_sandbox.simulator.keeping.database import Database
from kustomer_sandbox.simulator.keeping.full_save import START
from kustomer_sandbox.simulator.records.records import KeysOfRecord, Records
from kustomer_sandbox.simulator.store.layers import LOG, Layer, LayeredSnapshot, LayeredStore
from kustomer_sandbox.simulator.store.protocol import Keys, Row
from kustomer_sandbox.simulator.store.tables import KeyedRow
from kustomer_sandbox.simulator.values.clock import KeptClock, WorldClock, iso
from kustomer_sandbox.simulator.values.record import JSON
from kustomer_sandbox.simulator.world.audit_log import AuditLog, AuditState
from kustomer_sandbox.simulator.world.files import Files
from kustomer_sandbox.simulator.world.recording import CallRecording
from kustomer_sandbox.simulator.world.state import Snapshot, WorldState
from kustomer_sandbox.simulator.world.world import World


class KeptWorld(NamedTuple):
    """A world that was kept, what it was made from and as what, and the state in which it began."""

    world: World
    spec: WorldSpec
    start: KeptStart
    began_as: WorldState


class Loader:
    """Reads worlds from a store; what they share is read once."""

    def __init__(self, database: Database, worlds: Worlds) -> None:
        self._database = database
        self._worlds = worlds
        self._records = Records(LayeredStore(), worlds.contracts.resources)
        self._below: dict[int, int | None] = dict(database.execute("SELECT number, below FROM layers"))
        self._known: dict[int, tuple[LayeredSnapshot, AuditState]] = {}

    def worlds(self) -> Iterator[KeptWorld]:
        """Every world, in the order in which they were made, without the lines that are in no table yet."""
        statement = f"SELECT name, layer, spec, form FROM worlds ORDER BY {self._database.order}"  # noqa: S608 - ours
        found = self._database.execute(statement)
        for name, layer, spec, form in found:
            yield self._world(name, layer, forms.spec_of(orjson.loads(spec)), orjson.loads(form))

    def layers(self) -> Iterator[Layer]:
        """The layers that were read."""
        return (snapshot.layer for snapshot, _ in self._known.values())

    def world(self, name: str) -> KeptWorld | None:
        """One world as it is in the tables, if it is there."""
        found = self._database.execute("SELECT layer, spec, form FROM worlds WHERE name = ?", (name,))
        for layer, spec, form in found:
            return self._world(name, layer, forms.spec_of(orjson.loads(spec)), orjson.loads(form))
        return None

    def apply(self, world: World, entry: bytes) -> None:
        """Have a world as it is after a change that was written down, too."""
        change, rows = unpacked(entry)
        store = forms.layered_store(world)
        for row in rows:
            if row.kind == LOG:
                world.audit_log.take_back([(int(row.id), forms.audit_row_of(row.data or b""))])
                store.logged = int(row.id)
            else:
                store.load_row(row.kind, row.id, self._record(row))
        store.merge_counters(forms.counters_of({"counters": change.get("counters", {})}))
        world.ids.counter = change["ids"]
        if "form" in change:
            self._set(world, change["form"])
        if "journal" in change:
            total, entries = change["journal"]
            world.journal.take_back(total, [forms.journal_row_of(entry) for entry in entries])
        if "notes" in change and world.recording is not None:
            world.recording.notes.take_back(change["notes"][1])
        world.derived.forget()
        world.forget_masked_paths()

    def _set(self, world: World, form: Mapping[str, JSON]) -> None:
        settings = forms.options_of(form)
        world.org, world.org_name, world.scenario = (settings.pop(name) for name in ("org", "org_name", "scenario"))
        world.configure(**settings)
        world.clock.become(WorldClock.resumed(KeptClock(*form["clock"])))
        world.faults.all = forms.faults_of(form["faults"])
        self._worlds.set_keys(world, forms.keys_of(form))

    def _world(self, name: str, layer: int, spec: WorldSpec, form: Mapping[str, JSON]) -> KeptWorld:
        world = self._made(name, layer, form)
        world.keys |= forms.keys_of(form)
        world.faults.all = forms.faults_of(form["faults"])
        world.files = Files.of(form["secret"], self._contents(form["files"]))
        journal = self._database.execute("SELECT number, line FROM journal WHERE world = ? ORDER BY number", (name,))
        rows = [forms.journal_row_of(orjson.loads(line)) for _, line in journal]
        world.journal.take_back(journal[-1][0] if journal else 0, rows)
        states = {id: (number, kept) for id, number, kept in self._states(name)}
        start, start_form = states.pop(START)
        made = self._made(name, start, {**start_form, "clock": [*start_form["clock"][:1], "frozen", 0]})
        found = {id: self._kept_state(number, kept) for id, (number, kept) in states.items()}
        snapshots = [Snapshot(id, iso(state.now), state) for id, state in found.items()]
        world.snapshots.take_back(form["snapshots"], snapshots)
        world.episode = forms.episode_of(form)
        world.recording = self._recording(name, is_there=form["recording"])
        began_as = self._kept_state(start, start_form)
        return KeptWorld(world, spec, KeptStart(made, start_form["clock"][1]), began_as)

    def _states(self, world: str) -> Iterator[tuple[str, int, Mapping[str, JSON]]]:
        statement = f"SELECT id, layer, form FROM states WHERE world = ? ORDER BY {self._database.order}"  # noqa: S608
        for id, layer, form in self._database.execute(statement, (world,)):
            yield id, layer, orjson.loads(form)

    def _made(self, name: str, number: int, form: Mapping[str, JSON]) -> World:
        """A world that stands on a layer, or in one of its own."""
        store, audit = self._store(number)
        store.load_counters(forms.counters_of(form))
        settings = forms.options_of(form)
        return World(
            name=name,
            contracts=self._worlds.contracts,
            store=store,
            clock=WorldClock.resumed(KeptClock(*form["clock"])),
            ids=forms.ids_of(form),
            jobs=self._worlds.jobs,
            renew_keys=renew_keys,
            audit_log=audit,
            **settings,
        )

    def _store(self, number: int) -> tuple[LayeredStore, AuditLog]:
        """A store that goes on with a layer, whose rows are its own."""
        store, audit = LayeredStore(), AuditLog()
        below = self._below[number]
        under = None
        if below is not None:
            snapshot, logged = self._state(below)
            store.restore(snapshot)
            audit, under = AuditLog(logged), snapshot.layer
        store.layer = Layer(under, number)
        self._fill(store, audit, number)
        return store, audit

    def _state(self, number: int) -> tuple[LayeredSnapshot, AuditState]:
        """What stands on a layer, and how its audit log stood. Layers below it are read first, however many."""
        waiting: list[int] = []
        at: int | None = number
        while at is not None and at not in self._known:
            waiting.append(at)
            at = self._below[at]
        for one in reversed(waiting):
            store, audit = self._store(one)
            layer = store.layer
            self._known[one] = replace(store.snapshot(), layer=layer, logged=audit.total), audit.state()
        return self._known[number]

    def _fill(self, store: LayeredStore, audit: AuditLog, layer: int) -> None:
        found = self._database.execute(
            "SELECT kind, id, rev, data, keys FROM rows WHERE layer = ? ORDER BY kind, id", (layer,)
        )
        lines = []
        for kind, id, rev, data, keys in found:
            if kind == LOG:
                lines.append((int(id), forms.audit_row_of(data)))
            else:
                row = KeptRow(kind, id, rev, data, None if keys is None else orjson.loads(keys))
                store.load_row(kind, id, self._record(row))
        audit.take_back(lines)
        store.logged = audit.total

    def _record(self, row: KeptRow) -> KeyedRow | None:
        if row.data is None:
            return None
        keys: Keys
        if row.keys is None:
            keys = KeysOfRecord(self._records, row.kind, row.data)
        else:
            keys = {name: tuple(values) for name, values in row.keys.items()}
        return KeyedRow(Row(row.id, row.rev, row.data), keys)

    def _kept_state(self, layer: int, form: Mapping[str, JSON]) -> WorldState:
        held, audit = self._state(layer)
        clock = KeptClock(*form["clock"])
        now = WorldClock.resumed(clock._replace(mode="frozen")).now()
        return WorldState(
            store=replace(held, counters=forms.counters_of(form)),
            now=now,
            mode=clock.mode,
            ids=forms.ids_of(form),
            audit_log=audit,
            keys=forms.keys_of(form),
            **forms.options_of(form),
        )

    def _contents(self, digests: list[str]) -> Iterator[tuple[str, bytes]]:
        for digest in digests:
            [(content,)] = self._database.execute("SELECT content FROM files WHERE digest = ?", (digest,))
            yield digest, content

    def _recording(self, world: str, *, is_there: bool) -> CallRecording | None:
        if not is_there:
            return None
        recording = CallRecording(whole=False)
        found = self._database.execute(
            "SELECT part, line FROM recordings WHERE world = ? ORDER BY part, number", (world,)
        )
        noted: dict[str, list[Any]] = {part: [] for part in recording.notes.since((0,) * len(recording.notes.marks()))}
        for part, line in found:
            noted[part].append(orjson.loads(line))
        recording.notes.take_back(noted)
        return recording
