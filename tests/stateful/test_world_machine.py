"""Worlds forked, kept, restored and reset in any order, against a naive model that copies everything."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    MultipleResults,
    consumes,
    initialize,
    invariant,
    multiple,
    precondition,
    rule,
)

from kustomer_sandbox.simulator.hosting.keys import issue_key
from kustomer_sandbox.simulator.hosting.worlds import WorldSpec
from kustomer_sandbox.simulator.values.clock import EPOCH, iso
from kustomer_sandbox.simulator.world import views
from kustomer_sandbox.simulator.world.world import World
from tests.stateful.exploring import Machine, PlantedFault, api, assert_found, explore
from tests.stateful.reference import PLANS, Minute, Windows
from tests.world_client import WorldClient

CUSTOMERS = "/v1/customers"
MINUTE = 60
MOST = 4
TICK = timedelta(milliseconds=1)


@dataclass
class State:
    """What the model holds of a world: names by id, time since the start, its minute and windows."""

    names: dict[str, str] = field(default_factory=dict)
    now: timedelta = timedelta()
    minute: Minute = field(default_factory=lambda: Minute(PLANS["enterprise"]))
    windows: Windows = field(default_factory=Windows)
    notes: dict[str, timedelta] = field(default_factory=dict)

    def request(self) -> None:
        self.minute.take(self.now)


@dataclass
class Twin:
    """A world, its client, and the model of it. `made` is the state a reset leads back to."""

    client: WorldClient
    state: State
    made: State
    kept: dict[str, State] = field(default_factory=dict)

    @property
    def world(self) -> World:
        return self.client.world


class WorldMachine(Machine):
    """All worlds live at once, so that whatever they share wrongly shows."""

    steps = 30
    twins = Bundle("twins")

    def __init__(self) -> None:
        super().__init__()
        self.alive: list[Twin] = []
        self.count = 0

    def teardown(self) -> None:
        for twin in self.alive:
            api().worlds.drop(twin.world.name)

    def _twin(self, world: World, state: State, made: State) -> Twin:
        key, _ = issue_key(api().worlds, world)
        world.jobs = {"note": lambda *_: None}
        twin = Twin(WorldClient(api(), world, key), state, made)
        self.alive.append(twin)
        return twin

    @initialize(target=twins)
    def begin(self) -> Twin | MultipleResults[Twin]:
        """A world with a customer is there from the start."""
        twin = self.make()
        assert isinstance(twin, Twin)
        self.create(twin, "A")
        return twin

    @rule(target=twins)
    def make(self) -> Twin | MultipleResults[Twin]:
        if len(self.alive) >= MOST:
            return multiple()
        self.count += 1
        return self._twin(api().worlds.create(WorldSpec(name=f"machine-{self.count}")), State(), State())

    @rule(target=twins, twin=twins)
    def fork(self, twin: Twin) -> Twin | MultipleResults[Twin]:
        if len(self.alive) >= MOST:
            return multiple()
        self.count += 1
        world = api().worlds.fork(twin.world, f"machine-{self.count}")
        return self._twin(world, copy.deepcopy(twin.state), copy.deepcopy(twin.state))

    @rule(twin=twins, name=st.sampled_from("ABC"))
    def create(self, twin: Twin, name: str) -> None:
        answer = twin.client.post(CUSTOMERS, {"name": name})
        twin.state.request()
        assert answer.data["id"] not in twin.state.names
        twin.state.names[answer.data["id"]] = name

    @rule(twin=twins, at=st.integers(0, 9), name=st.sampled_from("DEF"))
    def rename(self, twin: Twin, at: int, name: str) -> None:
        if twin.state.names:
            id = sorted(twin.state.names)[at % len(twin.state.names)]
            assert twin.client.put(f"{CUSTOMERS}/{id}", {"name": name}).status == 200
            twin.state.request()
            twin.state.names[id] = name

    @rule(twin=twins, at=st.integers(0, 9))
    def delete(self, twin: Twin, at: int) -> None:
        if twin.state.names:
            id = sorted(twin.state.names)[at % len(twin.state.names)]
            twin.client.delete(f"{CUSTOMERS}/{id}")
            twin.state.request()
            del twin.state.names[id]

    @rule(twin=twins, seconds=st.sampled_from([1, 30, MINUTE - 1, MINUTE]))
    def wait(self, twin: Twin, seconds: float) -> None:
        twin.client.advance(seconds)
        twin.state.now += timedelta(seconds=seconds)
        twin.state.notes = {ref: at for ref, at in twin.state.notes.items() if at > twin.state.now}

    @rule(twin=twins, at=st.integers(0, 9))
    def open_window(self, twin: Twin, at: int) -> None:
        """Anew, if there is one."""
        if twin.state.names:
            id = sorted(twin.state.names)[at % len(twin.state.names)]
            assert twin.client.post(f"{CUSTOMERS}/{id}/unmasking-windows").status == 201
            twin.state.request()
            twin.state.windows.open(id, twin.state.now)

    @rule(twin=twins, at=st.integers(0, 9))
    def close_window(self, twin: Twin, at: int) -> None:
        if twin.state.names:
            id = sorted(twin.state.names)[at % len(twin.state.names)]
            assert twin.client.delete(f"{CUSTOMERS}/{id}/unmasking-windows").status == 204
            twin.state.request()
            twin.state.windows.close(id)

    @rule(twin=twins, at=st.integers(0, 9), off=st.sampled_from([-1, 0, 1]))
    def wait_for_the_end_of_a_window(self, twin: Twin, at: int, off: int) -> None:
        """Just before, at and just after."""
        ends = sorted(end for _, end, _ in twin.state.windows.opened.values() if end > twin.state.now)
        if ends:
            self.wait(twin, (ends[at % len(ends)] + off * TICK - twin.state.now).total_seconds())

    @rule(twin=twins, ref=st.sampled_from("xy"), seconds=st.sampled_from([1, 30, MINUTE]))
    def plan(self, twin: Twin, ref: str, seconds: int) -> None:
        twin.world.schedule("note", ref, iso(twin.world.clock.now() + timedelta(seconds=seconds)))
        twin.state.notes[ref] = twin.state.now + timedelta(seconds=seconds)

    @rule(twin=twins)
    def keep(self, twin: Twin) -> None:
        twin.kept[twin.world.snapshot()] = copy.deepcopy(twin.state)

    @rule(twin=twins, at=st.integers(0, 9))
    def restore(self, twin: Twin, at: int) -> None:
        if twin.kept:
            id = list(twin.kept)[at % len(twin.kept)]
            twin.world.restore(id)
            twin.state = copy.deepcopy(twin.kept[id])
            assert not twin.world.diff(id).of("customer").created

    @rule(twin=twins, name=st.sampled_from("ABC"), seconds=st.sampled_from([1, MINUTE]))
    def change_much_and_go_back(self, twin: Twin, name: str, seconds: int) -> None:
        """Apart from each other the three seldom meet."""
        self.create(twin, name)
        self.keep(twin)
        self.change_much(twin, name, seconds)
        self.restore(twin, len(twin.kept) - 1)
        self.create(twin, name)

    @precondition(lambda self: len(self.alive) < MOST)
    @rule(target=twins, twin=twins, name=st.sampled_from("ABC"), seconds=st.sampled_from([1, MINUTE]))
    def fork_and_start_the_fork_anew(self, twin: Twin, name: str, seconds: int) -> Twin:
        """It is as it was when it was forked, whatever became of either."""
        self.create(twin, name)
        forked = self.fork(twin)
        assert isinstance(forked, Twin)
        for each in (twin, forked):
            self.change_much(each, name, seconds)
            self.worlds_are_as_their_models()
        self.start_anew(forked)
        return forked

    def change_much(self, twin: Twin, name: str, seconds: int) -> None:
        self.create(twin, name)
        self.rename(twin, 0, name)
        self.open_window(twin, 0)
        self.wait(twin, seconds)
        self.plan(twin, "x", MINUTE)
        self.create(twin, name)

    @rule(twin=twins)
    def start_anew(self, twin: Twin) -> None:
        api().worlds.reset(twin.world)
        twin.state = copy.deepcopy(twin.made)

    @rule(twin=consumes(twins))
    def drop(self, twin: Twin) -> None:
        api().worlds.drop(twin.world.name)
        self.alive.remove(twin)

    @invariant()
    def worlds_are_as_their_models(self) -> None:
        """Looked at from below, so that looking costs no budget."""
        for twin in self.alive:
            world, state = twin.world, twin.state
            found = {record["id"]: record["attributes"]["name"] for record in world.records.find("customer", "live")}
            assert found == state.names
            assert world.clock.now() == EPOCH + state.now
            assert world.budgets.request_state(world.clock.now()).used == state.minute.count(state.now)
            open_now = {id for id in state.windows.known if state.windows.is_open(id, state.now)}
            assert {window.customer for window in views.windows(world)} == open_now
            assert {row.id for row in world.store.find("due", "id")} == {
                *(f"note:{ref}" for ref in state.notes),
                *(f"window-end:{id}" for id in open_now),
            }

    @invariant()
    def every_key_opens_its_world(self) -> None:
        for twin in self.alive:
            users = [twin.world.records.get("user", who.user_id) for who in twin.world.keys.values()]
            assert None not in users


@pytest.mark.properties
def test_worlds_stay_as_their_models_whatever_is_done_to_them() -> None:
    """No copy feels another, nothing is left of what was undone, and every key goes on working."""
    explore(WorldMachine)


_WORLD, _STORE = "simulator.world.world:World", "simulator.store.memory:MemoryStore"
FAULTS = (
    PlantedFault("a fork shares its records", f"{_WORLD}.fork", "store=self.store.fork()", "store=self.store"),
    PlantedFault(
        "a fork shares its clock", f"{_WORLD}.fork", "WorldClock(self.clock.now(), self.clock.mode)", "self.clock"
    ),
    PlantedFault("going back leaves the clock", f"{_WORLD}.restore", "self.clock.move_to(state.now)", "pass"),
    PlantedFault("going back leaves the records", f"{_WORLD}.restore", "self.store.restore(state.store)", "pass"),
    PlantedFault(
        "going back leaves what was counted", f"{_STORE}.restore", "self._counters = snapshot.counters", "pass"
    ),
    PlantedFault(
        "a fork is reset to its first scenario",
        "simulator.hosting.worlds:Worlds.as_made",
        "if origin is None else",
        "if True else",
    ),
    PlantedFault("a snapshot goes along with what follows", f"{_STORE}.snapshot", "self._owned = set()", "pass"),
    PlantedFault("a reset leaves keys without users", f"{_WORLD}.take_state_of", "self.renew_keys(self)", "pass"),
)


@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_the_everyday_run_finds(fault: PlantedFault, monkeypatch: pytest.MonkeyPatch) -> None:
    assert_found(fault, WorldMachine, monkeypatch)
