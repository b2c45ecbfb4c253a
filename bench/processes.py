"""Servers as processes of their own: started, pinned to a core away from the load, stopped."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[1]
STOP_SECONDS = 15


def _cores() -> list[int]:
    return sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []


CORES = _cores()
"""Those this program may use; on systems that cannot pin there are none, and the system decides."""


def pin(process: int, core: int) -> None:
    """Keep a process (0: this one) on the core with this number among ours, where there are several."""
    if len(CORES) > 1:
        os.sched_setaffinity(process, {CORES[core % len(CORES)]})


def module(name: str, *arguments: str) -> list[str]:
    """The command that runs a module."""
    return [sys.executable, "-m", name, *arguments]


@contextmanager
def serving(command: list[str], *, core: int | None = 0) -> Iterator[dict[str, str]]:
    """A server that prints one JSON line when it is ready: that line."""
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        try:
            if core is not None:
                pin(process.pid, core)
            yield ready(process)
        finally:
            process.terminate()
            process.wait(timeout=STOP_SECONDS)


def ready(process: subprocess.Popen[str]) -> dict[str, str]:
    """A started server's ready line. Raises `RuntimeError` if it ends before it has one."""
    line = process.stdout.readline() if process.stdout is not None else ""
    if not line:
        raise RuntimeError("the server ended before it was ready")
    facts: dict[str, str] = json.loads(line)
    return facts


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def until_listening(port: int, *, seconds: float) -> None:
    """Wait until a server takes connections. Raises `TimeoutError`."""
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.001)
    raise TimeoutError("the server does not listen")
