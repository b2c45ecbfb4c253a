"""Pure: what Claude Desktop and Claude Code need to use the tools, over a URL or as a process they start.

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


def configs(target: ToolTarget) -> dict[str, Any]:
    """What each client needs, as far as the target allows it: Desktop the content of its file, Code a command line.

    `claude_desktop` and `claude_code` start a process, `claude_desktop_remote` and `claude_code_remote` use a URL.
    """
    found: dict[str, Any] = {}
    if target.upstream:
        found["claude_desktop"] = _desktop(target.name, _process(target), {target.key_env: KEY_PLACE})
        found["claude_code"] = _code_process(target)
    if target.mcp_url:
        token = {"KUSTOMER_API_TOKEN": "Bearer put the API token here"} if target.needs_api_token else {}
        found["claude_desktop_remote"] = _desktop(target.name, _bridge(target), token)
        found["claude_code_remote"] = _code_url(target)
    return found


def as_text(target: ToolTarget) -> str:
    """The same as text for people to copy, each with a line that says for which client it is."""
    found, lines = configs(target), []
    if "claude_code_remote" in found:
        lines += ["Claude Code, over HTTP:", "", f"  {found['claude_code_remote']}", ""]
    if "claude_code" in found:
        lines += ["Claude Code, as a process of its own:", "", f"  {found['claude_code']}", ""]
    if "claude_desktop" in found:
        lines += ["Claude Desktop, in claude_desktop_config.json (no bridge, no port):", ""]
        lines += [json.dumps(found["claude_desktop"], indent=2), ""]
    if "claude_desktop_remote" in found:
        lines += ["Claude Desktop, in claude_desktop_config.json (through mcp-remote, which needs Node):", ""]
        lines += [json.dumps(found["claude_desktop_remote"], indent=2), ""]
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
