"""The floor of tool calls: the same SDK and settings, one tool that does nothing."""

from __future__ import annotations

import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import uvicorn
from fastapi import FastAPI
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp.types import (
    CallToolRequestParams,
    CallToolResult,
    ListToolsResult,
    PaginatedRequestParams,
    TextContent,
    Tool,
)
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

NAME = "nothing"


class Endpoint:
    """The SDK's application as a route takes it."""

    def __init__(self, manager: StreamableHTTPSessionManager) -> None:
        self._manager = manager

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._manager.asgi_app(scope, receive, send)


async def list_tools(_: ServerRequestContext[Any, Any], _params: PaginatedRequestParams | None) -> ListToolsResult:
    return ListToolsResult(tools=[Tool(name=NAME, input_schema={"type": "object"})])


async def call_tool(_: ServerRequestContext[Any, Any], _params: CallToolRequestParams) -> CallToolResult:
    return CallToolResult(content=[TextContent(type="text", text="{}")], structured_content={})


def create_app() -> FastAPI:
    """One route, one tool."""
    server: Server[Any] = Server(
        "empty", on_list_tools=list_tools, on_call_tool=call_tool, get_tool_input_schema=lambda _: None
    )
    manager = StreamableHTTPSessionManager(server, json_response=False, stateless=True)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with manager.run():
            yield

    app = FastAPI(lifespan=lifespan)
    app.router.routes.append(Route("/mcp/{token}", Endpoint(manager)))
    return app


def main() -> None:
    """Serve on a free port; one JSON line first."""
    bound = socket.create_server(("127.0.0.1", 0))
    print(json.dumps({"mcp_url": f"http://127.0.0.1:{bound.getsockname()[1]}/mcp/any"}), flush=True)
    uvicorn.Server(uvicorn.Config(create_app(), access_log=False, log_level="warning")).run(sockets=[bound])


if __name__ == "__main__":
    main()
