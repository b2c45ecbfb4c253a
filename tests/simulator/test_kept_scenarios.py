"""A scenario that was played once is read from a file of the user's: what a world then holds is what playing leaves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from kustomer_sandbox import up
from kustomer_sandbox.command.asked_world import SandboxSettings
from kustomer_sandbox.mcp_server.state.user_folder import own_folder
from kustomer_sandbox.simulator.api import Api, create_api, scenarios
from kustomer_sandbox.simulator.hosting import kept_scenarios
from kustomer_sandbox.simulator.hosting.kept_scenarios import Seeder
from kustomer_sandbox.simulator.hosting.worlds import Worlds, WorldSpec
from kustomer_sandbox.simulator.store.memory import MemoryStore
from kustomer_sandbox.simulator.world.world import World

DEMO = WorldSpec(name="main", scenario="demo")
OTHER = WorldSpec(name="main", scenario="demo", seed="7", start=datetime(2025, 2, 27, 23, 30, tzinfo=UTC))
NOT_COMPARED = {"contracts", "cache", "records", "derived", "jobs", "budgets", "faults", "renew_keys", "journal"}
NOT_COMPARED |= {"watch", "receiver", "subscribers", "job_notes", "recording", "snapshots", "graded_calls"}
NOT_COMPARED |= {"_masked_paths", "_watching"}
"""What a world is wired with, or works out of what is compared."""


def held(world: World) -> dict[str, Any]:
    """All that a scenario can leave in a world, down to the bytes, and where the indexes find it."""
    assert isinstance(world.store, MemoryStore)
    found = {field.name: getattr(world, field.name) for field in fields(World) if field.name not in NOT_COMPARED}
    tables = world.store.snapshot().tables
    rows = {name: world.store.find(name, "id") for name in tables}
    for table in tables.values():
        table.update_indexes()
    found["store"] = {(name, row.id): (row, tables[name].records.get(row.id)) for name in tables for row in rows[name]}
    found["counters"] = world.store.counters(now=0)
    found["audit_log"] = list(world.audit_log.entries(world.org))
    found["ids"] = (world.ids.seed, world.ids.counter)
    found["clock"] = (world.clock.now(), world.clock.mode)
    found["files"] = list(world.files.held().values())
    return found


def forbidden(_: World) -> None:
    raise AssertionError("played")


def worlds(api: Api, folder: Path, play: Seeder = forbidden) -> Worlds:
    """All worlds of a new process, whose demo is played by `play` where there is no file of it."""
    scenarios = {"demo": kept_scenarios.kept(play, folder)}
    return Worlds(contracts=api.contracts, scenarios=scenarios, jobs=api.worlds.jobs, watch=api.worlds.watch)


@pytest.fixture(scope="module")
def api() -> Api:
    return create_api()


@pytest.fixture(scope="module")
def played(api: Api) -> dict[str, Any]:
    return held(api.worlds.pristine(DEMO))


@pytest.fixture(scope="module")
def file(api: Api, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file that a first start leaves."""
    folder = tmp_path_factory.mktemp("worlds")
    worlds(api, folder, scenarios()["demo"]).create(DEMO)
    (left,) = folder.iterdir()
    return left


def test_what_is_read_is_what_playing_leaves(api: Api, file: Path, played: dict[str, Any]) -> None:
    """A start may save the playing only if nobody can tell."""
    assert held(worlds(api, file.parent).create(DEMO)) == played


def test_the_same_holds_of_another_seed_and_start(api: Api, tmp_path: Path) -> None:
    """Each has a file of its own: episodes of several seeds, or sandboxes side by side, do not push one another out."""
    plans = (DEMO, OTHER)
    first = [worlds(api, tmp_path, scenarios()["demo"]).create(plan) for plan in plans]
    assert [held(worlds(api, tmp_path).create(plan)) for plan in plans] == [held(world) for world in first]


