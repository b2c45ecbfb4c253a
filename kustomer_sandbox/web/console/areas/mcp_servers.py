"""MCP servers of a world's account: make one and see which tools pass, try its tools, end it, read its calls."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any, Final

from kustomer_sandbox.command.claude_config import ToolTarget, configs
from kustomer_sandbox.mcp_server.calling.calls import Caller, UnknownTool
from kustomer_sandbox.mcp_server.model import Grant
from kustomer_sandbox.mcp_server.tools.answers.result import text as content_of
from kustomer_sandbox.simulator.values.record import JSON
from kustomer_sandbox.web.console.area import Area, AreaVisit, Facts
from kustomer_sandbox.web.console.areas import tool_form
from kustomer_sandbox.web.console.calls import CallRefused, with_query
from kustomer_sandbox.web.console.rendering import pretty

KINDS: Final = ("read", "write", "custom")
"""Kinds of methods, which stand for all of them in a filter."""
CHARACTERS_A_TOKEN: Final = 4.3
"""Of the texts of a tool list, as o200k cuts them."""
_CLIENTS: Final = {
    "claude_desktop": "Claude Desktop, in claude_desktop_config.json",
    "claude_code": "Claude Code, as a command",
    "cursor": "Cursor, in .cursor/mcp.json",
    "vscode": "VS Code, in .vscode/mcp.json",
}
_ME: Final = "console"
_UNKNOWN: Final = 404
_LOGGED: Final = 50
_KIND, _TAG = "kind.", "tag."


async def show(visit: AreaVisit) -> Facts:
    """The account and its MCP servers, what one can be made of, and the tool that is chosen, if one is."""
    facts: Facts = {"account": None, "servers": [], "tags": [], "ready_made": [], "kinds": KINDS, "result": None}
    facts |= {
        "log": [],
        "passing": [],
        "why_none": "",
        "tokens": 0,
        "tools": [],
        "tool": None,
        "server": None,
        "q": "",
        "fields": [],
    }
    try:
        facts["account"] = await _of_account(visit, "")
    except CallRefused as refusal:
        if refusal.status != _UNKNOWN:
            raise
        return facts
    facts["servers"] = (await _of_account(visit, "/mcp"))["result"]
    resources = (await _of_account(visit, "/capabilities"))["resources"].values()
    facts["tags"] = sorted({tag for methods in resources for method in methods for tag in method["tags"]})
    facts["ready_made"] = await _of_account(visit, "/filters")
    return facts | await passing(visit) | await tools(visit) | await log(visit)


async def passing(visit: AreaVisit) -> Facts:
    """The tools that pass the filters of the form as it is filled now, and what their list costs a model."""
    found = await _tools(visit, _config(visit))
    why_none = "" if found else "No tool passes all of these: leave one of them out."
    return {"passing": found, "tokens": sum(one["tokens"] for one in found), "why_none": why_none}


async def tools(visit: AreaVisit) -> Facts:
    """The tools of the chosen MCP server that fit the search, and the form of the chosen one."""
    server = await _server(visit)
    if server is None:
        return {"server": None, "tools": [], "tool": None, "fields": [], "result": None, "q": ""}
    found = await _tools(visit, server["config"])
    wanted = visit.given.get("q", "").strip()
    tool = next((one for one in found if one["name"] == visit.given.get("tool")), None)
    return {
        "server": server,
        "tools": [one for one in found if all(word in one["words"] for word in wanted.casefold().split())],
        "tool": tool,
        "fields": tool_form.fields(tool["input_schema"]) if tool else [],
        "result": visit.outcome or None,
        "q": wanted,
    }


async def log(visit: AreaVisit) -> Facts:
    """The latest tool calls of the account."""
    path = with_query("/log", {"integrated_account_id": visit.account, "limit": _LOGGED})
    return {"log": (await visit.management("GET", path))["result"]}


async def connect(visit: AreaVisit) -> str:
    """Give the world an account, and its first MCP server."""
    made = await visit.of_world("POST", "/mcp", {})
    _tell(visit, made["mcp_url"], visit.world.name, needs_api_token=False)
    return "The world has an account now. Copy the URL: it is shown this once."


async def create(visit: AreaVisit) -> str:
    """Make an MCP server."""
    config = {name: value for name, value in _config(visit).items() if value is not None}
    name = visit.given.get("name", "").strip() or "Kustomer"
    body = {"name": name, "config": config, "expires_at": _instant(visit.given.get("expires_at", ""))}
    made = await _of_account(visit, "/mcp", "POST", body)
    _tell(visit, made["url"], name, needs_api_token=made["config"]["require_api_token_auth"])
    return f"{name} is made, with {made['tool_count']} tools. Copy its URL: it is shown this once."


async def rotate(visit: AreaVisit) -> str:
    """Give it a new URL."""
    made = await _of_account(visit, f"/mcp/{_server_id(visit)}/rotate", "POST")
    _tell(visit, made["url"], made["name"], needs_api_token=made["config"]["require_api_token_auth"])
    return f"The old URL of {made['name']} has ended. Copy the new one: it is shown this once."


async def revoke(visit: AreaVisit) -> str:
    """End it."""
    await _of_account(visit, f"/mcp/{_server_id(visit)}", "DELETE")
    return "Its URL has ended, and the windows that it had opened are closed."


async def run(visit: AreaVisit) -> str:
    """Call a tool as a client of this MCP server would. A page has no URL: it is called where the protocol calls it."""
    grant, name = _grant(visit), visit.given.get("tool", "")
    found = visit.mcp.calls.tools(grant).get(name)
    if found is None:
        raise CallRefused(404, "This MCP server has no such tool.")
    arguments = tool_form.arguments(found.listed.input_schema, visit.given)
    # In discovery mode clients call through another tool; here the tool itself is tried.
    direct = replace(grant, scope=replace(grant.scope, tool_exposure="all"))
    caller = Caller(grant=direct, connection=_ME, client_name=_ME)
    started = visit.mcp.clock.now()
    try:
        outcome = await visit.mcp.calls.call(caller, name, arguments)
    except UnknownTool as unknown:
        raise CallRefused(404, unknown.message) from None
    took = (visit.mcp.clock.now() - started).total_seconds() * 1000
    content = content_of(outcome.document)
    visit.outcome = {
        "tool": name,
        "is_error": outcome.is_error,
        "status": outcome.upstream_status,
        "structured": pretty(outcome.document),
        "content": content,
        "tokens": _tokens(content),
        "characters": len(content),
        "milliseconds": round(took, 1),
        "curl": _curl(name, arguments),
    }
    return (
        f"{name} {'answered with an error' if outcome.is_error else 'has answered'}: its result stands below its form."
    )


async def _of_account(visit: AreaVisit, path: str, method: str = "GET", body: JSON = None) -> Any:  # noqa: ANN401 - JSON
    return await visit.management(method, f"/integrated-account/{visit.account}{path}", body)


async def _tools(visit: AreaVisit, config: dict[str, Any]) -> list[dict[str, Any]]:
    """The tools that pass filters, each with what it costs and the words it is found by."""
    query = {name: ",".join(config[name] or ()) for name in ("methods", "tags")}
    found = await _of_account(visit, with_query("/tools", {**query, "filter": config["filter"]}))
    return [{**one, "tokens": _cost(one), "words": f"{one['name']} {one['title']}".casefold()} for one in found]


def _cost(tool: dict[str, Any]) -> int:
    """Tokens that a tool's entry in the list costs, about."""
    shown = {"name": tool["name"], "description": tool["description"], "inputSchema": tool["input_schema"]}
    return _tokens(json.dumps(shown, separators=(",", ":"), ensure_ascii=False))


