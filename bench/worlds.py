"""Fork, reset, snapshot and restore of a world of 10,000 records; what a written fork of 100,000 costs."""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Callable, Iterator

from bench.figures import Figure
from kustomer_sandbox.simulator.api import Api, create_api
from kustomer_sandbox.simulator.hosting.keys import issue_key, issue_key_of
from kustomer_sandbox.simulator.hosting.worlds import WorldSpec
from kustomer_sandbox.simulator.operations.system import system_context
from kustomer_sandbox.simulator.operations.writing import new_record
from kustomer_sandbox.simulator.world.world import World

RECORDS = 10_000
ROUNDS = 31
RESETS = 20
MANY_RECORDS = 100_000


def measure() -> Iterator[Figure]:
    """Milliseconds; each time after the world was written to, so that nothing is had for free."""
    api = create_api()
    api.worlds.add_scenario("many", _fill)
    world = api.worlds.create(WorldSpec(name="many", scenario="many"))
    issue_key(api.worlds, world)
    state = world.snapshot()
    numbers = iter(range(1_000_000))

    def drop_and_fork() -> None:
        api.worlds.drop(api.worlds.fork(world, f"fork-{next(numbers)}").name)

    yield _figure("fork of 10,000 records", world, drop_and_fork)
    yield _figure("reset of 10,000 records", world, lambda: api.worlds.reset(world))
    yield _resets(world, lambda: api.worlds.reset(world))
    yield _figure("snapshot of 10,000 records", world, lambda: world.snapshots.forget(world.snapshot()))
    yield _figure("restore of 10,000 records", world, lambda: world.restore(state))
    yield _first_write(world)
    yield from _written_forks(api)


def _fill(world: World, records: int = RECORDS) -> None:
    context = system_context(world)
    for number in range(records):
        facts = {"name": f"Customer {number}", "emails": [{"email": f"customer{number}@example.com"}]}
        world.records.insert(new_record(context, "customer", facts))


def _write(world: World) -> None:
    world.records.insert(new_record(system_context(world), "customer", {"name": "One more"}))


def _figure(name: str, world: World, act: Callable[[], object]) -> Figure:
    return Figure(name=name, rounds=_rounds(world, act), unit="ms")


def _resets(world: World, reset: Callable[[], object]) -> Figure:
    """How often a second of one core a world is written to and begins again."""
    rounds = []
    for _ in range(ROUNDS):
        start = time.process_time()
        for _ in range(RESETS):
            _write(world)
            reset()
        rounds.append(RESETS / (time.process_time() - start))
    return Figure(name="worlds written to and reset", rounds=tuple(rounds), unit="/s")


def _first_write(world: World) -> Figure:
    """What copying on write puts off: the first change of a table after a snapshot."""
    world.snapshot()
    rounds = []
    for _ in range(ROUNDS):
        world.snapshot()
        start = time.perf_counter()
        _write(world)
        rounds.append(1000 * (time.perf_counter() - start))
    return Figure(name="first write after it", rounds=tuple(rounds), unit="ms")


def _rounds(world: World, act: Callable[[], object]) -> tuple[float, ...]:
    found = []
    for _ in range(ROUNDS):
        _write(world)
        start = time.perf_counter()
        act()
        found.append(1000 * (time.perf_counter() - start))
    return tuple(found)


def _written_forks(api: Api) -> Iterator[Figure]:
    """A fork, a key of its own and one write, of a world of 100,000 records; and a thousand of them at once."""
    api.worlds.add_scenario("large", lambda world: _fill(world, MANY_RECORDS))
    world = api.worlds.create(WorldSpec(name="large", scenario="large"))
    _, who = issue_key(api.worlds, world)

    def written(name: str) -> World:
        fork = api.worlds.fork(world, name)
        issue_key_of(api.worlds, fork, who)
        _write(fork)
        return fork

    times = []
    for number in range(ROUNDS):
        start = time.process_time()
        written(f"timed-{number}")
        times.append(1e6 * (time.process_time() - start))
    name = "fork, key and first write at 100,000"
    yield Figure(name=name, rounds=tuple(times), unit="us")
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    for number in range(1000):
        written(f"kept-{number}")
    used = (tracemalloc.get_traced_memory()[0] - before) / 1024
    tracemalloc.stop()
    yield Figure(name="memory of one of them", rounds=(used / 1000,), unit="KB")
    mb = (used / 1024,)
    yield Figure(name="memory of 1,000 written worlds", rounds=mb, unit="MB")
