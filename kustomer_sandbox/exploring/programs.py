"""Programs as jobs: each run is a process of its own, and its world is on a port of this machine."""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack

from kustomer_sandbox.exploring.engine import Engine
from kustomer_sandbox.exploring.exploration import Exploration, JobDescription
from kustomer_sandbox.exploring.run import Stuck
from kustomer_sandbox.testkit.kustomer import Kustomer
from kustomer_sandbox.testkit.server import KustomerServer, ServerThread


class ProgramFailed(Exception):
    """It ended with another exit code than 0."""


class Program:
    """A command, run towards forks of one world; it has done its job if its exit code is 0."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str], limit: float) -> None:
        self.__qualname__ = shlex.join(command)
        self._command, self._environment, self._limit = command, environment, limit
        self._stack = ExitStack()
        self._thread: ServerThread | None = None
        self._process: subprocess.Popen[bytes] | None = None

    def explore(self, origin: Kustomer, *, faults: Iterable[str], at: tuple[int, str] | None, most: int) -> Exploration:
        """What is found out about it. Raises `ProgramFailed` or `Stuck` if it fails when nothing goes wrong."""
        with self._stack:
            told = JobDescription.of(self)
            return Engine(origin=origin, job=self, told=told, most=most, kill=self._kill).explore(faults, at)

    def __call__(self, kustomer: Kustomer, _: object) -> None:
        """Run it once. What it prints is printed."""
        if self._thread is None:  # all runs call by the same simulator
            self._thread = self._stack.enter_context(ServerThread(kustomer.api))
        with KustomerServer(self._thread, kustomer) as server:
            given = {"BASE": server.base_url, "KEY": server.api_key, "MCP_URL": server.mcp_url}
            named = {"KUSTOMER_BASE_URL": server.base_url, "KUSTOMER_API_KEY": server.api_key}
            self._process = subprocess.Popen(  # noqa: S603 - the command is the user's own
                self._command,
                env={**self._environment, **given, **named, "KUSTOMER_MCP_URL": server.mcp_url},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
            )
            self._wait(self._process)

    def _wait(self, process: subprocess.Popen[bytes]) -> None:
        try:
            printed = process.communicate(timeout=self._limit)[0]
        except subprocess.TimeoutExpired:
            process.kill()
            printed = process.communicate()[0]
            raise Stuck(f"still running after {self._limit} s") from None
        finally:
            process.kill()
        print(printed.decode("utf-8", errors="replace"))  # noqa: T201 - where leaks are looked for
        if process.returncode:
            raise ProgramFailed(f"exit code {process.returncode}")

    def _kill(self) -> None:
        if self._process is not None:
            self._process.kill()
