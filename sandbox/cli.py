"""The command `kustomer-sandbox`."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from sandbox.up import Settings

app = typer.Typer(
    name="kustomer-sandbox",
    help="A faithful stand-in for the Kustomer REST API, with an MCP server in front of it. Offline, no account.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

HOST = "127.0.0.1"


Port = Annotated[int, typer.Option(min=0, max=65535, help="The port; 0 takes a free one.")]
Scenario = Annotated[
    str, typer.Option(help="What the world is seeded with: demo, empty, or the path of a scenario file (.yaml).")
]
OrgPlan = Annotated[
    str, typer.Option(help="The plan, which sets requests a minute: enterprise, ultimate, business, professional.")
]
Seed = Annotated[str, typer.Option(help="Another seed gives another world; the same gives the same bytes.")]
Frozen = Annotated[
    bool, typer.Option("--frozen", help="Let the world's time stand still until the control API moves it.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON line when ready, and nothing else.")]


@app.command()
def up(
    port: Port = 8700,
    scenario: Scenario = "demo",
    plan: OrgPlan = "enterprise",
    seed: Seed = "0",
    frozen: Frozen = False,
    as_json: AsJson = False,
) -> None:
    """Start the fake API, its control and the MCP server on one port, with a seeded world."""
    from sandbox.up import Settings, run_both  # noqa: PLC0415 - keeps --help quick

    settings = Settings(host=HOST, port=port, scenario=scenario, plan=plan, seed=seed, frozen=frozen)
    _start(run_both, settings, as_json=as_json)


@app.command()
def simulator(
    port: Port = 8701,
    scenario: Scenario = "demo",
    plan: OrgPlan = "enterprise",
    seed: Seed = "0",
    frozen: Frozen = False,
    as_json: AsJson = False,
) -> None:
    """Start the fake API and its control alone, with a seeded world."""
    from sandbox.up import Settings, run_simulator  # noqa: PLC0415 - keeps --help quick

    settings = Settings(host=HOST, port=port, scenario=scenario, plan=plan, seed=seed, frozen=frozen)
    _start(run_simulator, settings, as_json=as_json)


@app.command()
def mcp(
    upstream: Annotated[str, typer.Option(help="Origin of the Kustomer API, without /v1.")],
    key_env: Annotated[str, typer.Option(help="Name of the environment variable that holds the API key.")],
    state: Annotated[
        Path | None, typer.Option(help="Directory in which accounts, MCP servers and leases are kept.")
    ] = None,
    account: Annotated[str, typer.Option(help="Id of the integrated account.")] = "kustomer",
    port: Port = 8702,
    stdio: Annotated[bool, typer.Option("--stdio", help="Serve one client on standard input and output.")] = False,
    server: Annotated[
        str, typer.Option(help="With --stdio: the name of the MCP server to be; all tools if left out.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Start the MCP server alone, in front of any Kustomer API."""
    from mcp_server.standalone import (  # noqa: PLC0415 - keeps --help quick
        CannotStart,
        Settings,
        serve_http,
        serve_stdio,
    )

    settings = Settings(
        upstream=upstream, key_env=key_env, account_id=account, state=state, port=port, server_name=server
    )
    try:
        if stdio:
            serve_stdio(settings, os.environ)
        else:
            serve_http(settings, os.environ, as_json=as_json)
    except CannotStart as refusal:
        raise _ended(str(refusal)) from None


def _start(run: Callable[..., None], settings: Settings, *, as_json: bool) -> None:
    from sandbox.up import UpError  # noqa: PLC0415 - keeps --help quick

    try:
        run(settings, announce=_print_json if as_json else _print_table)
    except UpError as refusal:
        raise _ended(str(refusal)) from None


def _ended(message: str) -> typer.Exit:
    typer.echo(f"kustomer-sandbox: {message}", err=True)
    return typer.Exit(2)


def _print_json(facts: dict[str, str]) -> None:
    sys.stdout.write(json.dumps(facts) + "\n")
    sys.stdout.flush()


def _print_table(facts: dict[str, str]) -> None:
    from rich.console import Console  # noqa: PLC0415 - only where people look
    from rich.table import Table  # noqa: PLC0415

    table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    for name, value in facts.items():
        table.add_row(name.replace("_", " "), value)
    console = Console(soft_wrap=True, highlight=False)
    console.print("Kustomer Sandbox is ready. Stop it with Ctrl-C.\n", style="bold")
    console.print(table)
    console.print(f"\nTry: {_curl(facts)}", markup=False)
    if "mcp_url" in facts:
        console.print(f"     claude mcp add --transport http kustomer {facts['mcp_url']}", markup=False)


def _curl(facts: dict[str, str]) -> str:
    return (
        f"curl -H 'Authorization: Bearer {facts['api_key']}' "
        f"{facts['base_url']}/v1/customers/email=jane.doe@example.com"
    )


def main() -> None:
    """The entry point."""
    app()
