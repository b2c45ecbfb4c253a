"""The command `check`: its options, what it refuses, and where it writes what came of it."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kustomer_sandbox.command.refusing import usage_error
from kustomer_sandbox.command.settings import TOKEN_ENV

if TYPE_CHECKING:
    from kustomer_sandbox.command.checking.organisation import Organisation
    from kustomer_sandbox.command.checking.report import CheckReport
    from kustomer_sandbox.contracts.suite.running import Place

Rest = Annotated[
    str,
    typer.Option(help="Origin of what is checked, without /v1: an organisation with --key-env, else a sandbox."),
]
KeyEnv = Annotated[str, typer.Option(help="With --rest: the variable with the organisation's API key.")]
Share = Annotated[str, typer.Option(help="How much of the organisation's budget of requests may be used.")]
Only = Annotated[
    list[str] | None,
    typer.Option(metavar="NAME", help="Only this group or check. May be given several times."),
]
Junit = Annotated[Path | None, typer.Option(help="Write the results for CI, as JUnit's XML, to this file.")]
Html = Annotated[Path | None, typer.Option(help="Write the report as one page that needs nothing else to this file.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON line and nothing else.")]


def check(
    rest: Rest = "",
    key_env: KeyEnv = "",
    budget_share: Share = "20%",
    only: Only = None,
    junit: Junit = None,
    html: Html = None,
    as_json: AsJson = False,
) -> None:
    """Check that a target keeps Kustomer's promises.

    Without options our own simulator is checked, in this process; with --rest a sandbox that runs elsewhere, in worlds
    of its own; with --rest and --key-env an organisation, which is read and never changed. Each check names the rule
    of the ledger that it stands for. Exit code 0, or 1 if something departs from the rules.
    """
    from kustomer_sandbox.command.checking.places import PlaceError  # noqa: PLC0415 - keeps --help quick
    from kustomer_sandbox.command.checking.progress import progress  # noqa: PLC0415 - the same
    from kustomer_sandbox.command.checking.report import CheckReport  # noqa: PLC0415 - the same
    from kustomer_sandbox.contracts.suite.running import NoAnswer, run_checks  # noqa: PLC0415 - the same
    from kustomer_sandbox.contracts.suite.selecting import UnknownCheck, selected  # noqa: PLC0415 - the same

    try:
        checks = selected(only or ())
        place, name = place_of(rest, key_env, share_of(budget_share), os.environ)
        with progress(len(checks), is_quiet=as_json) as show:
            results = []
            for result in run_checks(checks, place):
                show(result)
                results.append(result)
    except (PlaceError, UnknownCheck, NoAnswer) as fault:
        raise usage_error(str(fault)) from None
    report = CheckReport(target=name, results=tuple(results))
    _write(report, junit, html)
    typer.echo(report.as_json() if as_json else report.as_text())
    raise typer.Exit(0 if report.is_kept else 1)


def share_of(text: str) -> float:
    """`20%` as 0.2. Raises `typer.Exit` for what is no share."""
    try:
        share = float(text.removesuffix("%")) / 100
    except ValueError:
        share = 0.0
    if not 0 < share <= 1:
        raise usage_error(f"--budget-share must be more than 0% and at most 100%, such as 20%; it is {text}")
    return share


def place_of(rest: str, key_env: str, share: float, environ: Mapping[str, str]) -> tuple[Place, str]:
    """Where is checked, and what it is called. Raises `typer.Exit` and `PlaceError`."""
    from kustomer_sandbox.command.checking.places import InProcess, RunningSandbox  # noqa: PLC0415 - see `check`

    if not rest:
        if key_env:
            raise usage_error("--key-env goes with --rest")
        simulator = InProcess()
        return simulator, simulator.name
    origin = _origin(rest)
    if not key_env:
        sandbox = RunningSandbox(origin, environ.get(TOKEN_ENV, ""))
        return sandbox, sandbox.name
    key = environ.get(key_env, "")
    if not key:
        raise usage_error(f"--key-env must name a variable with the API key; {key_env} is set to nothing")
    organisation = _organisation(origin, key, share)
    return organisation, organisation.name


def _organisation(origin: str, key: str, share: float) -> Organisation:
    from kustomer_sandbox.clients import Client  # noqa: PLC0415 - see `check`
    from kustomer_sandbox.command.checking import organisation as place  # noqa: PLC0415 - the same
    from kustomer_sandbox.command.checking.asking import WAIT_SECONDS  # noqa: PLC0415 - the same
    from kustomer_sandbox.command.checking.guard import ReadsAlone  # noqa: PLC0415 - the same
    from kustomer_sandbox.command.checking.pace import Pace  # noqa: PLC0415 - the same
    from kustomer_sandbox.contracts.suite.promised import promised  # noqa: PLC0415 - the same

    guard, pace = ReadsAlone(), Pace(share, searches=promised().limits.searches)
    client = Client(base_url=origin, timeout=WAIT_SECONDS)
    target = place.OrganisationTarget(client, key, mark=new_mark(), pace=pace, guard=guard)
    return place.Organisation(target, guard, origin=origin)


def new_mark() -> str:
    """The beginning of all names that one run gives, by which its records are known."""
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


def _write(report: CheckReport, junit: Path | None, html: Path | None) -> None:
    from kustomer_sandbox.command.checking.page import page  # noqa: PLC0415 - see `check`

    for path, text in ((junit, report.as_junit), (html, lambda: page(report))):
        if path is not None:
            try:
                path.write_text(text(), encoding="utf-8")
            except OSError as fault:
                raise usage_error(f"{path} cannot be written: {fault.strerror}") from None
