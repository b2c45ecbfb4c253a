"""A document put into an answer's bytes makes, to the letter, the answer that the SDK would have written with it."""

from __future__ import annotations

import json
from typing import Any

import anyio
import httpx2
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp.types import CallToolRequestParams, CallToolResult
from starlette.types import Message, Receive, Scope, Send

from kustomer_sandbox.mcp_server.model import ToolResult
from kustomer_sandbox.mcp_server.protocol.envelopes import Envelopes, empty
from kustomer_sandbox.mcp_server.protocol.wire_documents import DOCUMENT, STAND_IN, WireDocument
from tests.mcp_server.fakes import MODERN

TEXTS = st.text() | st.sampled_from(['"', "\\", '\\"', "\x7f", "1e5", ":1e5", "0.0000", STAND_IN, json.dumps(STAND_IN)])
NUMBERS = st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False, allow_infinity=False)
NUMBERS |= st.sampled_from([1e16, -1e22, 9.5e-5, 0.00001, 5e-324, -0.0, 1e15])
DOCUMENTS = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)
IDS = st.integers(0, 9) | st.sampled_from(["a", STAND_IN])
HEADERS = {
    "accept": "application/json, text/event-stream",
    "mcp-protocol-version": "2026-07-28",
    "mcp-method": "tools/call",
    "mcp-name": "tool",
}


async def answer(document: Any, id: str | int, *, on_wire: bool, is_stream: bool = False) -> httpx2.Response:
    """What a client of today is sent; the document goes in by its bytes, or through the SDK."""
    outcome = ToolResult(document=document, meta={"ratelimit-scope": "organisation"})

    async def call(ctx: ServerRequestContext[Any, Any], _params: CallToolRequestParams) -> CallToolResult:
        if is_stream:
            await ctx.session.report_progress(1, 2, "halfway")
        return empty(outcome)

    server: Server[Any] = Server("test", version="1", on_call_tool=call, get_tool_input_schema=lambda _: None)
    server.middleware[:] = [Envelopes()]
    manager = StreamableHTTPSessionManager(server, stateless=True)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if on_wire:
            scope[DOCUMENT] = WireDocument()
            send = scope[DOCUMENT].sending(send)
        await manager.asgi_app(scope, receive, send)

    params = {"name": "tool", "arguments": {}, "_meta": {**MODERN, "progressToken": 1}}
    body = {"jsonrpc": "2.0", "id": id, "method": "tools/call", "params": params}
    transport = httpx2.ASGITransport(app=app)
    async with manager.run(), httpx2.AsyncClient(transport=transport, base_url="http://test") as client:
        return await client.post("/", json=body, headers=HEADERS)


def both(document: Any, id: str | int, *, is_stream: bool = False) -> list[tuple[bytes, dict[str, str]]]:
    """Body and headers, both ways."""

    async def told() -> list[httpx2.Response]:
        return [await answer(document, id, on_wire=way, is_stream=is_stream) for way in (True, False)]

    return [(response.content, dict(response.headers)) for response in anyio.run(told)]


@pytest.mark.properties
@given(DOCUMENTS, IDS)
@example([1e16, -1e22], 1)
@example({"share": 9.5e-05, "of": 0.00001}, 1)
@example({'"': "\\", "then": 1e-7}, 1)
@example("deleted \x7f", 1)
@example({"name": STAND_IN}, STAND_IN)
def test_an_answer_is_byte_for_byte_what_the_sdk_writes(document: Any, id: str | int) -> None:
    """Numbers, escapes and stand-ins that a client or a record happens to hold; the length is told right, too."""
    ours, theirs = both(document, id)
    assert ours == theirs


@pytest.mark.parametrize("id", [1, STAND_IN])
def test_an_event_stream_holds_the_document_too(id: str | int) -> None:
    """The answer becomes a stream once a tool tells how far it is."""
    ours, theirs = both({"name": "Zoë", "share": 1e-05}, id, is_stream=True)
    assert ours == theirs
    assert b"halfway" in ours[0]
    assert ours[1]["content-type"] == "text/event-stream"


def test_a_number_beyond_64_bits_goes_through_the_sdk() -> None:
    """Orjson writes none; what cannot be put in as bytes is put in as it is."""
    result: dict[str, Any] = {"content": [{"text": ""}]}
    assert not WireDocument().put({"total": 2**70}, result)
    assert both({"total": 2**70}, 1)[0] == both({"total": 2**70}, 1)[1]


async def test_an_answer_without_a_document_is_passed_on_as_it_comes() -> None:
    """Refusals, lists of tools and pings: nothing is held back."""
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    sending = WireDocument().sending(send)
    messages: list[Message] = [{"type": "http.response.start", "headers": []}, {"type": "http.response.body"}]
    for message in messages:
        await sending(message)
        assert sent[-1] is message
