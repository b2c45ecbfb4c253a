"""The command `kustomer-sandbox`."""

from __future__ import annotations

import gc
import json
import os
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from kustomer_sandbox.options import (
    AllowHost,
    AsJson,
    Errors,
    ForClient,
    Frozen,
    Host,
    MaskedSearch,
    OrgPlan,
    Port,
    Scenario,
    Seed,
    Start,
    Strict,
)

app = typer.Typer(
    name="kustomer-sandbox",
    help="A faithful stand-in for the Kustomer REST API, with an MCP server in front of it. Offline, no account.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

CLAUDE_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")


@app.command()
def up(  # noqa: PLR0913, PLR0917 - one for each option
    host: Host = "127.0.0.1",
    port: Port = 8700,
    public_url: Annotated[
        str,
        typer.Option(
            help="The address by which users reach it, if that is another, such as a tunnel's. Its API keys are random "
            "then, and its control API asks for a token or is closed."
        ),
    ] = "",
    allow_host: AllowHost = None,
    scenario: Scenario = "demo",
    plan: OrgPlan = "enterprise",
    seed: Seed = "0",
    errors: Errors = "",
    masked_search: MaskedSearch = "allow",
    frozen: Frozen = False,
    start: Start = "",
    strict: Strict = False,
    as_json: AsJson = False,
) -> None:
    """Start the fake API, its control and the MCP server on one port, with a seeded world."""
    gc.disable()  # until it is ready: see `_start`
    from kustomer_sandbox.up import run_both  # noqa: PLC0415 - keeps --help quick

    asked = {
        "scenario": scenario,
        "plan": plan,
        "seed": seed,
        "errors": errors,
        "masked_search": masked_search,
        "strict": strict,
        "frozen": frozen,
        "start": start,
    }
    hosts = tuple(allow_host or ())
    _start(run_both, as_json=as_json, host=host, port=port, public_url=public_url, allowed_hosts=hosts, **asked)


@app.command()
def simulator(  # noqa: PLR0913, PLR0917 - one for each option
    host: Host = "127.0.0.1",
    port: Port = 8701,
    allow_host: AllowHost = None,
    scenario: Scenario = "demo",
    plan: OrgPlan = "enterprise",
    seed: Seed = "0",
    errors: Errors = "",
    masked_search: MaskedSearch = "allow",
    frozen: Frozen = False,
    start: Start = "",
    strict: Strict = False,
    as_json: AsJson = False,
) -> None:
    """Start the fake API and its control alone, with a seeded world."""
    gc.disable()  # until it is ready: see `_start`
    from kustomer_sandbox.up import run_simulator  # noqa: PLC0415 - keeps --help quick

    asked = {
        "scenario": scenario,
        "plan": plan,
        "seed": seed,
        "errors": errors,
        "masked_search": masked_search,
        "strict": strict,
        "frozen": frozen,
        "start": start,
    }
    hosts = tuple(allow_host or ())
    _start(run_simulator, as_json=as_json, host=host, port=port, allowed_hosts=hosts, **asked)


mcp_app = typer.Typer(invoke_without_command=True)
app.add_typer(mcp_app, name="mcp")


@mcp_app.callback()
def mcp(  # noqa: PLR0913, PLR0917 - one for each option
    context: typer.Context,
    upstream: Annotated[str, typer.Option(help="Origin of the Kustomer API, without /v1.")] = "",
    key_env: Annotated[str, typer.Option(help="Name of the environment variable that holds the API key.")] = "",
    state: Annotated[
        Path | None, typer.Option(help="Directory in which accounts, MCP servers and leases are kept.")
    ] = None,
    account: Annotated[str, typer.Option(help="Id of the integrated account.")] = "kustomer",
    port: Port = 8702,
    allow_host: AllowHost = None,
    stdio: Annotated[bool, typer.Option("--stdio", help="Serve one client on standard input and output.")] = False,
    server: Annotated[
        str, typer.Option(help="With --stdio: the name of the MCP server to be; all tools if left out.")
    ] = "",
    discovery: Annotated[
        bool, typer.Option("--discovery", help="With --stdio: list few tools, which find and call the others.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Start the MCP server alone, in front of any Kustomer API: with --upstream and --key-env."""
    if context.invoked_subcommand is not None:
        return
    if not upstream or not key_env:
        raise _usage_error("mcp needs --upstream (a Kustomer API, without /v1) and --key-env (the name of a variable)")
    from kustomer_sandbox.mcp_server import standalone  # noqa: PLC0415 - keeps --help quick
    from kustomer_sandbox.mcp_server.unmasking.notes import folder_of_neighbours  # noqa: PLC0415 - the same

    asked = {"account_id": account, "port": port, "server_name": server, "discovery": discovery}
    asked |= {"allowed_hosts": tuple(allow_host or ()), "neighbours": folder_of_neighbours(os.environ)}
    settings = standalone.ToolServerSettings(upstream=upstream, key_env=key_env, state=state, **asked)  # type: ignore[arg-type]
    try:
        if stdio:
            standalone.serve_stdio(settings, os.environ)
        else:
            standalone.serve_http(settings, os.environ, as_json=as_json)
    except standalone.CannotStart as refusal:
        raise _usage_error(str(refusal)) from None


@mcp_app.command("rotate")
def mcp_rotate(
    state: Annotated[Path, typer.Option(help="The directory that `mcp --state` was given.")],
    account: Annotated[str, typer.Option(help="Id of the integrated account.")] = "kustomer",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON line and nothing else.")] = False,
) -> None:
    """Give the default MCP server and the default API token of a state new tokens: the old ones end at once."""
    from kustomer_sandbox.mcp_server.standalone import CannotStart, rotate  # noqa: PLC0415 - keeps --help quick

    try:
        made = rotate(state, account)
    except CannotStart as refusal:
        raise _usage_error(str(refusal)) from None
    lines = [json.dumps(made)] if as_json else [f"{name.replace('_', ' '):<12}{made[name]}" for name in made]
    sys.stdout.write("\n".join(lines) + "\n")


@app.command("claude-config")
def claude_config(  # noqa: PLR0913, PLR0917 - one for each option
    mcp_url: Annotated[str, typer.Option(help="The MCP URL, as `up` or the management API gave it.")] = "",
    upstream: Annotated[str, typer.Option(help="Origin of a Kustomer API (a sandbox's base URL), without /v1.")] = "",
    key_env: Annotated[str, typer.Option(help="Name of the variable that holds the API key.")] = "KUSTOMER_API_KEY",
    state: Annotated[
        Path | None, typer.Option(help="With --upstream: the directory with accounts, MCP servers and leases.")
    ] = None,
    server: Annotated[str, typer.Option(help="With --upstream: the name of the MCP server to be.")] = "",
    api_token: Annotated[
        bool, typer.Option("--api-token", help="With --mcp-url: the URL also asks for an API token.")
    ] = False,
    discovery: Annotated[
        bool, typer.Option("--discovery", help="Let Claude list few tools, which find and call the others.")
    ] = False,
    name: Annotated[str, typer.Option(help="What the client calls the server.")] = "kustomer",
    client: ForClient = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")] = False,
) -> None:
    """Print what Claude, Cursor and VS Code need: for an MCP URL, for a Kustomer API, or for both."""
    from kustomer_sandbox.claude_config import CLIENTS, ToolTarget, as_text, configs  # noqa: PLC0415 - keeps --help quick

    if not mcp_url and not upstream:
        raise _usage_error("give --mcp-url (printed by up), --upstream (a Kustomer API, or a sandbox's URL), or both")
    if CLAUDE_NAME.fullmatch(name) is None:
        raise _usage_error("--name may have letters, digits, - and _ only: Claude refuses others")
    if client and client not in CLIENTS:
        raise _usage_error(f"--client is one of {', '.join(CLIENTS)}")
    target = ToolTarget(
        name=name,
        command=_own_command(),
        mcp_url=mcp_url,
        upstream=upstream,
        key_env=key_env,
        state=str(state.absolute()) if state else "",
        server=server,
        needs_api_token=api_token,
        discovery=discovery,
    )
    sys.stdout.write((json.dumps(configs(target, client)) if as_json else as_text(target, client)) + "\n")


@app.command("openapi")
def print_openapi() -> None:
    """Print the API's OpenAPI 3.1 document as JSON, for tools such as Prism, Spectral or Schemathesis."""
    from kustomer_sandbox.contracts import load, openapi  # noqa: PLC0415 - keeps --help quick

    sys.stdout.write(json.dumps(openapi(load()), indent=2, ensure_ascii=False) + "\n")


def _own_command() -> tuple[str, ...]:
    """How another program starts this one: absolute, since a desktop client knows no PATH of a virtual environment."""
    script = Path(sys.argv[0])
    return (
        (str(script.absolute()),) if script.stem == "kustomer-sandbox" else (sys.executable, "-m", "kustomer_sandbox")
    )


def _start(run: Callable[..., None], *, as_json: bool, **asked: Any) -> None:  # noqa: ANN401 - `SandboxSettings` has their types
    from kustomer_sandbox.up import TOKEN_ENV, SandboxSettings, UpError  # noqa: PLC0415 - keeps --help quick

    settings = SandboxSettings(control_token=os.environ.get(TOKEN_ENV, ""), environment=os.environ, **asked)
    show = _print_json if as_json else _print_table

    def announce(facts: dict[str, str]) -> None:
        # What a start makes stays for good: looking through it for garbage would take a tenth of the start.
        gc.freeze()
        gc.enable()
        show(facts)

    try:
        run(settings, announce=announce)
    except UpError as refusal:
        raise _usage_error(str(refusal)) from None


def _usage_error(message: str) -> typer.Exit:
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
