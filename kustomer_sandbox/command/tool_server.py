"""The commands about the MCP server: running it alone, new tokens for its state, what Claude needs."""

from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path
from typing import Annotated

import typer

from kustomer_sandbox.command.options import AllowHost, ForClient, Port
from kustomer_sandbox.command.refusing import usage_error

CLAUDE_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")

mcp_app = typer.Typer(invoke_without_command=True, rich_markup_mode=None)


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
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON line when ready, and nothing else.")] = False,
) -> None:
    """Start the MCP server alone.

    In front of any Kustomer API: it needs --upstream and --key-env.
    """
    if context.invoked_subcommand is not None:
        return
    if not upstream or not key_env:
        raise usage_error("mcp needs --upstream (a Kustomer API, without /v1) and --key-env (the name of a variable)")
    from kustomer_sandbox.mcp_server import standalone  # noqa: PLC0415 - keeps --help quick
    from kustomer_sandbox.mcp_server.state.user_folder import folder_of_user  # noqa: PLC0415 - the same

    asked = {"account_id": account, "port": port, "server_name": server, "discovery": discovery}
    asked |= {"allowed_hosts": tuple(allow_host or ()), "neighbours": folder_of_user(os.environ)}
    settings = standalone.ToolServerSettings(upstream=upstream, key_env=key_env, state=state, **asked)  # type: ignore[arg-type]
    try:
        if stdio:
            standalone.serve_stdio(settings, os.environ)
        else:
            standalone.serve_http(settings, os.environ, as_json=as_json)
    except standalone.CannotStart as refusal:
        raise usage_error(str(refusal)) from None


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
        raise usage_error(str(refusal)) from None
    lines = [json.dumps(made)] if as_json else [f"{name.replace('_', ' '):<12}{made[name]}" for name in made]
    sys.stdout.write("\n".join(lines) + "\n")


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
    from kustomer_sandbox.command.claude_config import CLIENTS, ToolTarget, as_text, configs  # noqa: PLC0415 - keeps --help quick

    if not mcp_url and not upstream:
        raise usage_error("give --mcp-url (printed by up), --upstream (a Kustomer API, or a sandbox's URL), or both")
    if CLAUDE_NAME.fullmatch(name) is None:
        raise usage_error("--name may have letters, digits, - and _ only: Claude refuses others")
    if client and client not in CLIENTS:
        raise usage_error(f"--client is one of {', '.join(CLIENTS)}")
    target = ToolTarget(
        name=name,
        command=own_command(),
        mcp_url=mcp_url,
        upstream=upstream,
        key_env=key_env,
        state=str(state.absolute()) if state else "",
        server=server,
        needs_api_token=api_token,
        discovery=discovery,
    )
    sys.stdout.write((json.dumps(configs(target, client)) if as_json else as_text(target, client)) + "\n")


def own_command() -> tuple[str, ...]:
    """How another program starts this one: absolute, since a desktop client knows no PATH of a virtual environment."""
    script = Path(sys.argv[0])
    return (
        (str(script.absolute()),) if script.stem == "kustomer-sandbox" else (sys.executable, "-m", "kustomer_sandbox")
    )
