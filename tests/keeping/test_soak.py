"""A bounded soak: traffic goes on while processes are killed, PostgreSQL restarts, a disk is full, the clock jumps."""

from __future__ import annotations

import contextlib
import os
import random
import resource
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kustomer_sandbox.simulator.keeping.postgresql.connection import STORE_LOCKS
from tests.conftest import FIGURE
from tests.keeping.conftest import Server, connected
from tests.keeping.kept_stage import KeptStage
from tests.keeping.replica_processes import Replica
from tests.keeping.soaking import Told, check, jump, table, under_traffic

pytestmark = [pytest.mark.slow, pytest.mark.timeout(3600)]
ROUNDS = int(os.environ.get("SOAK", "10"))
JUMPS = ("PT1S", "PT61S", "PT20M", "PT2H")
BUSY_SECONDS = 6
"""Somewhat longer than a call waits for its turn."""
PAGES_LEFT = 5
_killed: list[Replica] = []


@pytest.mark.postgres
def test_two_replicas_whatever_happens_to_them(
    new_database: Callable[[str], str], postgres: Server, record_property: Callable[[str, str], None]
) -> None:
    """One is killed again and again, PostgreSQL restarts, somebody else keeps its lock, the clock jumps."""
    chance, done = random.Random(ROUNDS), Counter[str]()  # noqa: S311 - chooses what happens, the same each time
    store, told = new_database("soak"), Told()
    callers: list[Replica | None] = [start(store), start(store)]
    try:
        with under_traffic(callers, told, clients=4):
            for number in range(ROUNDS):
                threading.Event().wait(chance.uniform(0.2, 1.0))
                jump(living(callers), JUMPS[number % len(JUMPS)])
                done["jumps of the clock"] += 1
                place = number % 2
                kill(callers, place)
                done["replicas killed"] += 1
                threading.Event().wait(chance.uniform(0.0, 0.5))
                if number % 5 == 2:
                    postgres.restart()
                    done["restarts of PostgreSQL"] += 1
                if number % 5 == 4:
                    keep_busy(store)
                    done["turns that others took for too long"] += 1
                callers[place] = start(store)
        jump(living(callers), "PT3H")
        threading.Event().wait(1)
    finally:
        for place in range(len(callers)):
            kill(callers, place)
        close_all()
    stage = KeptStage(store, name="empty")
    figures = check(stage, told)
    stage.end()
    record_property(FIGURE, table("two replicas and a PostgreSQL", done | figures))
    assert figures["drafts sent once"] > ROUNDS
    assert figures["calls refused by a budget"] > ROUNDS


def start(store: str) -> Replica:
    return Replica(store, "up", "--frozen", "--quiet")


def living(callers: list[Replica | None]) -> Replica:
    return next(filter(None, callers))


def kill(callers: list[Replica | None], place: int) -> None:
    """`kill -9`, under the calls that it is answering."""
    killed, callers[place] = callers[place], None
    if killed is not None:
        killed.process.kill()
        killed.process.wait()
        _killed.append(killed)


def close_all() -> None:
    """Let go of what was killed, now that nobody calls it any more."""
    while _killed:
        _killed.pop().close()


def keep_busy(store: str) -> None:
    """Take the turn of all for longer than a call waits."""
    with connected(store.replace("postgresql+psycopg", "postgresql")) as connection, connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(%s, 0)", (STORE_LOCKS,))
        threading.Event().wait(BUSY_SECONDS)


@pytest.mark.skipif(sys.platform != "linux", reason="another process's limits are set by prlimit")
def test_a_file_whatever_happens_to_its_process(tmp_path: Path, record_property: Callable[[str, str], None]) -> None:
    """Its disk is full again and again, it is killed, then and at other times, and the clock jumps."""
    chance, done = random.Random(ROUNDS), Counter[str]()  # noqa: S311 - as above
    path, told = tmp_path / "soak.db", Told()
    store = f"sqlite:///{path}"
    callers: list[Replica | None] = [start(store)]
    try:
        with under_traffic(callers, told, clients=3):
            for number in range(ROUNDS):
                threading.Event().wait(chance.uniform(0.2, 0.6))
                jump(living(callers), JUMPS[number % len(JUMPS)])
                done["jumps of the clock"] += 1
                refused = told.statuses[503]
                with full_disk(living(callers)):
                    while told.statuses[503] < refused + 5:
                        threading.Event().wait(0.01)
                    done["times that the disk was full"] += 1
                    if number % 2:
                        kill(callers, 0)
                        done["processes killed, half of them on a full disk"] += 1
                if number % 4 == 2:
                    kill(callers, 0)
                    done["processes killed, half of them on a full disk"] += 1
                callers[0] = callers[0] or start(store)
        jump(living(callers), "PT3H")
        threading.Event().wait(6)  # after a failure what is due waits for five seconds
    finally:
        kill(callers, 0)
        close_all()
    stage = KeptStage(path, name="empty")
    figures = check(stage, told)
    stage.end()
    record_property(FIGURE, table("one process and a file", done | figures))
    assert figures["calls that could not be kept"] >= 5 * ROUNDS


@contextlib.contextmanager
def full_disk(replica: Replica) -> Iterator[None]:
    """Its process can write no file further than a few pages from its beginning: half of a write may still be done."""
    pid = replica.process.pid
    before = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (PAGES_LEFT * 4096 - 1000, before[1]))
    yield
    with contextlib.suppress(ProcessLookupError):
        resource.prlimit(pid, resource.RLIMIT_FSIZE, before)
