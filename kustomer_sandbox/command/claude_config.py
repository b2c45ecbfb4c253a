"""Pure: what Claude Desktop and Code, Cursor and VS Code need to use the tools, by a URL or as a process they start.

No secret is ever part of it but the MCP URL that was given: an API key is named by its environment variable.
"""

from __future__ import annotations

import json
import shlex
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from kustomer_sandbox.mcp_server.model import DISCOVERY_PATH

BRIDGE = "mcp-remote@0.15.1"
"""Turns a URL into a process for clients that can only start one; the version that was tried."""

KEY_PLACE = "put the API key here"
CLIENTS = {"desktop": "claude_desktop", "code": "claude_code", "cursor": "cursor", "vscode": "vscode"}
"""The clients by the names the command line has for them, each with the beginning of its keys in `configs`."""

_HEADINGS = {
    "claude_code_remote": "Claude Code, over HTTP:",
    "claude_code": "Claude Code, as a process of its own:",
    "claude_desktop": "Claude Desktop, in claude_desktop_config.json (no bridge, no port):",
    "claude_desktop_remote": "Claude Desktop, in claude_desktop_config.json (through mcp-remote, which needs Node):",
    "cursor": "Cursor, in .cursor/mcp.json, as a process of its own:",
    "cursor_remote": "Cursor, in .cursor/mcp.json, over HTTP:",
    "vscode": "VS Code, in .vscode/mcp.json, as a process of its own:",
    "vscode_remote": "VS Code, in .vscode/mcp.json, over HTTP:",
}
_LOCAL = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True, kw_only=True, slots=True)
class ToolTarget:
    """What the tools are reached through: an MCP URL, or a Kustomer API in front of which a client starts our process.

    `command` starts `kustomer-sandbox`; `server` names the MCP server that the process is, one with every tool if
    empty. With `needs_api_token` the MCP URL asks for a second factor; with `discovery` clients are to use it in that
    mode.
    """

    name: str
    command: tuple[str, ...]
    mcp_url: str = ""
    upstream: str = ""
    key_env: str = "KUSTOMER_API_KEY"
    state: str = ""
    server: str = ""
    needs_api_token: bool = False
    discovery: bool = False


def configs(target: ToolTarget, client: str = "") -> dict[str, Any]:
    """What each client (or the one named) needs, as far as the target allows it: a file's content, or a command line.

    `…_remote` use the URL, the others start a process. `client` is one of `CLIENTS`.
    """
    found: dict[str, Any] = {}
    if target.upstream:
        found["claude_desktop"] = _desktop(target.name, _process(target), {target.key_env: KEY_PLACE})
        found["claude_code"] = _code_process(target)
        found["cursor"] = _desktop(target.name, _process(target), {target.key_env: f"${{env:{target.key_env}}}"})
        found["vscode"] = _vscode_process(target)
    if target.mcp_url:
        token = {"KUSTOMER_API_TOKEN": "Bearer put the API token here"} if target.needs_api_token else {}
        found["claude_desktop_remote"] = _desktop(target.name, _bridge(target), token)
        found["claude_code_remote"] = _code_url(target)
        found["cursor_remote"] = {"mcpServers": {target.name: _at_url(target, "${env:KUSTOMER_API_TOKEN}")}}
        found["vscode_remote"] = _vscode_url(target)
    wanted = CLIENTS[client] if client else ""
    return {key: value for key, value in found.items() if key.startswith(wanted)}


def as_text(target: ToolTarget, client: str = "") -> str:
    """The same as text for people to copy, each with a line that says for which client it is."""
    found, lines = configs(target, client), []
    for key, heading in _HEADINGS.items():
        if key in found:
            block = f"  {found[key]}" if isinstance(found[key], str) else json.dumps(found[key], indent=2)
            lines += [heading, "", block, ""]
    return "\n".join(lines).rstrip()


def _process(target: ToolTarget) -> list[str]:
    options = {"--state": target.state, "--server": target.server}
    given = [part for option, value in options.items() if value for part in (option, value)]
    given += ["--discovery"] if target.discovery else []
    return [*target.command, "mcp", "--stdio", "--upstream", target.upstream, "--key-env", target.key_env, *given]


def _url(target: ToolTarget) -> str:
    """The MCP URL, in the form asked for; one that is of discovery mode already stays as it is."""
    url = target.mcp_url.rstrip("/")
    return url + DISCOVERY_PATH if target.discovery and not url.endswith(DISCOVERY_PATH) else target.mcp_url


def _bridge(target: ToolTarget) -> list[str]:
    url = urlsplit(target.mcp_url)
    arguments = ["npx", "-y", BRIDGE, _url(target), "--transport", "http-only"]
    if url.scheme == "http" and url.hostname not in _LOCAL:
        arguments.append("--allow-http")
    # Without a space after the colon: a client on Windows would take it apart there.
    return [*arguments, "--header", "Authorization:${KUSTOMER_API_TOKEN}"] if target.needs_api_token else arguments


def _desktop(name: str, arguments: list[str], env: dict[str, str]) -> dict[str, Any]:
    entry: dict[str, Any] = {"command": arguments[0], "args": arguments[1:]}
    return {"mcpServers": {name: {**entry, "env": env} if env else entry}}


def _code_url(target: ToolTarget) -> str:
    arguments = ["claude", "mcp", "add", "--transport", "http", target.name, _url(target)]
    line = shlex.join(arguments)
    return f'{line} --header "Authorization: Bearer $KUSTOMER_API_TOKEN"' if target.needs_api_token else line


def _code_process(target: ToolTarget) -> str:
    # Another option stands between `--env` and the name: `--env` takes several values and would take the name, too.
    env = f'--env {target.key_env}="${target.key_env}" --transport stdio'
    return f"claude mcp add {env} {shlex.quote(target.name)} -- {shlex.join(_process(target))}"


def _at_url(target: ToolTarget, token: str) -> dict[str, Any]:
    """What clients that speak HTTP themselves are told; `token` is how such a client names a secret."""
    headers = {"headers": {"Authorization": f"Bearer {token}"}} if target.needs_api_token else {}
    return {"url": _url(target), **headers}


def _vscode_process(target: ToolTarget) -> dict[str, Any]:
    command, *args = _process(target)
    asked = "kustomer-api-key"
    env = {target.key_env: f"${{input:{asked}}}"}
    server = {"type": "stdio", "command": command, "args": args, "env": env}
    return {"inputs": [_asked(asked, "Kustomer API key")], "servers": {target.name: server}}


def _vscode_url(target: ToolTarget) -> dict[str, Any]:
    asked = "kustomer-api-token"
    server = {"type": "http", **_at_url(target, f"${{input:{asked}}}")}
    inputs = {"inputs": [_asked(asked, "API token of the MCP server")]} if target.needs_api_token else {}
    return {**inputs, "servers": {target.name: server}}


def _asked(name: str, description: str) -> dict[str, Any]:
    """A value that VS Code asks for once and keeps apart from the file."""
    return {"type": "promptString", "id": name, "description": description, "password": True}
