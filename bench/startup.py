"""Cold start: from the command to the first 200, against the floor's."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import count
from statistics import median
from tempfile import TemporaryDirectory

from bench import floor
from bench.figures import Figure, interleaved, ratios
from bench.load import ask, once
from bench.processes import ROOT, STOP_SECONDS, free_port, module, pin, ready, until_listening

ROUNDS = 7
PLAYED = "played anew"
_GIVE_UP_SECONDS = 60.0


@contextmanager
def floor_process(port: int) -> Iterator[subprocess.Popen[str]]:
    """The floor's server, on the core of servers; it may not listen yet."""
    with subprocess.Popen(module("bench.floor", str(port)), text=True, cwd=ROOT) as process:
        try:
            pin(process.pid, 0)
            yield process
        finally:
            process.terminate()
            process.wait(timeout=STOP_SECONDS)


def measure() -> Iterator[Figure]:
    """Each command as a newcomer types it, and with an empty world, to show what the seeding costs."""
    with _compiled():
        yield from _measure()


@contextmanager
def _compiled() -> Iterator[None]:
    """Both sides as installed: Python keeps what it has compiled, whatever the environment of the bench says."""
    before = dict(os.environ)
    with TemporaryDirectory() as folder:
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        os.environ["PYTHONPYCACHEPREFIX"] = folder
        try:
            yield
        finally:
            os.environ.clear()
            os.environ.update(before)


def _measure() -> Iterator[Figure]:
    seeds = count()
    commands = {
        "simulator": ("simulator",),
        "up": ("up",),
        "simulator --scenario empty": ("simulator", "--scenario", "empty"),
        "up --scenario empty": ("up", "--scenario", "empty"),
    }
    measures: list[Callable[[], float]] = [partial(_ours, *words) for words in commands.values()]
    # Each time another world, so that none was played and kept before.
    measures.append(lambda: _ours("simulator", "--seed", f"{PLAYED}-{next(seeds)}"))
    for warm in (_floor, *measures):
        warm()
    bare, *found = interleaved(ROUNDS, _floor, *measures)
    for name, values in zip((*commands, f"simulator, {PLAYED}"), found, strict=True):
        yield Figure(
            name=f"cold start of `{name}` / floor",
            rounds=ratios(values, bare),
            unit="x",
            detail=f"{median(values):.2f} s against {median(bare):.2f} s",
        )


def _floor() -> float:
    port = free_port()
    start = time.perf_counter()
    with floor_process(port):
        until_listening(port, seconds=_GIVE_UP_SECONDS)
        once(ask(f"http://127.0.0.1:{port}", "GET", f"/v1/customers/{floor.ID}"))
        return time.perf_counter() - start


def _ours(*words: str) -> float:
    command = module("kustomer_sandbox", *words, "--port", "0", "--json", "--quiet")
    start = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        try:
            pin(process.pid, 0)
            facts = ready(process)
            key = {"authorization": f"Bearer {facts['api_key']}"}
            once(ask(facts["base_url"], "GET", "/v1/customers?pageSize=1", headers=key))
            return time.perf_counter() - start
        finally:
            process.terminate()
            process.wait(timeout=STOP_SECONDS)
