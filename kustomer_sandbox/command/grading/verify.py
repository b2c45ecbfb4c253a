"""The command `verify`: a bundle's run is made again and judged again."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from kustomer_sandbox.command.refusing import usage_error

Bundles = Annotated[list[Path], typer.Argument(metavar="BUNDLE…", help="Files named bundle.jsonl that runs have left.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON line for each bundle and nothing else.")]


def verify(bundles: Bundles, as_json: AsJson = False) -> None:
    """Recompute the verdict of runs.

    Makes the calls of each bundle again in a fresh world, judges them, and compares; what differs is named with its
    line and field. Exit code 0, or 1 if a bundle does not hold. That it holds does not say that its run has passed.
    """
    from kustomer_sandbox.grading.bundle import verify as verified  # noqa: PLC0415 - keeps --help quick
    from kustomer_sandbox.grading.chain import DamagedBundle  # noqa: PLC0415 - the same

    do_hold = True
    for file in bundles:
        try:
            verdict = verified(file.read_bytes())
            told = {"bundle": str(file), "holds": True, "scenario": verdict.scenario, "passed": verdict.has_passed}
            text = f"{file}: holds; {verdict.scenario} {'passed' if verdict.has_passed else 'failed'}"
        except OSError as fault:
            raise usage_error(f"{file} cannot be read: {fault.strerror}") from None
        except DamagedBundle as damage:
            do_hold = False
            told = {
                "bundle": str(file),
                "holds": False,
                "line": damage.line,
                "field": damage.field,
                "reason": damage.reason,
            }
            text = f"{file}: {damage}"
        sys.stdout.write((json.dumps(told) if as_json else text) + "\n")
    raise typer.Exit(0 if do_hold else 1)
