"""What goes out is what the SDK would have sent, had it been given the whole result."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

import httpx2
import pytest
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp.types import CallToolRequestParams, CallToolResult, TextContent

from kustomer_sandbox.mcp_server.model import ToolResult
from kustomer_sandbox.mcp_server.protocol.envelopes import Envelopes, empty
from kustomer_sandbox.mcp_server.tools.answers.result import text
from tests.mcp_server.fakes import MODERN

pytestmark = pytest.mark.anyio

MODERN_VERSION = "2026-07-28"
VERSIONS = ("2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25", MODERN_VERSION)
RECORD: dict[str, Any] = {"id": "1", "none": None, "list": [1, 2.5, True, {"deep": "é\u2028"}], "": {}}
OUTCOMES = {
    "record": ToolResult(document=RECORD, upstream_status=200),
    "limits": ToolResult(document=RECORD, meta={"ratelimit-remaining": "9"}, upstream_status=200),
    "error": ToolResult(document={"statusCode": 404}, is_error=True, meta={"ratelimit-remaining": "9"}),
    "list": ToolResult(document=[1, None]),
    "empty": ToolResult(document={}),
}
Handler = Callable[[ServerRequestContext[Any, Any], CallToolRequestParams], Awaitable[CallToolResult]]


def whole(outcome: ToolResult) -> CallToolResult:
    """The result as a model, for the SDK to shape all of it."""
    document = outcome.document
    return CallToolResult(
        content=[TextContent(type="text", text=text(document))],
        structured_content=document if isinstance(document, dict) else {"result": document},
        is_error=outcome.is_error,
        _meta=dict(outcome.meta) if outcome.meta else None,
    )


async def wire(outcome: ToolResult, version: str, *, late: bool) -> Any:
    """The JSON-RPC answer to one call in a protocol version."""

    async def call(_: ServerRequestContext[Any, Any], _params: CallToolRequestParams) -> CallToolResult:
        return empty(outcome) if late else whole(outcome)

    server: Server[Any] = Server("test", version="1", on_call_tool=call, get_tool_input_schema=lambda _: None)
    server.middleware[:] = [Envelopes()] if late else []
    manager = StreamableHTTPSessionManager(server, json_response=True, stateless=True)
    params = {"name": "tool", "arguments": {}, **({"_meta": MODERN} if version == MODERN_VERSION else {})}
    headers = {"accept": "application/json, text/event-stream", "mcp-protocol-version": version}
    if version == MODERN_VERSION:
        headers |= {"mcp-method": "tools/call", "mcp-name": "tool"}
    transport = httpx2.ASGITransport(app=manager.asgi_app)
    async with manager.run(), httpx2.AsyncClient(transport=transport, base_url="http://test") as client:
        body = {"jsonrpc": "2.0", "id": 7, "method": "tools/call", "params": params}
        return json.loads((await client.post("/", json=body, headers=headers)).content)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", OUTCOMES)
async def test_a_result_is_the_one_the_sdk_would_have_shaped(name: str, version: str) -> None:
    """Each protocol version has its own envelope, and clients check it."""
    late = await wire(OUTCOMES[name], version, late=True)
    assert late == await wire(OUTCOMES[name], version, late=False)
    assert json.loads(late["result"]["content"][0]["text"]) == OUTCOMES[name].document


async def test_results_do_not_mix() -> None:
    """One empty result is shared by all calls: nothing put into one may show in the next."""
    await wire(OUTCOMES["limits"], MODERN_VERSION, late=True)
    after = await wire(OUTCOMES["empty"], MODERN_VERSION, late=True)
    assert (after["result"]["content"], after["result"]["structuredContent"]) == ([{"type": "text", "text": "{}"}], {})
    assert "ratelimit-remaining" not in after["result"]["_meta"]
