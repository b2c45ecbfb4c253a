"""The command `run`: an agent works in a scenario, is graded, and leaves a report."""

from __future__ import annotations

import json
import os
import re
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kustomer_sandbox.command.refusing import reason_of, usage_error

if TYPE_CHECKING:
    from kustomer_sandbox.grading.running import ProgramRun
    from kustomer_sandbox.grading.verdict import Verdict
    from kustomer_sandbox.simulator.scenarios.files.loader import FileScenario
    from kustomer_sandbox.testkit.server.programs import Program

Which = Annotated[str, typer.Argument(metavar="SCENARIO", help="A shipped scenario, or the path of a file (.yaml).")]
Command = Annotated[str, typer.Option("--agent", help="The command to run; {prompt} in it stands for the task.")]
Times = Annotated[int, typer.Option(min=1, help="How often, each time in a fresh world.")]
Limit = Annotated[float, typer.Option(min=0.1, help="Seconds after which the agent is stopped.")]
Label = Annotated[str, typer.Option(help="What the runs are called in tables, such as the model's name.")]
Report = Annotated[Path, typer.Option(help="The folder below which each run leaves one of its own.")]
Seed = Annotated[str, typer.Option(help="Another seed gives another world; the same gives the same bytes.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON line for each run and nothing else.")]

_LABEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}", re.ASCII)


def run(
    scenario: Which,
    agent: Command,
    times: Times = 1,
    limit: Limit = 600,
    label: Label = "",
    report: Report = Path("kustomer-runs"),
    seed: Seed = "0",
    as_json: AsJson = False,
) -> None:
    """Run an agent in a scenario and grade it.

    The command gets KUSTOMER_MCP_URL, KUSTOMER_BASE_URL, KUSTOMER_API_KEY and the task: in KUSTOMER_PROMPT, on its
    standard input, and in place of {prompt}. Each run leaves a folder with the verdict, a page, the trace, spans and a
    bundle for `verify`. Exit code 0, or 1 if a run has not passed.
    """
    from kustomer_sandbox.grading.reports.folder import leave  # noqa: PLC0415 - keeps --help quick
    from kustomer_sandbox.grading.running import run_program  # noqa: PLC0415 - the same

    if label and _LABEL.fullmatch(label) is None:
        raise usage_error("--label must begin with a letter or digit and go on with up to 63 of them, and of - _ and .")
    known, command = graded_scenario(scenario), agent_command(agent, limit)
    verdicts = []
    for _ in range(times):
        try:
            done = run_program(known, command, passed=time.monotonic, seed=seed)
            home = leave(report, done, prompt=known.prompt or "", label=label)
        except OSError as fault:
            raise usage_error(f"the run cannot be made: {reason_of(fault)}") from None
        verdicts.append(done.verdict)
        sys.stdout.write(_told(done, home, as_json=as_json))
        sys.stdout.flush()
    _sum_up(label, verdicts, as_json=as_json)
    raise typer.Exit(0 if all(verdict.has_passed for verdict in verdicts) else 1)


def _sum_up(label: str, verdicts: list[Verdict], *, as_json: bool) -> None:
    from kustomer_sandbox.grading.reports.table import table_text  # noqa: PLC0415 - keeps --help quick

    if len(verdicts) > 1 and not as_json:
        sys.stdout.write(table_text({label: verdicts}))


def _told(done: ProgramRun, home: Path, *, as_json: bool) -> str:
    from kustomer_sandbox.grading.reports.table import verdict_text  # noqa: PLC0415 - keeps --help quick

    if as_json:
        return json.dumps({"report": str(home), "exit_code": done.exit_code, **done.verdict.shown()}) + "\n"
    ended = "was stopped: its time was over" if done.exit_code is None else f"ended with exit code {done.exit_code}"
    return f"{verdict_text(done.verdict)}The agent {ended}. Report: {home / 'report.html'}\n"


def graded_scenario(name: str) -> FileScenario:
    """The scenario of a name or a path. Raises `typer.Exit` for one that is not there or has no criteria."""
    from kustomer_sandbox.contracts.load import load  # noqa: PLC0415 - keeps --help quick
    from kustomer_sandbox.grading.scenarios import scenario_named  # noqa: PLC0415 - the same
    from kustomer_sandbox.simulator.scenarios.files.sections import ScenarioError  # noqa: PLC0415 - the same

    try:
        found = scenario_named(name, load())
    except ScenarioError as fault:
        raise usage_error(str(fault)) from None
    except OSError as fault:
        raise usage_error(f"the scenario {name} cannot be read: {fault.strerror}") from None
    if not found.criteria:
        raise usage_error(f"the scenario {name} has no criteria: there is nothing to grade")
    return found


def agent_command(text: str, limit: float) -> Program:
    """What `--agent` says. Raises `typer.Exit` for what is no command."""
    from kustomer_sandbox.grading.running import words_of  # noqa: PLC0415 - keeps --help quick
    from kustomer_sandbox.testkit.server.programs import Program  # noqa: PLC0415 - the same

    try:
        words = words_of(text)
    except ValueError as fault:
        raise usage_error(f"--agent cannot be read: {fault}") from None
    if not words:
        raise usage_error("--agent must be a command")
    return Program(words=words, environment=os.environ, limit=limit)
