"""A simulator whose worlds are kept in a store, restarted as often as wanted; and everything that a world is."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

from kustomer_sandbox.contracts import load
from kustomer_sandbox.simulator.api import Api, create_api
from kustomer_sandbox.simulator.hosting.worlds import Worlds, WorldSpec
from kustomer_sandbox.simulator.keeping.forms import layered_store
from kustomer_sandbox.simulator.keeping.kept_api import KeptApi
from kustomer_sandbox.simulator.keeping.opening import open_kept
from kustomer_sandbox.simulator.request.file_door import FileDoor
from kustomer_sandbox.simulator.store.index_keys import KeyInterner
from kustomer_sandbox.simulator.values.clock import EPOCH
from kustomer_sandbox.simulator.world import webhooks
from kustomer_sandbox.simulator.world.state import OPTIONS, Episode, WorldState
from kustomer_sandbox.simulator.world.world import World
from tests.world_client import WorldClient

CONTRACTS = load()
SUFFIXES = ("", "-wal")

Restart = Callable[["KeptStage"], None]


class KeptStage:
    """A process with a store: a file, or the URL of a database.

    `client` calls its world as the key that is told at every start.
    """

    def __init__(self, store: Path | str, **plan: Any) -> None:
        self.store = store
        self.plan = WorldSpec(**{"name": "kept", "scenario": "empty", **plan})
        self._copies = 0
        self._start()

    @property
    def world(self) -> World:
        return self.client.world

    def end(self) -> None:
        self.api.close()

    def close_and_start(self) -> None:
        """The process ends as it should, and another one starts."""
        self.api.close()
        self._start()

    def die_and_start(self) -> None:
        """The process ends at once: what it has written is all there is."""
        if isinstance(self.store, Path):
            self._copies += 1
            self.store = _copied(self.store, f"copy-{self._copies}.db")
        self.api.close()
        self._start()

    def _start(self) -> None:
        url = self.store if isinstance(self.store, str) else f"sqlite:///{self.store}"
        self.api: KeptApi = open_kept(url, fresh_api(), random_hex="5a".__mul__)
        world, key = self.api.opening(self.plan)
        self.client = WorldClient(self.api, world, key)


def begin_episode(world: World) -> None:
    """Have a world be an episode from now on."""
    world.episode = Episode(began_at=EPOCH, idle=timedelta(minutes=1), start=world.snapshot())


def tick_until_taken_over(stage: KeptStage) -> None:
    """Tick until nothing is under way to a webhook: a database takes a moment to see that a process has gone."""
    for _ in range(500):
        stage.api.tick(lambda: None)
        if all(delivery.status != "sending" for delivery in webhooks.sent(stage.world)):
            return
        threading.Event().wait(0.02)


def _copied(path: Path, name: str) -> Path:
    copy = path.with_name(name)
    for suffix in SUFFIXES:
        if (file := path.with_name(path.name + suffix)).exists():
            shutil.copy(file, copy.with_name(copy.name + suffix))
    return copy


@cache
def _made() -> Api:
    return create_api(CONTRACTS)


def fresh_api() -> Api:
    """A simulator as a new process has it; what follows from the contracts alone is made once."""
    made = _made()
    worlds = Worlds(
        contracts=CONTRACTS, scenarios=made.worlds.scenarios, jobs=made.worlds.jobs, watch=made.worlds.watch
    )
    gate = replace(made.gate, worlds=worlds)
    return Api(contracts=CONTRACTS, worlds=worlds, gate=gate, files=FileDoor(worlds=worlds))


RESTARTS: dict[str, Restart] = {"closed": KeptStage.close_and_start, "killed": KeptStage.die_and_start}


def all_of(world: World) -> dict[str, Any]:
    """All that a world is, for comparing."""
    shown = _settings(world) | {
        "rows": _rows(world),
        "counters": dict(layered_store(world).all_counters()),
        "ids": (world.ids.seed, world.ids.counter),
        "clock": (world.clock.now(), world.clock.mode),
        "faults": world.faults.all,
        "journal": [entry.shown() for entry in world.journal.entries],
        "total": world.journal.total,
        "audit": list(world.audit_log.entries(world.org)),
        "files": dict(world.files.held()),
        "secret": world.files.secret,
        "snapshots": [(one.id, one.taken_at, _state(one.state)) for one in world.snapshots.all()],
        "taken": world.snapshots.count,
        "episode": world.episode,
        "run": world.recording and world.run_of(world.recording).as_json(),
    }
    return dict(shown)


def _settings(world: World | WorldState) -> dict[str, Any]:
    names = (*OPTIONS, "org", "org_name", "scenario")
    return {name: getattr(world, name) for name in names} | {"keys": list(world.keys.items())}


def _state(state: WorldState) -> dict[str, Any]:
    counters = dict(state.store.counters)  # type: ignore[attr-defined]
    return _settings(state) | {"now": state.now, "mode": state.mode, "ids": state.ids.counter, "counters": counters}


def _rows(world: World) -> dict[str, Any]:
    """Every table's rows, each with its keys: what any index would find."""
    store = layered_store(world)
    found = {}
    for name, table in store._tables.items():  # noqa: SLF001 - nothing else tells the tables of others than records
        rows = store.find(name, "id")
        if rows:
            found[name] = [(row, _interned(table.records.get(row.id))) for row in rows]
    return found


def _interned(held: Any) -> Any:
    return KeyInterner().interned(held.row.id, held.keys)
