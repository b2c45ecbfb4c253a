"""Runs a program as an agent in a scenario: a world on a port of this machine, the task, a time limit, the verdict."""

from __future__ import annotations

import contextlib
import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from kustomer_sandbox.grading.bundle import Bundle, bundle_of, text_of_file
from kustomer_sandbox.grading.judge import grade_world
from kustomer_sandbox.grading.trace import Trace, trace_of
from kustomer_sandbox.grading.turn_clock import TurnClock, give_clock
from kustomer_sandbox.grading.verdict import Verdict
from kustomer_sandbox.simulator.api import create_api
from kustomer_sandbox.simulator.hosting.worlds import WorldSpec
from kustomer_sandbox.simulator.records.diff import Diff
from kustomer_sandbox.simulator.scenarios.files.loader import FileScenario
from kustomer_sandbox.simulator.values.http import Reply, Request
from kustomer_sandbox.testkit.kustomer import Kustomer
from kustomer_sandbox.testkit.server import KustomerServer, ServerThread
from kustomer_sandbox.testkit.shared import SharedApi

PROMPT = "{prompt}"
"""What stands for the task in an agent's command."""


@dataclass(frozen=True, kw_only=True, slots=True)
class AgentCommand:
    """A program with its arguments, the environment it has besides what it is told, and seconds it may take."""

    words: Sequence[str]
    environment: Mapping[str, str]
    limit: float


@dataclass(frozen=True, kw_only=True, slots=True)
class ProgramRun:
    """One run of a program. `exit_code` is None for one that was stopped when its time was over."""

    verdict: Verdict
    trace: Trace
    diff: Diff
    bundle: Bundle
    exit_code: int | None
    printed: str


@dataclass(frozen=True, kw_only=True, slots=True, repr=False)
class _TurningApi(SharedApi):
    """A simulator in which the time of worlds moves between calls."""

    def handle(self, request: Request) -> Reply:
        with self.lock:
            for world in self.worlds:
                if isinstance(world.clock, TurnClock):
                    world.clock.turn()
        return SharedApi.handle(self, request)


def run_program(
    scenario: FileScenario, agent: AgentCommand, *, passed: Callable[[], float], seed: str = "0"
) -> ProgramRun:
    """Run a program in a fresh world of a scenario and judge what it did; `passed` is the machine's time in seconds.

    The program has the URLs and the key in its environment, the task there, too, on its standard input, and in place
    of `{prompt}` in its arguments. Raises `OSError` if it cannot be started.
    """
    api = _turning_api()
    name = scenario.name
    api.worlds.scenarios = {**api.worlds.scenarios, name: scenario}
    spec = WorldSpec(name=name, scenario=name, seed=seed)
    with Kustomer(api, spec, folder=Path.cwd()) as kustomer:
        world = kustomer.world
        began_at = world.clock.now()
        give_clock(world, TurnClock(began_at, "real", passed))
        with ServerThread(api) as thread, KustomerServer(thread, kustomer) as server:
            exit_code, printed = _run(agent, server, world.prompt)
            with api.lock:
                world.run_due(world.clock.now())
                verdict, trace = grade_world(api.worlds, world), trace_of(world)
                bundle = bundle_of(world, text_of_file(scenario.file), seed, began_at, verdict)
                return ProgramRun(
                    verdict=verdict,
                    trace=trace,
                    diff=kustomer.diff(),
                    bundle=bundle,
                    exit_code=exit_code,
                    printed=printed,
                )


def _turning_api() -> SharedApi:
    api = create_api()
    return _TurningApi(contracts=api.contracts, worlds=api.worlds, gate=api.gate, files=api.files)


def _run(agent: AgentCommand, server: KustomerServer, prompt: str) -> tuple[int | None, str]:
    told = {
        "KUSTOMER_MCP_URL": server.mcp_url,
        "KUSTOMER_BASE_URL": server.base_url,
        "KUSTOMER_API_KEY": server.api_key,
        "KUSTOMER_PROMPT": prompt,
    }
    with subprocess.Popen(  # noqa: S603 - the command is the user's own
        [word.replace(PROMPT, prompt) for word in agent.words],
        env={**agent.environment, **told},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    ) as process:
        exit_code: int | None
        try:
            printed = process.communicate(prompt.encode(), timeout=agent.limit)[0]
            exit_code = process.returncode
        except subprocess.TimeoutExpired:
            _end(process)
            printed, exit_code = process.communicate()[0], None
        except BaseException:
            _end(process)
            raise
    return exit_code, printed.decode("utf-8", errors="replace")


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a program with all that it has started, which would else hold on to its output."""
    if sys.platform == "win32":
        process.kill()
    else:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


def words_of(command: str) -> list[str]:
    """The words of a command as a shell reads them. Raises `ValueError`."""
    return shlex.split(command)
