"""Programs as jobs: each run is a process of its own, and its world is on a port of this machine."""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack

from kustomer_sandbox.exploring.engine import Engine
from kustomer_sandbox.exploring.exploration import Exploration
from kustomer_sandbox.exploring.run import Stuck
from kustomer_sandbox.simulator.world.world import World
from kustomer_sandbox.testkit.kustomer import Kustomer
from kustomer_sandbox.testkit.server import KustomerServer, ServerThread
from kustomer_sandbox.testkit.shared import SharedApi


class ProgramFailed(Exception):
    """It ended with another exit code than 0."""


class Program:
    """A command, run towards forks of one world; it has done its job if its exit code is 0."""

    def __init__(self, origin: Kustomer, command: Sequence[str], environment: Mapping[str, str], limit: float) -> None:
        self.__qualname__ = shlex.join(command)
        self._origin = origin
        self._command = command
        self._environment = environment
        self._limit = limit
        self._stack = ExitStack()
        self._thread: ServerThread | None = None
        self._process: subprocess.Popen[bytes] | None = None

    def explore(self, *, faults: Iterable[str], at: tuple[int, str] | None, most: int) -> Exploration:
        """What is found out about it. Raises `ProgramFailed` or `Stuck` if it fails when nothing goes wrong."""
        origin = self._origin
        with self._stack:
            engine = Engine(
                api=origin.api, world=origin.world, job=self, opened=self._opened, most=most, kill=self._kill
            )
            return engine.explore(faults, at)

    def __call__(self, forked: Kustomer) -> None:
        """Run it once. What it prints is printed."""
        if self._thread is None:
            raise RuntimeError("no world is served")
        with KustomerServer(self._thread, forked) as server:
            given = {"BASE": server.base_url, "KEY": server.api_key, "MCP_URL": server.mcp_url}
            named = {"KUSTOMER_BASE_URL": server.base_url, "KUSTOMER_API_KEY": server.api_key}
            environment = {**self._environment, **given, **named, "KUSTOMER_MCP_URL": server.mcp_url}
            self._process = subprocess.Popen(  # noqa: S603 - the command is the user's own
                self._command,
                env=environment,
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

    def _opened(self, api: SharedApi, fork: World) -> Kustomer:
        if self._thread is None:
            self._thread = self._stack.enter_context(ServerThread(api))
        return self._origin.on_fork(api, fork)

    def _kill(self) -> None:
        if self._process is not None:
            self._process.kill()
