"""`kustomer-sandbox up --workers` as a user meets it: real processes, one of them killed, none left behind."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.kustomer_sandbox.test_up import KEYS, QUICKLY_SECONDS, started

WAIT_SECONDS = 30

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="what a process has started is read from /proc")


@pytest.fixture(scope="module")
def fleet() -> Iterator[tuple[subprocess.Popen[str], dict[str, str]]]:
    """Two workers, and the ready line of the main one."""
    with started("--workers", "2", "--quiet") as running:
        yield running


def make(facts: dict[str, str], **asked: Any) -> dict[str, Any]:
    made: dict[str, Any] = httpx.post(f"{facts['base_url']}/_sandbox/worlds", json=asked, timeout=WAIT_SECONDS).json()
    return made


def until(holds: Callable[[], bool]) -> None:
    """Wait until something that another process does is done."""
    for _ in range(100 * WAIT_SECONDS):
        if holds():
            return
        select.select([], [], [], 0.01)
    raise AssertionError("it did not come to be")


def test_two_workers_share_the_worlds(fleet: tuple[subprocess.Popen[str], dict[str, str]]) -> None:
    """The ready line is that of one process; what is made is called where the answer says, by API and by MCP."""
    _, facts = fleet
    made = [make(facts) for _ in range(2)]
    begun = httpx.post(f"{facts['base_url']}/_sandbox/episodes", timeout=WAIT_SECONDS).json()
    assert list(facts) == KEYS
    assert [one["base_url"] == facts["base_url"] for one in made] == [False, True]
    for one in (*made, begun):
        headers = {"Authorization": f"Bearer {one['api_key']}"}
        assert httpx.get(f"{one['base_url']}/v1/customers", headers=headers).status_code == 200
        assert httpx.get(f"{one['mcp_url']}/discovery").status_code != 404


@pytest.mark.slow
def test_a_worker_that_is_killed_takes_its_own_worlds_alone(
    fleet: tuple[subprocess.Popen[str], dict[str, str]],
) -> None:
    """The main port names them as gone, and a new worker is there at the old address."""
    main, facts = fleet
    lost, kept = sorted((make(facts) for _ in range(2)), key=lambda made: made["base_url"] == facts["base_url"])
    os.kill(children_of(main.pid)[0], signal.SIGKILL)
    below = f"{facts['base_url']}/_sandbox/worlds"
    until(lambda: httpx.get(f"{below}/{lost['name']}").status_code == 410)
    assert httpx.get(f"{below}/{kept['name']}").status_code == 200
    until(lambda: any(make(facts)["base_url"] == lost["base_url"] for _ in range(3)))
    there = httpx.get(f"{lost['base_url']}/_sandbox/worlds/{lost['name']}", timeout=WAIT_SECONDS)
    assert (there.status_code, there.json()["errors"][0]["code"]) == (410, "gone")


@pytest.mark.slow
@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_no_worker_outlives_the_main_process(stop: signal.Signals) -> None:
    """However it ends: a worker that was left behind would hold memory and a port until somebody finds it."""
    with started("--workers", "2", "--quiet") as (main, facts):
        make(facts)
        workers = children_of(main.pid)
        main.send_signal(stop)
        out, err = main.communicate(timeout=2 * QUICKLY_SECONDS)
        assert (out, err, len(workers)) == ("", "", 1)
        until(lambda: not any(Path(f"/proc/{worker}").exists() for worker in workers))


def children_of(process: int) -> list[int]:
    """The processes that a process has started, and that are alive."""
    return [int(child) for child in Path(f"/proc/{process}/task/{process}/children").read_text("utf-8").split()]
