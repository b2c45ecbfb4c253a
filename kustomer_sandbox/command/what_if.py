"""The command `what-if`: a recorded run on every plan."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from kustomer_sandbox.command.refusing import usage_error

RecordingFile = Annotated[
    Path,
    typer.Argument(
        metavar="RECORDING",
        help="A file written by `recording.save(…)` in a test, or got from /_sandbox/worlds/NAME/recording.",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON line and nothing else.")]


def what_if_command(recording: RecordingFile, as_json: AsJson = False) -> None:
    """Tell how a recorded run would do on each plan.

    How long it would take for a client that waits where it is refused, where it would be refused first, and which calls
    to save, those first that save most.
    """
    from kustomer_sandbox.contracts import load  # noqa: PLC0415 - keeps --help quick
    from kustomer_sandbox.simulator.world.spending.run import NotARun, run_of  # noqa: PLC0415 - the same
    from kustomer_sandbox.simulator.world.spending.what_if import what_if  # noqa: PLC0415 - the same

    try:
        found = what_if(run_of(recording.read_bytes()), load())
    except OSError as fault:
        raise usage_error(f"{recording} cannot be read: {fault.strerror}") from None
    except NotARun as fault:
        raise usage_error(f"{recording} cannot be used: {fault}") from None
    sys.stdout.write(json.dumps(found.as_json()) + "\n" if as_json else f"{found}\n")
