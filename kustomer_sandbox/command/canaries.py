"""The command `canaries`: what it prints, and what it refuses."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping

import typer

from kustomer_sandbox.command.refusing import usage_error
from kustomer_sandbox.testkit.pii.canaries.drive import Progress
from kustomer_sandbox.testkit.pii.canaries.run import CanaryReport, prove, prove_running
from kustomer_sandbox.testkit.pii.canaries.targets import TargetError

_TOLD_EVERY = 500


def examine(
    *, calls: int, seed: str, jobs: int, rest: str, key_env: str, mcp: str, as_json: bool, environ: Mapping[str, str]
) -> None:
    """Make the calls and print what came of it. Raises `typer.Exit`: 0, 1 for a leak, 2 for wrong options."""
    if not rest and (key_env or mcp):
        raise usage_error("--key-env and --mcp go with --rest")
    if rest and not environ.get(key_env):
        raise usage_error(f"--key-env must name a variable with the API key; {key_env or 'none'} is set to nothing")
    try:
        report = _report(calls, seed, jobs, rest, environ.get(key_env, ""), mcp, _shown(is_quiet=as_json))
    except TargetError as fault:
        raise usage_error(str(fault)) from None
    typer.echo(json.dumps(report.as_json()) if as_json else report.as_text())
    raise typer.Exit(1 if report.leak else 0)


def _report(calls: int, seed: str, jobs: int, rest: str, key: str, mcp: str, progress: Progress) -> CanaryReport:
    if rest:
        return prove_running(rest, key, mcp=mcp, calls=calls, seed=seed, progress=progress)
    return prove(calls, seed=seed, jobs=jobs, progress=progress)


def _shown(*, is_quiet: bool) -> Progress:
    """Writes how many calls were made to the error stream, now and then, if a person looks on."""
    last = 0

    def progress(calls: int) -> None:
        nonlocal last
        if calls - last >= _TOLD_EVERY and not is_quiet:
            last = calls
            sys.stderr.write(f"{calls:,} calls, no canary got out so far\n")

    return progress
