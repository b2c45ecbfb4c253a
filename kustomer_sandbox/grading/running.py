"""Runs a program as an agent in a scenario: a world on a port of this machine, the task, a time limit, the verdict."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from kustomer_sandbox.grading.bundle import Bundle, bundle_of, text_of_file
from kustomer_sandbox.grading.judge import grade_world
from kustomer_sandbox.grading.stepped_clock import SteppedClock, give_clock
from kustomer_sandbox.grading.trace import Trace, trace_of
from kustomer_sandbox.grading.verdict import Verdict
from kustomer_sandbox.simulator.api import create_api
from kustomer_sandbox.simulator.hosting.worlds import WorldSpec
from kustomer_sandbox.simulator.records.diff import Diff
from kustomer_sandbox.simulator.scenarios.files.loader import FileScenario
from kustomer_sandbox.simulator.values.http import Reply, Request
from kustomer_sandbox.testkit.kustomer import Kustomer
from kustomer_sandbox.testkit.server.programs import Program
from kustomer_sandbox.testkit.server.thread import KustomerServer, ServerThread
from kustomer_sandbox.testkit.shared import SharedApi

PROMPT = "{prompt}"
"""What stands for the task in an agent's command."""


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
class _SteppingApi(SharedApi):
    """A simulator in which the time of worlds moves between calls."""

    def handle(self, request: Request) -> Reply:
        with self.lock:
            for world in self.worlds:
                if isinstance(world.clock, SteppedClock):
                    world.clock.step()
        return SharedApi.handle(self, request)


def run_program(scenario: FileScenario, agent: Program, *, passed: Callable[[], float], seed: str = "0") -> ProgramRun:
    """Run a program in a fresh world of a scenario and judge what it did; `passed` is the machine's time in seconds.

    The program has the URLs and the key in its environment, the task there, too, on its standard input, and in place
    of `{prompt}` in its arguments. Raises `OSError` if it cannot be started.
    """
    api = _stepping_api()
    name = scenario.name
    api.worlds.scenarios = {**api.worlds.scenarios, name: scenario}
    spec = WorldSpec(name=name, scenario=name, seed=seed)
    with Kustomer(api, spec, folder=Path.cwd()) as kustomer:
        world = kustomer.world
        began_at = world.clock.now()
        give_clock(world, SteppedClock(began_at, "real", passed))
        with ServerThread(api) as thread, KustomerServer(thread, kustomer) as server:
            told = {"KUSTOMER_PROMPT": world.prompt}
            exit_code, printed = _told(agent, world.prompt).run(server, told, given=world.prompt)
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


def _stepping_api() -> SharedApi:
    api = create_api()
    return _SteppingApi(contracts=api.contracts, worlds=api.worlds, gate=api.gate, files=api.files)


def _told(command: Program, prompt: str) -> Program:
    """The command with the task in its words."""
    return replace(command, words=[word.replace(PROMPT, prompt) for word in command.words])


def words_of(command: str) -> list[str]:
    """The words of a command as a shell reads them. Raises `ValueError`."""
    return shlex.split(command)
