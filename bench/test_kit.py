"""1,000 tests of a project that uses the pytest kit, each with its own world and ten calls, under `-n 2`."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from importlib.metadata import entry_points
from pathlib import Path

from bench.figures import Figure
from bench.processes import CORES, ROOT

TESTS, CALLS = 1_000, 10
_PROJECT = f'''"""Made for the measurement."""

import pytest


@pytest.mark.parametrize("number", range({TESTS}))
def test_a_world_of_its_own(number, kustomer):
    with kustomer.client() as client:
        made = client.post("/v1/customers", json={{"name": f"Customer {{number}}"}})
        assert made.status_code == 201
        id = made.json()["data"]["id"]
        for _ in range({CALLS - 1}):
            assert client.get(f"/v1/customers/{{id}}").status_code == 200
'''


def measure() -> Iterator[Figure]:
    """Seconds of the whole run, workers' start included. Once: it is the longest measurement."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "test_worlds.py").write_text(_PROJECT, encoding="utf-8")
        yield Figure(
            name=f"{TESTS:,} tests, a world and {CALLS} calls each, -n 2",
            rounds=(_run(folder),),
            unit="s",
        )


def _run(folder: str) -> float:
    plugin = [] if _is_installed() else ["-p", "kustomer_sandbox.pytest_plugin"]
    command = [sys.executable, "-m", "pytest", "-q", "-n", "2", *plugin, "--rootdir", folder, folder]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    start = time.perf_counter()
    run = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False, preexec_fn=_on_any_core
    )
    if run.returncode:
        raise RuntimeError(f"the tests to be measured fail:\n{run.stdout[-2000:]}")
    return time.perf_counter() - start


def _is_installed() -> bool:
    """Whether pytest finds the plugin by itself, as in a user's project."""
    return "kustomer_sandbox" in entry_points(group="pytest11").names


def _on_any_core() -> None:
    """The load generator keeps to one core; these tests must not inherit that."""
    if CORES:
        os.sched_setaffinity(0, set(CORES))