def _tokens(text: str) -> int:
    return round(len(text) / CHARACTERS_A_TOKEN)


def _config(visit: AreaVisit) -> dict[str, Any]:
    """What the form says of an MCP server, as the management API takes it."""
    given = visit.given
    exact = given.get("methods", "").replace(",", " ").split()
    return {
        "methods": [*_ticked(visit, _KIND), *exact] or None,
        "tags": _ticked(visit, _TAG) or None,
        "filter": given.get("filter") or None,
        "tool_exposure": given.get("tool_exposure") or "all",
        "require_api_token_auth": "require_api_token_auth" in given,
        "masked_search": given.get("masked_search") or "exact",
    }


def _ticked(visit: AreaVisit, prefix: str) -> list[str]:
    return [name.removeprefix(prefix) for name in visit.given if name.startswith(prefix)]


def _instant(local: str) -> str | None:
    """What a browser's field for date and time says, in UTC."""
    return f"{local}Z" if local and not local.endswith("Z") else local or None


async def _server(visit: AreaVisit) -> dict[str, Any] | None:
    """The chosen MCP server; None without a choice, and for one that has ended since."""
    if not visit.given.get("server"):
        return None
    try:
        found: dict[str, Any] = await _of_account(visit, f"/mcp/{_server_id(visit)}")
    except CallRefused:
        return None
    return found


def _server_id(visit: AreaVisit) -> str:
    """Raises `CallRefused` for what can be none's id."""
    id = visit.given.get("server", "")
    if not id.replace("-", "").isalnum():
        raise CallRefused(400, "An MCP server is named by its id.")
    return id


def _grant(visit: AreaVisit) -> Grant:
    """What the URL of the chosen MCP server stands for."""
    grant = visit.mcp.provisioning.grant_by_name(visit.account, _server_id(visit), now=visit.mcp.clock.now())
    if grant is None:
        raise CallRefused(404, "There is no such MCP server any more.")
    return grant


def _tell(visit: AreaVisit, url: str, name: str, *, needs_api_token: bool) -> None:
    """The URL, and what each client needs to use it."""
    target = ToolTarget(name=name, command=("kustomer-sandbox",), mcp_url=url, needs_api_token=needs_api_token)
    visit.told_once["MCP URL, shown this once"] = url
    for client, config in configs(target).items():
        visit.told_once[_CLIENTS[client.removesuffix("_remote")]] = pretty(config)


def _curl(tool: str, arguments: dict[str, Any]) -> str:
    """The same call for a shell, through the MCP URL."""
    params = {"name": tool, "arguments": arguments}
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
    accept = "-H 'Accept: application/json, text/event-stream'"
    quoted = json.dumps(body, ensure_ascii=False).replace("'", "'\\''")
    return f"curl -sS \"$MCP_URL\" {accept} -H 'Content-Type: application/json' -d '{quoted}'"


AREA: Final = Area(
    name="mcp",
    title="MCP servers",
    about="URLs for agents: which tools each of them shows, what that costs, how to connect, and what was called.",
    show=show,
    acts={"connect": connect, "create": create, "rotate": rotate, "revoke": revoke, "run": run},
    panels={"desk": show, "passing": passing, "tools": tools, "tool": tools, "result": tools, "log": log},
)
