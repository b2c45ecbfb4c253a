"""A sandbox in process for tests of episodes: its control API, its REST API and official MCP clients; no socket."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
from mcp.client import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.types import CallToolResult, TextContent

from kustomer_sandbox.app import Sandbox, create_sandbox
from kustomer_sandbox.command.keeping import end_keeping, keeping
from kustomer_sandbox.simulator.asgi import Front
from kustomer_sandbox.simulator.hosting.worlds import WorldSpec
from tests.mcp_server.fakes import HandClock

ORIGIN = "http://127.0.0.1:8700"
CREATE = "create_a_kustomer_customer"
SEARCH = "list_all_kustomer_search_customers"
VERSION = "2026-07-28"
ABOUT = {
    "io.modelcontextprotocol/protocolVersion": VERSION,
    "io.modelcontextprotocol/clientInfo": {"name": "tests", "version": "1"},
    "io.modelcontextprotocol/clientCapabilities": {},
}
"""What clients of today's era send along with each call."""

CANARIES = {"and": [{"customer_name": {"contains": "canary-"}}]}


class Stage:
    """One sandbox within its lifespan. `http` calls it from this machine, `clock` is the server's."""

    def __init__(self, sandbox: Sandbox, http: httpx2.AsyncClient, clock: HandClock) -> None:
        self.sandbox = sandbox
        self.http = http
        self.clock = clock

    async def begin(self, **asked: Any) -> dict[str, Any]:
        """A new episode, of the empty scenario unless asked otherwise."""
        answer = await self.http.post("/_sandbox/episodes", json={"scenario": "empty", **asked})
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        return made

    async def end(self, episode: Mapping[str, Any]) -> dict[str, Any]:
        answer = await self.http.delete(f"/_sandbox/episodes/{episode['episode']}")
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json()
        return told

    async def rest(self, episode: Mapping[str, Any], method: str, path: str, **options: Any) -> httpx2.Response:
        """A call of the REST API with the episode's key."""
        return await self.http.request(
            method, path, headers={"authorization": f"Bearer {episode['api_key']}"}, **options
        )

    @asynccontextmanager
    async def client(self, url: str) -> AsyncIterator[Client]:
        async with Client(streamable_http_client(url, http_client=self.http)) as client:
            yield client

    async def call(self, url: str, tool: str, arguments: Mapping[str, Any]) -> CallToolResult:
        """A tool call by a client that connects for it alone."""
        async with self.client(url) as client:
            return await client.call_tool(tool, dict(arguments))

    async def post(self, url: str, tool: str, arguments: Mapping[str, Any]) -> str:
        """A tool call as one request of today's era, without a client around it: the text of what succeeded."""
        params = {"name": tool, "arguments": arguments, "_meta": ABOUT}
        headers = {"mcp-protocol-version": VERSION, "mcp-method": "tools/call", "mcp-name": tool}
        headers["accept"] = "application/json, text/event-stream"
        body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
        answer = await self.http.post(url, json=body, headers=headers)
        assert answer.json()["result"]["isError"] is False, answer.text
        return answer.text

    async def sweep(self) -> None:
        await self.sandbox.mcp.housekeeping.sweep()


@asynccontextmanager
async def running(*, state: Path | None = None, is_shared: bool = False) -> AsyncIterator[Stage]:
    """A sandbox with an empty world of its own, ended with the block as when its process ends."""
    clock = HandClock()
    spec = WorldSpec(name="main", scenario="empty")
    sandbox = create_sandbox(spec, base_url=ORIGIN, clock=clock, state=state, is_shared=is_shared)
    front = Front(sandbox.api, lambda: keeping(sandbox.api, sandbox.app))
    transport = httpx2.ASGITransport(app=front)
    try:
        async with sandbox.mcp.lifespan(), httpx2.AsyncClient(transport=transport, base_url=ORIGIN) as http:
            yield Stage(sandbox, http, clock)
    finally:
        end_keeping(sandbox.api)


def text(result: CallToolResult) -> str:
    return " ".join(part.text for part in result.content if isinstance(part, TextContent))
