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

app = typer.Typer(
    name="kustomer-sandbox",
    help="A faithful stand-in for the Kustomer REST API, with an MCP server in front of it. Offline, no account.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

CLAUDE_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")


Host = Annotated[
    str,
    typer.Option(
        help="The address to serve on. One that other machines can reach needs a control token in the "
        "environment variable KUSTOMER_SANDBOX_CONTROL_TOKEN."
    ),
]
AllowHost = Annotated[
    list[str] | None,
    typer.Option(
        help="A name by which it may be called, besides localhost, Kustomer's own and that of --public-url: a "
        "container's, for instance. May be given several times."
    ),
]
Port = Annotated[int, typer.Option(min=0, max=65535, help="The port; 0 takes a free one.")]
Scenario = Annotated[
    str, typer.Option(help="What the world is seeded with: demo, empty, or the path of a scenario file (.yaml).")
]
OrgPlan = Annotated[
    str, typer.Option(help="The plan, which sets requests a minute: enterprise, ultimate, business, professional.")
]
Seed = Annotated[str, typer.Option(help="Another seed gives another world; the same gives the same bytes.")]
Errors = Annotated[
    str,
    typer.Option(
        help="Whose error codes: page (not_found) or recorded (notfound); page unless the scenario file says otherwise."
    ),
]
MaskedSearch = Annotated[
    str, typer.Option(help="What searches may ask of masked values: allow (all), exact (whole values) or refuse.")
]
Frozen = Annotated[
    bool, typer.Option("--frozen", help="Let the world's time stand still until the control API moves it.")
]
Start = Annotated[
    str, typer.Option(help="The instant at which the world's time starts, for instance 2026-06-09T12:00:00Z.")
]
Strict = Annotated[
    bool, typer.Option("--strict", help="Refuse query parameters that the API does not know, instead of ignoring them.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON line when ready, and nothing else.")]


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


@app.command()
def mcp(  # noqa: PLR0913, PLR0917 - one for each option
    upstream: Annotated[str, typer.Option(help="Origin of the Kustomer API, without /v1.")],
    key_env: Annotated[str, typer.Option(help="Name of the environment variable that holds the API key.")],
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
    as_json: AsJson = False,
) -> None:
    """Start the MCP server alone, in front of any Kustomer API."""
    from kustomer_sandbox.mcp_server.standalone import CannotStart, ToolServerSettings, serve_http, serve_stdio  # noqa: PLC0415 - keeps --help quick

    settings = ToolServerSettings(
        upstream=upstream,
        key_env=key_env,
        account_id=account,
        state=state,
        port=port,
        server_name=server,
        allowed_hosts=tuple(allow_host or ()),
    )
    try:
        if stdio:
            serve_stdio(settings, os.environ)
        else:
            serve_http(settings, os.environ, as_json=as_json)
    except CannotStart as refusal:
        raise _usage_error(str(refusal)) from None


@app.command("claude-config")
def claude_config(
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
    name: Annotated[str, typer.Option(help="What Claude calls the server.")] = "kustomer",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")] = False,
) -> None:
    """Print what Claude Desktop and Claude Code need: for an MCP URL, for a Kustomer API, or for both."""
    from kustomer_sandbox.claude_config import ToolTarget, as_text, configs  # noqa: PLC0415 - keeps --help quick

    if not mcp_url and not upstream:
        raise _usage_error(
            "give --mcp-url (printed by up), --upstream (a Kustomer API or a sandbox's base URL), or both"
        )
    if CLAUDE_NAME.fullmatch(name) is None:
        raise _usage_error("--name may have letters, digits, - and _ only: Claude refuses others")
    target = ToolTarget(
        name=name,
        command=_own_command(),
        mcp_url=mcp_url,
        upstream=upstream,
        key_env=key_env,
        state=str(state.absolute()) if state else "",
        server=server,
        needs_api_token=api_token,
    )
    sys.stdout.write((json.dumps(configs(target)) if as_json else as_text(target)) + "\n")


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

    settings = SandboxSettings(control_token=os.environ.get(TOKEN_ENV, ""), **asked)
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
