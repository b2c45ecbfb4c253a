"""The command `export`: a scenario for another harness."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kustomer_sandbox.command.grading.run import graded_scenario
from kustomer_sandbox.command.refusing import usage_error

if TYPE_CHECKING:
    from kustomer_sandbox.simulator.scenarios.files.loader import FileScenario

Which = Annotated[str, typer.Argument(metavar="SCENARIO", help="A shipped scenario, or the path of a file (.yaml).")]
Target = Annotated[str, typer.Option("--to", help="The harness: openenv, inspect or harbor.")]
Out = Annotated[Path, typer.Option(help="The folder to write; it must be empty, or not there.")]
Seed = Annotated[str, typer.Option(help="The seed of the worlds; the same gives the same bytes.")]
Solution = Annotated[
    Path | None, typer.Option(metavar="BUNDLE", help="A bundle of a run that passed, as Harbor's solution.")
]


def export(scenario: Which, target: Target, out: Out, seed: Seed = "0", solution: Solution = None) -> None:
    """Write a scenario as a task of OpenEnv, Inspect or Harbor.

    The folder needs none of this program's code: it asks a running `kustomer-sandbox up` for worlds, calls their tools
    through MCP, and scores by the same grade. A README.md in it says how it is run.
    """
    from kustomer_sandbox.command.grading.harnesses.exported import (  # noqa: PLC0415 - keeps --help quick
        TARGETS,
        NotExported,
        exported,
        written,
    )
    from kustomer_sandbox.grading.scenarios import YAML  # noqa: PLC0415 - the same

    if target not in TARGETS:
        raise usage_error(f"--to must be one of {', '.join(TARGETS)}")
    if solution is not None and target != "harbor":
        raise usage_error(f"--solution is for harbor; {target} has no place for one")
    known = graded_scenario(scenario)
    try:
        calls = None if solution is None else _solution(solution, known, seed)
        files = exported(known, target, seed=seed, is_shipped=not scenario.endswith(YAML), calls=calls)
        written(out, files)
    except NotExported as fault:
        raise usage_error(str(fault)) from None
    except OSError as fault:
        raise usage_error(f"{fault.filename or out} cannot be read or written: {fault.strerror}") from None
    sys.stdout.write("".join(f"{out / path}\n" for path in files))


def _solution(bundle: Path, scenario: FileScenario, seed: str) -> str:
    """Raises `NotExported` and `OSError`."""
    from kustomer_sandbox.command.grading.harnesses.exported import NotExported  # noqa: PLC0415 - keeps --help quick
    from kustomer_sandbox.command.grading.harnesses.solution import solution_of  # noqa: PLC0415 - the same
    from kustomer_sandbox.grading.bundle import read_bundle  # noqa: PLC0415 - the same
    from kustomer_sandbox.grading.chain import DamagedBundle  # noqa: PLC0415 - the same

    try:
        return solution_of(read_bundle(bundle.read_bytes()), scenario, seed)
    except DamagedBundle as fault:
        raise NotExported(f"{bundle}: {fault}") from None
