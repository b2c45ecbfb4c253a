"""The command `scenarios`: which there are, and whether one is fragile."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from kustomer_sandbox.command.refusing import usage_error

Names = Annotated[
    list[str] | None, typer.Argument(metavar="[SCENARIO]…", help="Shipped ones or files; all if left out.")
]
Cases = Annotated[Path, typer.Argument(metavar="FILE", help="A JSON list of the vendor's test cases.")]
Out = Annotated[Path, typer.Option(help="The folder that gets a file for each; none that is there is written over.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON line and nothing else.")]

scenarios_app = typer.Typer(
    help="The scenarios that agents are graded by.", no_args_is_help=True, rich_markup_mode=None
)  # fmt: skip


@scenarios_app.command("list")
def list_scenarios(as_json: AsJson = False) -> None:
    """List the shipped scenarios with their tasks."""
    from kustomer_sandbox.grading.scenarios import load_scenarios  # noqa: PLC0415 - keeps --help quick

    found = {name: scenario.prompt for name, scenario in load_scenarios().items()}
    text = "\n".join(f"{name}\n  {prompt}" for name, prompt in found.items())
    sys.stdout.write((json.dumps(found) if as_json else text) + "\n")


@scenarios_app.command("import")
def import_cases(cases: Cases, out: Out) -> None:
    """Make skeletons of scenarios from test cases of the vendor's evaluations.

    Input and known tool calls are taken over. What a person has to fill in stands in each file, and `lint` says what is
    missing.
    """
    from kustomer_sandbox.command.grading.harnesses.vendor_cases import (  # noqa: PLC0415 - keeps --help quick
        WrongCases,
        skeletons,
    )
    from kustomer_sandbox.contracts.load import load  # noqa: PLC0415 - the same
    from kustomer_sandbox.mcp_server.tools.definitions import catalogue  # noqa: PLC0415 - the same

    try:
        files = skeletons(cases.read_text("utf-8"), catalogue(load()))
        if taken := next((out / name for name in files if (out / name).exists()), None):
            raise usage_error(f"{taken} is there already")
        out.mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            (out / name).write_text(text, "utf-8")
    except WrongCases as fault:
        raise usage_error(f"{cases} {fault}") from None
    except UnicodeDecodeError:
        raise usage_error(f"{cases} is no UTF-8") from None
    except OSError as fault:
        raise usage_error(f"{fault.filename} cannot be read or written: {fault.strerror}") from None
    sys.stdout.write("".join(f"{out / name}\n" for name in files))


@scenarios_app.command("lint")
def lint(names: Names = None, as_json: AsJson = False) -> None:
    """Look for scenarios that agents would pass, or fail, for the wrong reason.

    One that an idle agent passes, a criterion that is met from the beginning or stands there twice, ids and instants
    that are hard-wired. Exit code 0, or 1 if something was found.
    """
    from kustomer_sandbox.grading.arena import Arena  # noqa: PLC0415 - keeps --help quick
    from kustomer_sandbox.grading.lint import weaknesses  # noqa: PLC0415 - the same
    from kustomer_sandbox.grading.scenarios import load_scenarios, scenario_named  # noqa: PLC0415 - the same
    from kustomer_sandbox.simulator.scenarios.files.sections import ScenarioError  # noqa: PLC0415 - the same

    with Arena() as arena:
        try:
            known = [scenario_named(name, arena.api.contracts) for name in names or load_scenarios()]
            found = [weakness for scenario in known for weakness in weaknesses(arena, scenario)]
        except (ScenarioError, OSError) as fault:
            raise usage_error(str(fault)) from None
    rows = [{"scenario": one.scenario, "criterion": one.criterion, "reason": one.reason} for one in found]
    text = "".join(f"{one}\n" for one in found) or f"{len(known)} scenarios, none of them fragile\n"
    sys.stdout.write(json.dumps({"found": rows}) + "\n" if as_json else text)
    raise typer.Exit(1 if found else 0)
