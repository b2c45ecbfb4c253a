"""`simulator --workers` with a PostgreSQL: several processes on one port, and nobody sees that they are several."""

from __future__ import annotations

import os
import select
import signal
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.keeping.conftest import POSTGRES
from tests.keeping.replica_processes import Replica

pytestmark = [*POSTGRES, pytest.mark.skipif(sys.platform != "linux", reason="children are read from /proc")]
CLIENTS, CALLS = 8, 40
WAIT_SECONDS = 30


@pytest.fixture
def replicas(new_database: Callable[[str], str]) -> Iterator[Replica]:
    """Two processes."""
    started = Replica(new_database("workers"), "simulator", "--workers", "2", "--quiet")
    yield started
    started.close()


def test_every_call_finds_what_any_process_has_done(replicas: Replica) -> None:
    """Many connections at once, so that both processes have some; one is killed, another takes its place."""
    main = replicas.process.pid
    [other] = children_of(main)
    before = [spent(process) for process in (main, other)]
    made = make_many(replicas)
    assert all(spent(process) > earlier for process, earlier in zip((main, other), before, strict=True))
    os.kill(other, signal.SIGKILL)
    until(lambda: children_of(main) not in ([], [other]))
    made += make_many(replicas)
    [another] = children_of(main)
    assert sorted(made) == sorted(set(made))
    assert replicas.call("GET", "/v1/customers?pageSize=100")[1]["meta"]["page"] == 1
    assert replicas.control("GET", "")["records"]["customer"] == 2 * CALLS
    replicas.process.send_signal(signal.SIGTERM)
    replicas.process.wait(WAIT_SECONDS)
    until(lambda: not Path(f"/proc/{another}").exists())


def make_many(replicas: Replica) -> list[str]:
    """Customers, each made over a connection of its own; gives their ids."""

    def make(_: int) -> str:
        answer = replicas.http.build_request("POST", "/v1/customers", json={"name": "One"})
        answer.headers["connection"] = "close"
        return str(replicas.http.send(answer).raise_for_status().json()["data"]["id"])

    with ThreadPoolExecutor(CLIENTS) as clients:
        return list(clients.map(make, range(CALLS)))


def children_of(process: int) -> list[int]:
    """The processes that a process has started, and that are alive."""
    return [int(child) for child in Path(f"/proc/{process}/task/{process}/children").read_text("utf-8").split()]


def spent(process: int) -> int:
    """Ticks of processor time."""
    return int(Path(f"/proc/{process}/stat").read_text("utf-8").rpartition(")")[2].split()[11])


def until(holds: Callable[[], bool]) -> None:
    """Wait until something that another process does is done."""
    for _ in range(100 * WAIT_SECONDS):
        if holds():
            return
        select.select([], [], [], 0.01)
    raise AssertionError("it did not come to be")
