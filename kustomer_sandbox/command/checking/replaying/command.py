"""The command `replay`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kustomer_sandbox.command.refusing import usage_error

File = Annotated[Path, typer.Argument(help="A HAR file, or JSON lines with method, url, body, status and response.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON line and nothing else.")]


def replay(file: File, as_json: AsJson = False) -> None:
    """Make recorded calls again, and compare the shapes of the answers.

    They are made in a fresh demo world, with its ids for those that were recorded. What differs is told by operation
    and field: no value, key or header of the file. Exit code 0, or 1 if something differs.
    """
    from kustomer_sandbox.command.checking.replaying.replay import replayed  # noqa: PLC0415 - keeps --help quick
    from kustomer_sandbox.command.checking.replaying.traffic import TrafficError, read_traffic  # noqa: PLC0415

    try:
        traffic = read_traffic(file)
    except TrafficError as fault:
        raise usage_error(str(fault)) from None
    report = replayed(traffic)
    typer.echo(report.as_json() if as_json else report.as_text())
    raise typer.Exit(1 if report.found else 0)
