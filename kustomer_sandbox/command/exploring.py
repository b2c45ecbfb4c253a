"""The command `explore`: every fault at every call of a program."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from kustomer_sandbox.command.options import Scenario, Seed
from kustomer_sandbox.command.refusing import reason_of, usage_error

Program = Annotated[list[str], typer.Argument(help="The program and its arguments, after `--`.")]
Faults = Annotated[list[str] | None, typer.Option("--fault", help="Only this fault; may be given several times.")]
At = Annotated[str, typer.Option(help="Only one call and fault, such as 3:timeout.")]
Limit = Annotated[float, typer.Option(min=0.1, help="Seconds after which a run is ended, and told to be stuck.")]
Repeats = Annotated[int, typer.Option(min=0, help="How often a call may be repeated.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON line and nothing else.")]


def explore(
    program: Program,
    scenario: Scenario = "demo",
    seed: Seed = "0",
    fault: Faults = None,
    at: At = "",
    limit: Limit = 30,
    most_repeats: Repeats = 5,
    as_json: AsJson = False,
) -> None:
    """Run a program under every fault at every call.

    It is run once to learn its calls, then once for each call and fault, each time towards a fresh world, with BASE,
    KEY and MCP_URL set as `up --env` prints them, and KUSTOMER_BASE_URL, KUSTOMER_API_KEY and KUSTOMER_MCP_URL.
    Exit code 0, or 1 if something was found.
    """
    from kustomer_sandbox.exploring.points import point_of  # noqa: PLC0415 - keeps --help quick
    from kustomer_sandbox.exploring.programs import explore_program  # noqa: PLC0415 - the same
    from kustomer_sandbox.testkit.server.programs import Program  # noqa: PLC0415 - the same
    from kustomer_sandbox.testkit.standalone import world  # noqa: PLC0415 - the same

    try:
        with world(scenario, seed=seed, clock="real") as kustomer:
            words, point = Program(words=program, environment=os.environ, limit=limit), point_of(at) if at else None
            found = explore_program(words, kustomer, faults=fault or (), at=point, most=most_repeats)
    except OSError as missing:
        raise usage_error(f"the program cannot be run: {reason_of(missing)}") from None
    except ValueError as refusal:
        raise usage_error(str(refusal)) from None
    sys.stdout.write(f"{found.as_json() if as_json else found}\n")
    raise typer.Exit(1 if found.findings else 0)
