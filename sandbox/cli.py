"""The command `kustomer-sandbox`."""

from __future__ import annotations

import json
import sys
from typing import Annotated

import typer

app = typer.Typer(
    name="kustomer-sandbox",
    help="A faithful stand-in for the Kustomer REST API, with an MCP server in front of it. Offline; no account needed.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

HOST = "127.0.0.1"


@app.callback()
def root() -> None:
    """Keep `up` a command of its own, so that others can join it."""


@app.command()
def up(
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port; 0 takes a free one.")] = 8700,
    scenario: Annotated[str, typer.Option(help="What the world is seeded with: demo or empty.")] = "demo",
    plan: Annotated[
        str, typer.Option(help="The plan, which sets requests a minute: enterprise, ultimate, business, professional.")
    ] = "enterprise",
    seed: Annotated[str, typer.Option(help="Another seed gives another world; the same gives the same bytes.")] = "0",
    frozen: Annotated[
        bool, typer.Option("--frozen", help="Let the world's time stand still until the control API moves it.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON line when ready, and nothing else.")] = False,
) -> None:
    """Start the fake API, its control and the MCP server on one port, with a seeded world."""
    from sandbox.up import Settings, UpError, run  # noqa: PLC0415 - keeps --help quick

    settings = Settings(host=HOST, port=port, scenario=scenario, plan=plan, seed=seed, frozen=frozen)
    try:
        run(settings, announce=_print_json if as_json else _print_table)
    except UpError as refusal:
        typer.echo(f"kustomer-sandbox: {refusal}", err=True)
        raise typer.Exit(2) from None


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
    console.print(
        f"\nTry: curl -H 'Authorization: Bearer {facts['api_key']}' {facts['base_url']}/v1/customers/email=jane.doe@example.com"
        f"\n     claude mcp add --transport http kustomer {facts['mcp_url']}"
    )


def main() -> None:
    """The entry point."""
    app()
