"""`--workers` with a PostgreSQL: several processes on one port, and nobody sees that they are several."""

from __future__ import annotations

import os
import select
import signal
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.keeping.conftest import POSTGRES
from tests.keeping.replica_processes import Replica
from tests.kustomer_sandbox.episode_stage import ABOUT, VERSION

pytestmark = [*POSTGRES, pytest.mark.skipif(sys.platform != "linux", reason="children are read from /proc")]
CLIENTS, CALLS = 8, 40
TOOL = "create_a_kustomer_customer"
WAIT_SECONDS = 30


@pytest.fixture(params=["simulator", "up"])
def replicas(request: pytest.FixtureRequest, new_database: Callable[[str], str]) -> Iterator[Replica]:
    """Two processes."""
    started = Replica(new_database("workers"), request.param, "--workers", "2", "--quiet")
    yield started
    started.close()


@pytest.fixture
def sandbox(new_database: Callable[[str], str]) -> Iterator[Replica]:
    """Three processes with their tools, two of which open the database at the same moment."""
    started = Replica(new_database("sandboxes"), "up", "--workers", "3")
    yield started
    started.close()


def test_every_call_finds_what_any_process_has_done(replicas: Replica) -> None:
    """Many connections at once, so that both processes have some; one is killed, another takes its place."""
    main = replicas.process.pid
    [other] = children_of(main)
    assert scraped(replicas)["worlds"] == 1
    before = [spent(process) for process in (main, other)]
    made = make_many(replicas)
    assert all(spent(process) > earlier for process, earlier in zip((main, other), before, strict=True))
    for _ in range(CLIENTS):  # whichever takes the connection tells of all
        counted = scraped(replicas)
        told = [counted[name] for name in ("calls_total CreateCustomer 201", "call_seconds_count", "worlds")]
        assert told == [CALLS, CALLS, 1]
        assert counted["store_writes_total"] >= CALLS
        assert counted["store_write_seconds_total"] > counted["store_write_failures_total"] == 0
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


def test_tools_work_whichever_process_is_asked_and_outlive_one(sandbox: Replica) -> None:
    """With the URL of the start, and of a world and an episode made at any; what was answered is there afterwards."""
    main = sandbox.process.pid
    assert sandbox.call("POST", "/_sandbox/worlds", {"name": "second", "scenario": "empty"})[0] == 201
    urls = [
        sandbox.ready["mcp_url"],
        sandbox.call("POST", "/_sandbox/worlds/second/mcp")[1]["mcp_url"],
        sandbox.call("POST", "/_sandbox/episodes", {"scenario": "empty"})[1]["mcp_url"],
    ]
    answered = 0
    for kill in range(3):
        others = children_of(main)
        before = [spent(process) for process in (main, *others)]
        for url in urls:
            assert set(call_many(url)) == {200}
        assert all(spent(process) > earlier for process, earlier in zip((main, *others), before, strict=True))
        os.kill(others[kill % 2], signal.SIGKILL)
        statuses = [call_many(url) for url in urls]
        assert sum(one.count(0) for one in statuses) <= CLIENTS  # those that were being answered, at most
        answered += CALLS + statuses[0].count(200)
        until(lambda: len(children_of(main)) == 2 and others[kill % 2] not in children_of(main))  # noqa: B023
    made = sandbox.control("GET", "")["records"]["customer"]
    assert answered <= made <= 6 * CALLS
    sandbox.process.send_signal(signal.SIGINT)
    out, err = sandbox.process.communicate(timeout=WAIT_SECONDS)
    calls = [line for line in err.splitlines() if "CreateCustomer" in line and not line.startswith("[")]
    assert (out, len(calls), err.count("it is started again")) == ("", made, 3)


def call_many(url: str) -> list[int]:
    """The statuses of tool calls that make customers, each over a connection of its own; 0 where no answer came."""
    params = {"name": TOOL, "arguments": {"name": "One"}, "_meta": ABOUT}
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
    headers = {"mcp-protocol-version": VERSION, "mcp-method": "tools/call", "mcp-name": TOOL}
    headers |= {"accept": "application/json, text/event-stream", "connection": "close"}

    def call(_: int) -> int:
        try:
            answer = httpx.post(url, json=body, headers=headers, timeout=WAIT_SECONDS)
        except httpx.HTTPError:
            return 0
        assert answer.json()["result"]["isError"] is False, answer.text
        return answer.status_code

    with ThreadPoolExecutor(CLIENTS) as clients:
        return list(clients.map(call, range(CALLS)))


def scraped(replicas: Replica) -> dict[str, float]:
    """The metrics, over a connection of its own."""
    text = httpx.get(f"{replicas.ready['base_url']}/_sandbox/metrics", headers={"connection": "close"}).text
    samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
    return {" ".join([one.name.removeprefix("kustomer_sandbox_"), *one.labels.values()]): one.value for one in samples}


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