def test_the_folder_does_not_grow_with_each_seed(api: Api, tmp_path: Path) -> None:
    """Whoever tries a thousand seeds keeps the last few."""
    for seed in map(str, range(10)):
        worlds(api, tmp_path, scenarios()["empty"]).create(WorldSpec(name="main", scenario="demo", seed=seed))
    assert len(list(tmp_path.iterdir())) == 8
    worlds(api, tmp_path).create(WorldSpec(name="main", scenario="demo", seed="9"))


def test_a_world_that_was_read_can_be_written_to_and_reset(api: Api, file: Path, played: dict[str, Any]) -> None:
    """Its rows come from one file that others read, too."""
    there = worlds(api, file.parent)
    world = there.create(DEMO)
    customer = world.records.find("customer")[0]
    customer["attributes"]["name"] = "Somebody Else"
    world.records.update(customer)
    assert held(world) != played
    there.reset(world)
    assert held(world) == played


def cut(data: bytes) -> bytes:
    return data[:-1]


def turn(data: bytes) -> bytes:
    return data[:-2] + bytes([data[-2] ^ 1]) + data[-1:]


def empty(_: bytes) -> bytes:
    return b""


def garble(data: bytes) -> bytes:
    return b"\xff" + data


@pytest.mark.parametrize("harm", [cut, turn, empty, garble])
def test_a_damaged_file_is_not_read(api: Api, tmp_path: Path, file: Path, harm: Callable[[bytes], bytes]) -> None:
    """A full disk or a killed start must not change a world."""
    (tmp_path / file.name).write_bytes(harm(file.read_bytes()))
    with pytest.raises(AssertionError, match="played"):
        worlds(api, tmp_path).create(DEMO)


@pytest.mark.parametrize("changed", ["code", "seed", "start"])
def test_what_was_played_for_something_else_is_not_read(
    api: Api, file: Path, monkeypatch: pytest.MonkeyPatch, changed: str
) -> None:
    """Whoever changes a rule sees the world that the new rule makes."""
    plan = DEMO
    if changed == "code":
        monkeypatch.setattr(kept_scenarios, "_sources", lambda: "other letters")
    else:
        plan = WorldSpec(name="main", scenario="demo", **{changed: getattr(OTHER, changed)})
    with pytest.raises(AssertionError, match="played"):
        worlds(api, file.parent).create(plan)


def test_a_changed_letter_of_the_sources_changes_their_digest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rules, scenarios and contracts all decide what a played world holds."""
    monkeypatch.setattr(kept_scenarios, "_PACKAGES", [str(tmp_path)])
    digest = kept_scenarios._sources.__wrapped__  # noqa: SLF001 - asked again, which a process has no need to
    seen = [digest()]
    for name, text in (("rule.py", "a = 1"), ("rule.py", "a = 2"), ("below/facts.yaml", "a: 1")):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
        seen.append(digest())
    (tmp_path / "rule.pyc").write_text("compiled")
    assert (seen[0], len(set(seen)), digest()) == (None, len(seen), seen[-1])


def test_without_a_place_to_keep_it_a_scenario_is_played(api: Api, tmp_path: Path) -> None:
    """A read-only home is no reason not to start."""
    seen: list[World] = []
    worlds(api, tmp_path / "missing", seen.append).create(DEMO)
    assert len(seen) == 1


def test_a_start_of_the_command_keeps_the_demo_where_its_user_alone_may_write(tmp_path: Path) -> None:
    """Whoever could write there would choose what the sandbox answers."""
    place = {"XDG_RUNTIME_DIR": str(tmp_path)}
    asked = SandboxSettings(
        host="127.0.0.1", port=0, scenario="demo", plan="enterprise", seed="0", frozen=True, environment=place
    )
    up.api_of(asked).worlds.create(DEMO)  # as far as a start gets without serving
    (left,) = (tmp_path / "kustomer-sandbox" / "worlds").iterdir()
    assert (left.stat().st_mode & 0o777, left.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    left.parent.chmod(0o777)
    assert own_folder(place, "worlds") is None
