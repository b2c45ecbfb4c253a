"""The command `check`: its options, what it refuses, and where it writes what came of it."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kustomer_sandbox.command.checking.drifting.command import drift
from kustomer_sandbox.command.checking.recording.command import record
from kustomer_sandbox.command.checking.replaying.command import replay
from kustomer_sandbox.command.refusing import usage_error
from kustomer_sandbox.command.settings import TOKEN_ENV

if TYPE_CHECKING:
    from kustomer_sandbox.command.checking.reporting.report import CheckReport
    from kustomer_sandbox.command.checking.reporting.wanted import Wanted
    from kustomer_sandbox.command.checking.visit import Asked, Visit
    from kustomer_sandbox.contracts.suite.target import Check

__all__ = ["check", "drift", "record", "replay"]

Rest = Annotated[
    str,
    typer.Option(help="Origin of what is checked, without /v1: an organisation with --key-env, else a sandbox."),
]
KeyEnv = Annotated[str, typer.Option(help="With --rest: the variable with the organisation's API key.")]
Mcp = Annotated[
    str,
    typer.Option(help="URL of an MCP server, ours or another's, to be checked instead: its list, schemas and calls."),
]
McpReads = Annotated[
    str,
    typer.Option(help="With --mcp: a URL of the same server that is for reads alone, to check that it keeps to that."),
]
Share = Annotated[str, typer.Option(help="How much of the organisation's budget of requests may be used.")]
Writes = Annotated[
    bool,
    typer.Option(
        "--allow-writes",
        help="Let checks change an organisation: they make customers and conversations of their own, which bear the "
        "run's mark and are removed at its end, and change nothing else.",
    ),
]
CleanUp = Annotated[
    bool, typer.Option("--clean-up", help="Remove what a run that was broken off has left, and check nothing.")
]
Journal = Annotated[Path, typer.Option(help="The file that lists what a run has made until it is removed.")]
Only = Annotated[
    list[str] | None,
    typer.Option(metavar="NAME", help="Only this group or check. May be given several times."),
]
Junit = Annotated[Path | None, typer.Option(help="Write the results for CI, as JUnit's XML, to this file.")]
Html = Annotated[Path | None, typer.Option(help="Write the report as one page that needs nothing else to this file.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON line and nothing else.")]
AsScore = Annotated[
    bool,
    typer.Option("--score", help="Print the score instead: by group how many checks are verified, departed, unknown."),
]
Learn = Annotated[
    Path | None,
    typer.Option(help="Write what departures teach to this file, as a patch of the ledger for a person to review."),
]
SignedOffBy = Annotated[str, typer.Option(help="With --learn: the name of who answers for it.")]
_LONGEST_NAME = 100


def check(  # noqa: PLR0913, PLR0917 - one for each option
    rest: Rest = "",
    key_env: KeyEnv = "",
    mcp: Mcp = "",
    mcp_reads: McpReads = "",
    budget_share: Share = "20%",
    allow_writes: Writes = False,
    clean_up: CleanUp = False,
    journal: Journal = Path("kustomer-sandbox-check.journal"),
    only: Only = None,
    junit: Junit = None,
    html: Html = None,
    score: AsScore = False,
    learn: Learn = None,
    signed_off_by: SignedOffBy = "",
    as_json: AsJson = False,
) -> None:
    """Check that a target keeps Kustomer's promises.

    Without options our own simulator is checked, in this process; with --rest a sandbox that runs elsewhere, in worlds
    of its own; with --rest and --key-env an organisation, which is read and, unless that is allowed, never changed.
    With --mcp an MCP server is checked, of whose tools those alone are called that say they only read; --rest names the
    sandbox that it calls, where also limits and unmasking windows are tried.
    Each check names the rule of the ledger that it stands for. Exit code 0, or 1 if something departs from the rules.
    """
    from kustomer_sandbox.command.checking.reporting.wanted import Wanted  # noqa: PLC0415 - keeps every start quick
    from kustomer_sandbox.command.checking.visit import Asked  # noqa: PLC0415 - the same

    writes = allow_writes or clean_up
    asked = Asked(
        rest=rest, mcp=mcp, mcp_reads=mcp_reads, key_env=key_env, share=budget_share, journal=journal, writes=writes
    )
    wanted = Wanted(junit=junit, html=html, score=score, json=as_json, learn=learn, signed_off_by=signed_off_by)
    _refuse(asked, wanted)
    report, kept = _done(asked, only or (), is_quiet=as_json, only_cleans=clean_up)
    if report is not None:
        typer.echo(_written(wanted, report))
    if kept:
        raise usage_error(f"{len(kept)} records could not be removed; --clean-up tries it again: {', '.join(kept)}")
    raise typer.Exit(0 if report is None or report.is_kept else 1)


def _refuse(asked: Asked, wanted: Wanted) -> None:
    """Raises `typer.Exit` for options that do not go together."""
    share_of(asked.share)
    if asked.writes and not (asked.rest and asked.key_env):
        raise usage_error("--allow-writes and --clean-up go with --rest and --key-env")
    if bool(wanted.learn) != bool(wanted.signed_off_by):
        raise usage_error("--learn and --signed-off-by go together: somebody answers for what the ledger takes in")
    if wanted.learn and asked.mcp:
        raise usage_error("--learn is about the API's rules; those of MCP servers stand in no ledger")
    if not (wanted.signed_off_by.isprintable() and len(wanted.signed_off_by) <= _LONGEST_NAME):
        raise usage_error(f"--signed-off-by is a name, of at most {_LONGEST_NAME} characters on one line")


def _written(wanted: Wanted, report: CheckReport) -> str:
    try:
        return wanted.written(report, datetime.now(UTC).date())
    except OSError as fault:
        raise usage_error(f"{fault.filename} cannot be written: {fault.strerror}") from None


def _done(
    asked: Asked, only: Sequence[str], *, is_quiet: bool, only_cleans: bool
) -> tuple[CheckReport | None, list[str]]:
    """Check and clean up; gives the report, if there is one, and what could not be removed."""
    from kustomer_sandbox.command.checking.journal import JournalError  # noqa: PLC0415 - keeps --help quick
    from kustomer_sandbox.command.checking.places import PlaceError  # noqa: PLC0415 - the same
    from kustomer_sandbox.contracts.suite.running import NoAnswer  # noqa: PLC0415 - the same
    from kustomer_sandbox.contracts.suite.selecting import UnknownCheck, selected  # noqa: PLC0415 - the same

    try:
        checks = selected(only, of_tools=bool(asked.mcp))
        if not checks:
            raise usage_error("none of these checks is about this target; those of the group mcp go with --mcp")
        visit = visited(asked, os.environ)
        report = None if only_cleans else _checked(checks, visit, is_quiet=is_quiet)
        return report, visit.finish()
    except (JournalError, NoAnswer, PlaceError, UnknownCheck) as fault:
        raise usage_error(str(fault)) from None


def _checked(checks: list[Check], visit: Visit, *, is_quiet: bool) -> CheckReport:
    """Run the checks. What was made is removed, too, if they are broken off."""
    from kustomer_sandbox.command.checking.reporting.progress import progress  # noqa: PLC0415 - see `check`
    from kustomer_sandbox.command.checking.reporting.report import CheckReport  # noqa: PLC0415 - the same
    from kustomer_sandbox.contracts.suite.running import run_checks  # noqa: PLC0415 - the same

    results = []
    try:
        with progress(len(checks), is_quiet=is_quiet) as show:
            for result in run_checks(checks, visit.place):
                show(result)
                results.append(result)
    except BaseException:
        visit.finish()
        raise
    return CheckReport(target=visit.name, results=tuple(results))


def share_of(text: str) -> float:
    """`20%` as 0.2. Raises `typer.Exit` for what is no share."""
    try:
        share = float(text.removesuffix("%")) / 100
    except ValueError:
        share = 0.0
    if not 0 < share <= 1:
        raise usage_error(f"--budget-share must be more than 0% and at most 100%, such as 20%; it is {text}")
    return share


def visited(asked: Asked, environ: Mapping[str, str]) -> Visit:
    """Where is checked. Raises `typer.Exit` and `PlaceError`."""
    from kustomer_sandbox.command.checking.places import InProcess, RunningSandbox  # noqa: PLC0415 - see `check`
    from kustomer_sandbox.command.checking.tools.upstream import SandboxUpstream  # noqa: PLC0415 - the same
    from kustomer_sandbox.command.checking.visit import Visit, visit_organisation, visit_tool_server  # noqa: PLC0415 - the same

    if asked.mcp:
        if asked.key_env:
            raise usage_error("--mcp is checked by itself, or with --rest of a sandbox that it calls")
        upstream = SandboxUpstream(_origin(asked.rest), environ.get(TOKEN_ENV, "")) if asked.rest else None
        return visit_tool_server(asked.mcp, reads=asked.mcp_reads, upstream=upstream)
    if asked.mcp_reads:
        raise usage_error("--mcp-reads goes with --mcp")
    if not asked.rest:
        if asked.key_env:
            raise usage_error("--key-env goes with --rest")
        simulator = InProcess()
        return Visit(place=simulator, name=simulator.name)
    origin = _origin(asked.rest)
    if not asked.key_env:
        sandbox = RunningSandbox(origin, environ.get(TOKEN_ENV, ""))
        return Visit(place=sandbox, name=sandbox.name)
    key = environ.get(asked.key_env, "").strip()
    if not (key.isascii() and key.isprintable()):
        raise usage_error(f"{asked.key_env} holds characters that no API key has")
    if not key:
        raise usage_error(f"--key-env must name a variable with the API key; {asked.key_env} is set to nothing")
    return visit_organisation(
        origin, key, mark=new_mark(), share=share_of(asked.share), journal=asked.journal, writes=asked.writes
    )


def new_mark() -> str:
    """The beginning of all names that one run gives, by which its records are known."""
    import secrets  # noqa: PLC0415 - keeps every other start quick

    return f"ksb{secrets.token_hex(4)}-"


def _origin(rest: str) -> str:
    """The origin. A name or password in it would be told with every result."""
    import httpx  # noqa: PLC0415 - see `check`

    try:
        url = httpx.URL(rest)
    except httpx.InvalidURL:
        url = httpx.URL("")
    if url.scheme not in {"http", "https"} or not url.host or url.userinfo:
        raise usage_error(
            "--rest must be an origin, such as https://acme.api.kustomerapp.com, without name or password"
        )
    return rest.rstrip("/").removesuffix("/v1")
