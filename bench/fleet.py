"""Short-lived worlds: made, used for ten calls and dropped; in process, and over HTTP by one worker and by two.

Over HTTP the client needs a core, too, so on two cores two workers cannot be kept busy from here. What a fleet does on
cores of its own follows from the processor time of its busiest worker, which is what is compared.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from itertools import count
from pathlib import Path

from bench.figures import Figure
from bench.load import Ask, answer_of, ask
from bench.processes import CORES, ROOT, STOP_SECONDS, module, pin, ready
from kustomer_sandbox.simulator.api import Api, create_api
from kustomer_sandbox.simulator.hosting.worlds import WorldSpec
from kustomer_sandbox.simulator.values.http import Request

ROUNDS, WORLDS = 7, 200
CLIENTS, HTTP_WORLDS, HTTP_ROUNDS = 16, 30, 5
_JANE = "/v1/customers/email=jane.doe@example.com"
_READS, _WRITES = 8, 2
_NEW = json.dumps({"name": "One more"}).encode()
_TICKS = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100


def measure() -> Iterator[Figure]:
    """Demo worlds; of the ten calls eight read and two write."""
    yield _in_process()
    if not Path("/proc").is_dir():
        return
    if CORES:
        os.sched_setaffinity(0, set(CORES))  # what is started has this process's cores
    try:
        rates = {workers: _per_second(workers) for workers in (1, 2)}
    finally:
        pin(0, 1)
    ratio = tuple(two / one for one, two in zip(rates[1], rates[2], strict=True))
    told = f"{max(rates[2]):.0f} against {max(rates[1]):.0f} worlds for each second of the busiest worker"
    yield Figure(
        name="worlds of a fleet of two / of one worker",
        rounds=ratio,
        unit="x",
        detail=told,
    )


def _in_process() -> Figure:
    api, names = create_api(), count()
    _use(api, f"warm-{next(names)}")
    rounds = []
    for _ in range(ROUNDS):
        start = time.process_time()
        for _ in range(WORLDS):
            _use(api, f"world-{next(names)}")
        rounds.append(WORLDS / (time.process_time() - start))
    name = "worlds made, used for ten calls, dropped"
    return Figure(name=name, rounds=tuple(rounds), unit="/s")


def _use(api: Api, name: str) -> None:
    _, key = api.opening(WorldSpec(name=name, scenario="demo"))
    headers = {"authorization": f"Bearer {key}", "content-type": "application/json"}
    for _ in range(_READS):
        api.handle(Request(method="GET", path=_JANE, headers=headers))
    for _ in range(_WRITES):
        api.handle(Request(method="POST", path="/v1/customers", headers=headers, body=_NEW))
    api.worlds.drop(name)


def _per_second(workers: int) -> list[float]:
    """Worlds for each second of processor time that the busiest worker spent, round by round."""
    command = module("kustomer_sandbox", "up", "--port", "0", "--json", "--quiet", "--workers", str(workers))
    with _up(command) as (port, processes), ThreadPoolExecutor(CLIENTS) as clients:
        list(clients.map(_client, [port] * CLIENTS))
        rounds = []
        for _ in range(HTTP_ROUNDS):
            before = [_spent(process) for process in processes]
            list(clients.map(_client, [port] * CLIENTS))
            spent = [_spent(process) - earlier for process, earlier in zip(processes, before, strict=True)]
            rounds.append(CLIENTS * HTTP_WORLDS / max(spent))
    return rounds


def _client(port: int) -> None:
    """Makes, uses and drops worlds one after the other, each where the answer says."""
    with closing(_Connections()) as connections:
        for _ in range(HTTP_WORLDS):
            made = json.loads(connections.call(_to(port, "POST", "/_sandbox/worlds", b'{"scenario": "demo"}')))
            at = int(made.get("base_url", f":{port}").rpartition(":")[2])
            headers = {"authorization": f"Bearer {made['api_key']}"}
            for _ in range(_READS):
                connections.call(_to(at, "GET", _JANE, headers=headers))
            for _ in range(_WRITES):
                connections.call(_to(at, "POST", "/v1/customers", _NEW, headers=headers))
            connections.call(_to(at, "DELETE", f"/_sandbox/worlds/{made['name']}"))


def _to(port: int, method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None) -> Ask:
    return ask(f"http://127.0.0.1:{port}", method, path, headers=headers, body=body)


class _Connections:
    """One kept-alive connection to each port that was called."""

    def __init__(self) -> None:
        self._open: dict[int, socket.socket] = {}

    def call(self, asked: Ask) -> bytes:
        if asked.port not in self._open:
            self._open[asked.port] = socket.create_connection(("127.0.0.1", asked.port), timeout=60)
            self._open[asked.port].setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._open[asked.port].sendall(asked.raw)
        return answer_of(self._open[asked.port])

    def close(self) -> None:
        for connection in self._open.values():
            connection.close()


@contextmanager
def _up(command: list[str]) -> Iterator[tuple[int, list[int]]]:
    """A sandbox on whatever cores there are: its port, and all its processes, the main one first."""
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        try:
            port = int(ready(process)["base_url"].rpartition(":")[2])
            children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text("utf-8").split()
            yield port, [process.pid, *map(int, children)]
        finally:
            process.terminate()
            process.wait(timeout=STOP_SECONDS)


def _spent(process: int) -> float:
    """Seconds of processor time."""
    fields = Path(f"/proc/{process}/stat").read_text("utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS
