"""A server with everything the official conformance suite looks for, behind the product's own gate and transports.

What is shown with it is that the gate and the transports carry the whole protocol; the product itself offers tools
alone. As a process it prints one line, `{"mcp_url": …}`, once it accepts connections.
"""

from __future__ import annotations

import json
import socket
import sys
import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import uvicorn
from mcp import MCPDeprecationWarning
from mcp.server.lowlevel import Server
from mcp.server.request_state import RequestStateBoundary, RequestStateSecurity
from mcp.server.streamable_http import EventCallback, EventMessage, EventStore
from mcp.server.subscriptions import ListenHandler
from mcp.shared.exceptions import MCPError
from mcp.types import (
    INVALID_PARAMS,
    CallToolRequestParams,
    JSONRPCMessage,
    ListToolsResult,
    PaginatedRequestParams,
    SetLevelRequestParams,
    Tool,
)
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from kustomer_sandbox.mcp_server.clock import SystemClock
from kustomer_sandbox.mcp_server.model import Account
from kustomer_sandbox.mcp_server.model import Scope as ToolScope
from kustomer_sandbox.mcp_server.protocol.gate import TokenGate
from kustomer_sandbox.mcp_server.protocol.server import quieten
from kustomer_sandbox.mcp_server.protocol.streams import Streams
from kustomer_sandbox.mcp_server.protocol.transports import Transports
from kustomer_sandbox.mcp_server.state.opening import open_state
from kustomer_sandbox.mcp_server.state.provisioning import Provisioning
from kustomer_sandbox.mcp_server.state.tokens import random_hex
from tests.conformance import fixture_content
from tests.conformance.fixture_content import TTL_MS
from tests.conformance.fixture_tools import BUS, TOOLS, Answer, Context

ACCOUNT = Account(id="fixture", base_url="http://127.0.0.1:9", key_env="NONE")


class Events(EventStore):
    """Every event of every stream, numbered in the order of their coming."""

    def __init__(self) -> None:
        self._events: list[tuple[str, JSONRPCMessage | None]] = []

    async def store_event(self, stream_id: str, message: JSONRPCMessage | None) -> str:
        self._events.append((stream_id, message))
        return str(len(self._events))

    async def replay_events_after(self, last_event_id: str, send_callback: EventCallback) -> str | None:
        """Send again what came later on the same stream; None for a number never given out."""
        if not last_event_id.isdecimal() or not 0 < int(last_event_id) <= len(self._events):
            return None
        wanted, _ = self._events[int(last_event_id) - 1]
        for number, (stream_id, message) in enumerate(self._events, start=1):
            if stream_id == wanted and number > int(last_event_id) and message is not None:
                await send_callback(EventMessage(message, str(number)))
        return wanted


async def list_tools(_ctx: Context, _params: PaginatedRequestParams | None) -> ListToolsResult:
    tools = [
        Tool(name=tool.name, description=tool.description, input_schema=dict(tool.schema)) for tool in TOOLS.values()
    ]
    return ListToolsResult(tools=tools, ttl_ms=TTL_MS, cache_scope="private")


async def call_tool(ctx: Context, params: CallToolRequestParams) -> Answer:
    found = TOOLS.get(params.name)
    if found is None:
        raise MCPError(INVALID_PARAMS, "Unknown tool.")
    return await found.run(ctx, params)


def create_server() -> Server[Any]:
    """The low-level server with all that the suite asks for."""
    server: Server[Any] = Server(
        "conformance-fixture",
        version="1",
        get_tool_input_schema=lambda name: TOOLS[name].schema if name in TOOLS else None,
        on_list_tools=list_tools,
        on_call_tool=call_tool,
        on_list_resources=fixture_content.list_resources,
        on_list_resource_templates=fixture_content.list_templates,
        on_read_resource=fixture_content.read_resource,
        on_subscribe_resource=fixture_content.acknowledge,
        on_unsubscribe_resource=fixture_content.acknowledge,
        on_list_prompts=fixture_content.list_prompts,
        on_get_prompt=fixture_content.get_prompt,
        on_completion=fixture_content.complete,
        on_subscriptions_listen=ListenHandler(BUS),
    )
    server.add_request_handler("logging/setLevel", SetLevelRequestParams, fixture_content.acknowledge)
    server.middleware.append(RequestStateBoundary(RequestStateSecurity.ephemeral(), default_audience="fixture"))
    return server


class _Mounted:
    """An ASGI object: routes take plain functions and methods for request handlers."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app(scope, receive, send)


def serve() -> None:
    """Serve on a free port until told to stop."""
    quieten()
    clock = SystemClock()
    provisioning = Provisioning(open_state(None, random_hex=random_hex), random_hex=random_hex)
    provisioning.put_account(ACCOUNT)
    _, token = provisioning.create_server(
        ACCOUNT.id, clock.now(), name="fixture", scope=ToolScope(), created_by="the conformance checks"
    )
    transports = Transports(create_server(), hosts=(), events=Events())
    listener = socket.create_server(("127.0.0.1", 0))

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        async with transports.run():
            ready = {"mcp_url": f"http://127.0.0.1:{listener.getsockname()[1]}/mcp/{token}"}
            sys.stdout.write(json.dumps(ready) + "\n")
            sys.stdout.flush()
            yield

    mounted = _Mounted(transports.streamable)
    gate = TokenGate(mounted, provisioning=provisioning, clock=clock, streams=Streams(), used={})
    app = Starlette(routes=[Route("/mcp/{token}", gate)], lifespan=lifespan)
    config = uvicorn.Config(app, access_log=False, log_level="warning", lifespan="on", timeout_graceful_shutdown=1)
    uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    warnings.simplefilter("ignore", MCPDeprecationWarning)
    serve()
