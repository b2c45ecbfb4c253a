"""The command `grade`: the verdict on a sandbox that runs."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kustomer_sandbox.command.refusing import usage_error
from kustomer_sandbox.command.running.looking import AsJson, WhichPort, the_one_running

if TYPE_CHECKING:
    from kustomer_sandbox.command.running.found import Running
    from kustomer_sandbox.grading.verdict import Verdict

Which = Annotated[
    str,
    typer.Argument(
        metavar="[SCENARIO|FOLDER]", help="The scenario that is meant to be running, or a folder of reports."
    ),
]
WorldName = Annotated[str, typer.Option("--world", help="Another world of the sandbox than its first.")]
Junit = Annotated[Path | None, typer.Option(help="Write the verdict to this file, for CI.")]

_OK = 200
_STARTS = "kustomer-sandbox up --scenario NAME"


def grade(
    scenario: Which = "",
    world: WorldName = "",
    port: WhichPort = 0,
    junit: Junit = None,
    as_json: AsJson = False,
) -> None:
    """Tell whether an agent did the right thing, and nothing else.

    Judges what has happened in a running sandbox (`up --scenario …`) by the criteria of its scenario. It changes
    nothing there. Of a folder in which `run` has left reports it gives a table: labels, such as models, against
    scenarios, with pass^k, the chance that k runs all pass. Exit code 0, or 1 if a criterion is not met.
    """
    from kustomer_sandbox.grading.reports.junit import as_junit  # noqa: PLC0415 - the same
    from kustomer_sandbox.grading.reports.table import table_json, table_text, verdict_text  # noqa: PLC0415 - keeps --help quick

    if scenario and Path(scenario).is_dir():
        runs = _runs(Path(scenario))
        text = table_json(runs) if as_json else table_text(runs)
    else:
        verdict = _verdict(the_one_running(port, starts=_STARTS), world, scenario)
        runs = {"": [verdict]}
        text = verdict.as_json().decode() + "\n" if as_json else verdict_text(verdict)
    if junit is not None:
        _write(junit, as_junit(runs))
    sys.stdout.write(text)
    raise typer.Exit(0 if all(verdict.has_passed for verdicts in runs.values() for verdict in verdicts) else 1)


def _runs(folder: Path) -> dict[str, list[Verdict]]:
    from kustomer_sandbox.grading.reports.folder import read_verdicts  # noqa: PLC0415 - keeps --help quick

    try:
        runs = read_verdicts(folder)
    except (OSError, KeyError, TypeError, ValueError) as fault:
        raise usage_error(f"a verdict in {folder} cannot be read: {type(fault).__name__}") from None
    if not runs:
        raise usage_error(f"there is no report in {folder}")
    return runs


def _write(path: Path, text: str) -> None:
    """Write a file. Raises `typer.Exit` where that cannot be."""
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as fault:
        raise usage_error(f"{path} cannot be written: {fault.strerror}") from None


def _verdict(running: Running, world: str, scenario: str) -> Verdict:
    from urllib.parse import quote  # noqa: PLC0415 - keeps --help quick

    from kustomer_sandbox.command.running.status import told_by  # noqa: PLC0415 - the same
    from kustomer_sandbox.command.settings import TOKEN_ENV  # noqa: PLC0415 - the same
    from kustomer_sandbox.grading.stored import verdict_of  # noqa: PLC0415 - the same

    path = f"/_sandbox/worlds/{quote(world or running.facts['world'], safe='')}/grade"
    status, answer = told_by(running, path, os.environ.get(TOKEN_ENV, ""))
    if status != _OK:
        detail = answer.get("detail") if isinstance(answer, dict) else None
        reason = detail or (f"it answers with status {status}" if status else "it does not answer")
        raise usage_error(f"the sandbox on port {running.port} cannot be graded: {reason}")
    verdict = verdict_of(answer)
    if scenario and verdict.scenario not in {scenario, Path(scenario).stem}:
        raise usage_error(f"the scenario that runs is {verdict.scenario}")
    return verdict
