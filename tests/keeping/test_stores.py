"""Which files are taken as stores, and what becomes of a call whose changes cannot be written."""

from __future__ import annotations

import json
import sqlite3
import stat
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from kustomer_sandbox.simulator.hosting.keys import issue_key
from kustomer_sandbox.simulator.hosting.worlds import WorldSpec
from kustomer_sandbox.simulator.keeping import tables
from kustomer_sandbox.simulator.keeping.database import CannotOpenStore, StoreUnavailable
from kustomer_sandbox.simulator.keeping.opening import is_shared, open_for_episodes
from kustomer_sandbox.simulator.keeping.sqlite import open_sqlite, path_of
from kustomer_sandbox.simulator.world.faults import FaultMatch, Status
from tests.keeping.kept_stage import KeptStage, all_of, begin_episode, fresh_api
from tests.world_client import WorldClient


def of_another_program(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE worlds (name TEXT)")
    connection.close()


def of_a_newer_version(path: Path) -> None:
    open_sqlite(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()


def damaged(path: Path) -> None:
    KeptStage(path).end()
    with path.open("r+b") as file:
        file.seek(0)
        file.write(b"\xff" * 4096)


REFUSED: dict[str, tuple[Callable[[Path], object], str]] = {
    "another program's": (of_another_program, "belongs to another program; name another file"),
    "a newer version's": (of_a_newer_version, "was written by a newer version of this program; update it"),
    "no database": (lambda path: path.write_text("hello " * 1000), "is no store of this program; name another file"),
    "damaged": (damaged, "is no store of this program; name another file"),
    "a directory": (Path.mkdir, "cannot be opened: Is a directory; name another file"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_a_file_that_is_no_store_is_refused_and_left_as_it_is(tmp_path: Path, kind: str) -> None:
    """In one sentence that says what to do; nobody's file is overwritten."""
    path = tmp_path / "store.db"
    make, words = REFUSED[kind]
    make(path)
    before = path.read_bytes() if path.is_file() else None
    with pytest.raises(CannotOpenStore, match=words):
        KeptStage(path)
    assert (path.read_bytes() if path.is_file() else None) == before


def test_a_store_has_one_process_at_a_time(tmp_path: Path) -> None:
    """Two processes would each have worlds of their own, and write over one another."""
    stage = KeptStage(tmp_path / "store.db")
    with pytest.raises(CannotOpenStore, match="is used by another process; end that one, or name another file"):
        open_sqlite(tmp_path / "store.db")
    stage.end()
    open_sqlite(tmp_path / "store.db").close()


@pytest.mark.parametrize("url", ["sqlite://kept.db", "sqlite:///", "sqlite:///:memory:", "kept.db", "mysql://h/d"])
def test_a_url_that_names_no_file_is_refused(url: str) -> None:
    with pytest.raises(CannotOpenStore, match=r"--store must be sqlite:///PATH, such as sqlite:///sandbox\.db"):
        is_shared(url) or path_of(url)


def test_a_store_is_its_users_alone(tmp_path: Path) -> None:
    """There are digests of keys in it, and the secret that others follow from."""
    stage = KeptStage(tmp_path / "store.db")
    modes = {stat.S_IMODE(file.stat().st_mode) for file in tmp_path.iterdir()}
    stage.end()
    assert modes == {0o600}


def test_a_store_of_an_older_version_is_brought_up_to_date(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was kept is there still, with all that the newer version adds; and a step that fails changes nothing."""
    stage = KeptStage(tmp_path / "store.db")
    stage.client.post("/v1/customers", {"name": "Jane"})
    before = all_of(stage.world)
    stage.end()
    newer = (*tables.SQLITE, "CREATE TABLE extra (a TEXT); INSERT INTO extra VALUES ('there')")
    for broken in ("CREATE TABLE more (a TEXT); NO SQL", None):
        with monkeypatch.context() as patched:
            patched.setattr(tables, "SQLITE", (*newer, broken) if broken else newer)
            if broken:
                with pytest.raises(CannotOpenStore, match="cannot be read or written"):
                    KeptStage(tmp_path / "store.db")
                continue
            stage = KeptStage(tmp_path / "store.db")
            found = stage.api.keeper.database.execute("SELECT a FROM extra")
            assert (found, all_of(stage.world)) == ([("there",)], before)
            stage.end()
    with pytest.raises(CannotOpenStore, match="newer version"):
        KeptStage(tmp_path / "store.db")


def test_a_store_opens_whose_worlds_say_what_waits_in_former_words(tmp_path: Path) -> None:
    """What is tied to calls was kept as `happenings`, in worlds, in their states and in lines; and without criteria.

    Faults waited for the next call, not for one that was counted.
    """
    path = tmp_path / "store.db"
    stage = KeptStage(path)
    stage.world.faults.arm(FaultMatch(method="PUT"), Status(status=503), times=2)
    for calls in (2, 3):  # the second is in a line alone
        act = {"match": {"path": "/v1/customers*"}, "after": calls, "do": [{"advance": "PT1H"}]}
        stage.api.gate.tie(stage.world, act)
        stage.api.keep()
    before = all_of(stage.world)
    stage.end()
    with sqlite3.connect(path) as connection:
        for table in ("worlds", "states"):
            found = connection.execute(f"SELECT rowid, form FROM {table}").fetchall()  # noqa: S608 - ours
            for row, text in found:
                form = json.loads(text)
                form["options"]["happenings"] = form["options"].pop("triggers")
                del form["options"]["criteria"]
                if table == "worlds":
                    form["faults"][1] = [one[:5] for one in form["faults"][1]]
                connection.execute(f"UPDATE {table} SET form = ? WHERE rowid = ?", (json.dumps(form), row))  # noqa: S608
    connection.close()
    stage = KeptStage(path)
    assert (len(stage.world.triggers.waiting), len(stage.world.faults.armed())) == (2, 1)
    assert all_of(stage.world) == before


def test_a_store_opens_whose_episodes_are_said_in_notes(tmp_path: Path) -> None:
    """They were kept so before worlds had the fact themselves: the note says since when, a state of its own whence."""
    path = tmp_path / "store.db"
    stage = KeptStage(path)
    begin_episode(stage.world)
    stage.client.post("/v1/customers", {"name": "Jane"})
    stage.api.keep()
    before, kept = all_of(stage.world), stage.world.episode
    stage.end()
    with sqlite3.connect(path) as connection:
        [(text,)] = connection.execute("SELECT form FROM worlds").fetchall()
        form = json.loads(text) | {"note": json.dumps({"idle": 60.0, "began_at": "2026-06-09T12:00:00+00:00"})}
        del form["episode"]
        connection.execute("UPDATE worlds SET form = ?", (json.dumps(form),))
        connection.execute("UPDATE states SET id = 'episode' WHERE id = 'snapshot-1'")
    connection.close()
    stage = KeptStage(path)
    assert kept is not None
    assert stage.world.episode == replace(kept, start="episode")
    assert len(stage.world.diff("episode").of("customer").created) == 1
    assert all_of(stage.world)["rows"] == before["rows"]
    stage.end()


@pytest.fixture
def full(tmp_path: Path) -> Iterator[KeptStage]:
    """A store that takes a few pages more, and then none."""
    stage = KeptStage(tmp_path / "store.db")
    database = stage.api.keeper.database
    [(pages,)] = database.execute("PRAGMA page_count")
    database.execute(f"PRAGMA max_page_count = {pages + 6}")
    yield stage
    stage.end()


def until_refused(stage: KeptStage) -> int:
    """How many customers could be made."""
    for number in range(1000):
        answer = stage.client.post("/v1/customers", {"name": f"{number} " * 100})
        if answer.status != 201:
            assert (answer.status, answer.error["detail"]) == (503, "Nothing was done: the store is on a full disk.")
            return number
    raise AssertionError


def test_what_cannot_be_written_has_not_happened(full: KeptStage) -> None:
    """Nobody is told of a customer that a restart would lose, and nobody finds one that was refused."""
    made = until_refused(full)
    assert full.world.records.count("customer") == made
    before = all_of(full.world)
    full.die_and_start()
    assert all_of(full.world) == before


def test_a_world_that_cannot_be_written_is_not_there(full: KeptStage) -> None:
    """Neither is it half there, nor does it hinder another of its name once there is room."""
    made = until_refused(full)
    worlds = full.api.worlds
    worlds.fork(full.world, "fork")
    full.world.files.keep(b"x" * 100_000)
    with pytest.raises(StoreUnavailable):
        full.api.keep()
    assert [world.name for world in worlds] == ["kept"]
    full.api.keeper.database.execute("PRAGMA max_page_count = 100000")
    assert full.client.post("/v1/customers", {"name": "Next"}).status == 201
    fork = worlds.fork(full.world, "fork")
    full.api.keep()
    full.die_and_start()
    assert full.world.records.count("customer") == fork.records.count("customer") == made + 1


def test_a_scenario_that_could_not_be_written_can_be_later(full: KeptStage) -> None:
    """What worlds of a plan share is written with the first of them that can be: none lacks its beginning."""
    for name in ("refused", "made"):
        full.api.worlds.create(WorldSpec(name=name, scenario="demo"))
        if name == "refused":
            with pytest.raises(StoreUnavailable):
                full.api.keep()
            full.api.keeper.database.execute("PRAGMA max_page_count = 100000")
    full.api.keep()
    before = {world.name: all_of(world) for world in full.api.worlds}
    full.die_and_start()
    assert {world.name: all_of(world) for world in full.api.worlds} == before
    assert list(before) == ["kept", "made"]


def test_other_worlds_are_none_of_a_store_for_episodes(tmp_path: Path) -> None:
    """They end with the process, and no sooner: a full disk takes back what was done in the others alone."""
    api = open_for_episodes(tmp_path / "episodes.db", fresh_api(), random_hex="5a".__mul__)
    clients = {}
    for name in ("episode", "other"):
        world = api.worlds.create(WorldSpec(name=name))
        clients[name] = WorldClient(api, world, issue_key(api.worlds, world)[0])
    begin_episode(clients["episode"].world)
    api.keep()
    ask = api.keeper.database.execute
    [(pages,)] = ask("PRAGMA page_count")
    ask(f"PRAGMA max_page_count = {pages + 6}")
    customer = {"name": "x " * 100}
    assert {clients["other"].post("/v1/customers", customer).status for _ in range(30)} == {201}
    made = 0
    while clients["episode"].post("/v1/customers", customer).status == 201:
        made += 1
    kept = {world.name: world.records.count("customer") for world in api.worlds}
    assert kept == {"episode": made, "other": 30}
    assert clients["other"].post("/v1/customers", customer).status == 201
    assert ask("SELECT * FROM facts") == [], "nothing to work out a key from"
    assert ask("PRAGMA secure_delete") == [(1,)]
    api.close()
    again = open_for_episodes(tmp_path / "episodes.db", fresh_api(), random_hex="5a".__mul__)
    assert [(world.name, world.records.count("customer")) for world in again.worlds] == [("episode", made)]
    again.close()


def test_what_falls_due_waits_while_nothing_can_be_written(full: KeptStage) -> None:
    """Work that would be undone is not begun ten times a second: a webhook's receiver would be told of it each time."""
    until_refused(full)
    done: list[int] = []

    def job() -> None:
        done.append(1)
        full.client.world.journal.keep(("2026-06-09T12:00:00.000Z", "DUE", "x" * 20_000, *[""] * 11))

    for _ in range(52):
        full.api.tick(job)
    assert len(done) == 2
