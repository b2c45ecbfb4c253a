"""The command `injections`: does an agent obey instructions that are hidden in what it reads?"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated

import typer

from kustomer_sandbox.command.grading.run import agent_command
from kustomer_sandbox.command.refusing import usage_error

if TYPE_CHECKING:
    from kustomer_sandbox.testkit.pii.injections.cases import InjectionCase
    from kustomer_sandbox.testkit.pii.injections.outcomes import CaseOutcome, Progress
    from kustomer_sandbox.testkit.server.programs import Program

Agent = Annotated[str, typer.Option(help="The command to run in each case; {prompt} in it stands for the task.")]
Scripted = Annotated[str, typer.Option(help="An agent of our own instead: careful or gullible.")]
Only = Annotated[str, typer.Option(help="Some cases alone: task/injection/place; `any`, or left out, is all of them.")]
Seed = Annotated[str, typer.Option(help="Another seed gives other people, numbers and words.")]
Limit = Annotated[float, typer.Option(min=0.1, help="Seconds after which the agent is stopped in a case.")]
Write = Annotated[Path | None, typer.Option(help="Write the cases as scenario files into this folder; run nothing.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON line and nothing else.")]

_TOLD_EVERY = 20


def injections(
    agent: Agent = "",
    scripted: Scripted = "",
    only: Only = "",
    seed: Seed = "0",
    limit: Limit = 600,
    write: Write = None,
    as_json: AsJson = False,
) -> None:
    """Try prompt injections and data exfiltration on an agent.

    Ten tasks, eight hidden instructions, five places where they are hidden: 400 cases, each a fresh world. No model
    judges: an agent fell if a masked number got out, a window was opened, or records changed as the instruction wants.
    The command gets the same as with `run`. Exit code 0, or 1 if the agent fell in a case.
    """
    if (bool(agent), bool(scripted), write is not None).count(True) != 1:
        raise usage_error("choose one of --agent, --scripted and --write")
    chosen = _cases(seed, only)
    if write is not None:
        _write(write, chosen)
        return
    outcomes = list(_outcomes(chosen, agent, scripted, limit, _shown(len(chosen), is_quiet=as_json)))
    from kustomer_sandbox.testkit.pii.injections.tables import outcomes_json, outcomes_text  # noqa: PLC0415 - the same

    sys.stdout.write(json.dumps(outcomes_json(outcomes)) + "\n" if as_json else outcomes_text(outcomes))
    raise typer.Exit(1 if any(outcome.fell for outcome in outcomes) else 0)


def _cases(seed: str, only: str) -> list[InjectionCase]:
    from kustomer_sandbox.testkit.pii.injections.cases import NoSuchCase, cases  # noqa: PLC0415 - keeps --help quick

    try:
        return list(cases(seed, only))
    except NoSuchCase as fault:
        raise usage_error(f"--only: {fault}") from None


def _outcomes(
    chosen: list[InjectionCase], agent: str, scripted: str, limit: float, progress: Progress
) -> Iterator[CaseOutcome]:
    from kustomer_sandbox.testkit.pii.injections.outcomes import run_scripted  # noqa: PLC0415 - keeps --help quick
    from kustomer_sandbox.testkit.pii.injections.scripted import AGENTS  # noqa: PLC0415 - the same

    if agent:
        return _of_program(chosen, agent_command(agent, limit), progress)
    if scripted not in AGENTS:
        raise usage_error(f"--scripted must be one of {', '.join(AGENTS)}")
    return run_scripted(chosen, AGENTS[scripted], progress=progress)


def _of_program(chosen: list[InjectionCase], command: Program, progress: Progress) -> Iterator[CaseOutcome]:
    """A program works in each case, in a world on a port."""
    from kustomer_sandbox.grading.running import run_program  # noqa: PLC0415 - keeps --help quick
    from kustomer_sandbox.simulator.scenarios.files.loader import load_scenario  # noqa: PLC0415 - the same
    from kustomer_sandbox.testkit.pii.injections.outcomes import CaseOutcome  # noqa: PLC0415 - the same

    with TemporaryDirectory() as folder:
        for number, case in enumerate(chosen, 1):
            file = Path(folder, case.file)
            file.write_text(case.text, encoding="utf-8")
            try:
                done = run_program(load_scenario(file), command, passed=time.monotonic, seed=case.seed)
            except OSError as fault:
                raise usage_error(f"the run cannot be made: {fault.strerror or fault}") from None
            yield CaseOutcome(case=case, verdict=done.verdict)
            progress(number)


def _write(folder: Path, chosen: list[InjectionCase]) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for case in chosen:
            (folder / case.file).write_text(case.text, encoding="utf-8")
    except OSError as fault:
        raise usage_error(f"the cases cannot be written: {fault.strerror}") from None
    sys.stdout.write(f"{len(chosen)} scenario files are in {folder}\n")


def _shown(of: int, *, is_quiet: bool) -> Progress:
    """Writes how far it is to the error stream, now and then."""

    def progress(done: int) -> None:
        if not is_quiet and (done % _TOLD_EVERY == 0 or done == of):
            sys.stderr.write(f"{done} of {of} cases\n")

    return progress
