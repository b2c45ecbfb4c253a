"""The MCP server on a test's world, and official clients of it; no socket anywhere."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import ExitStack, asynccontextmanager
from types import TracebackType
from typing import Any, Literal, Self

import anyio.from_thread
import anyio.to_thread
import httpx2
from mcp.client import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.types import CallToolResult, ListToolsResult, TextContent
from starlette.applications import Starlette

from kustomer_sandbox.testkit.kustomer import Kustomer
from kustomer_sandbox.testkit.patches.sleep import KIT_THREADS
from kustomer_sandbox.testkit.tool_server import RunningMcpServer, running_mcp_server, sweep_when_time_moves

_ORIGIN = "http://127.0.0.1:8000"
Arguments = Mapping[str, Any]
"""A tool's arguments by name, any JSON."""

Era = Literal["auto", "legacy", "2026-07-28"]


class ToolFailed(AssertionError):
    """A tool called by `KustomerMcp.call` answered with an error; `result` is all of it."""

    def __init__(self, tool: str, result: CallToolResult) -> None:
        super().__init__(f"{tool} failed: {_text(result)}")
        self.result = result


class KustomerMcp:
    """The tools on a world. Sync tests use `call`; async ones `connect`, or await `call_tool` as of a client.

    One client is kept open in a thread of its own for `call`, `tools`, `call_tool` and `list_tools`; it starts with
    the first of them. Windows that tools opened are closed when the world's time has come, and at the end.
    """

    def __init__(self, kustomer: Kustomer) -> None:
        self._kustomer = kustomer
        self._stack = ExitStack()
        self._connected: tuple[anyio.from_thread.BlockingPortal, Client] | None = None

    def call(self, tool: str, given: Arguments | None = None, /, **arguments: Any) -> dict[str, Any]:  # noqa: ANN401
        """Call a tool and give its data. Raises `ToolFailed`.

        Arguments are keywords, a mapping, or both: `and`, `or` and `not` of searches are no names in Python.
        """
        __tracebackhide__ = True
        result = self.result(tool, given, **arguments)
        if result.is_error:
            raise ToolFailed(tool, result)
        data: dict[str, Any] = result.structured_content or {}
        return data

    def result(self, tool: str, given: Arguments | None = None, /, **arguments: Any) -> CallToolResult:  # noqa: ANN401
        """Call a tool and give the whole result, be it an error."""
        both = sorted(arguments.keys() & (given or {}).keys())
        if both:
            raise TypeError(f"{tool} is given {', '.join(both)} twice, in the mapping and as a keyword")
        portal, client = self._open()
        result: CallToolResult = portal.call(client.call_tool, tool, {**(given or {}), **arguments})
        return result

    def tools(self) -> list[str]:
        """The names of all tools."""
        portal, client = self._open()
        return [tool.name for tool in portal.call(client.list_tools).tools]

    async def call_tool(self, name: str, arguments: dict[str, Any] | None = None) -> CallToolResult:
        """As an official client's: for code that is given a client, from whatever event loop."""
        return await anyio.to_thread.run_sync(lambda: self.result(name, arguments))

    async def list_tools(self) -> ListToolsResult:
        """As an official client's."""
        portal, client = await anyio.to_thread.run_sync(self._open)
        return await anyio.to_thread.run_sync(lambda: portal.call(client.list_tools))

    @asynccontextmanager
    async def connect(self, mode: Era = "auto") -> AsyncIterator[Client]:
        """An official client in the caller's event loop, with an MCP server of its own on the same world."""
        async with running_mcp_server(self._kustomer) as running, _client(running, mode) as client:
            unfollow = self._kustomer.clock.follow(running.clock.wake)
            try:
                yield client
            finally:
                unfollow()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def _open(self) -> tuple[anyio.from_thread.BlockingPortal, Client]:
        if self._connected is None:
            portal = self._stack.enter_context(anyio.from_thread.start_blocking_portal(name=KIT_THREADS))
            running, client = self._stack.enter_context(portal.wrap_async_context_manager(self._session()))
            self._stack.enter_context(sweep_when_time_moves(self._kustomer, portal, running))
            self._connected = portal, client
        return self._connected

    @asynccontextmanager
    async def _session(self) -> AsyncIterator[tuple[RunningMcpServer, Client]]:
        async with running_mcp_server(self._kustomer) as running, _client(running, "auto") as client:
            yield running, client


@asynccontextmanager
async def _client(running: RunningMcpServer, mode: Era) -> AsyncIterator[Client]:
    app = httpx2.ASGITransport(app=Starlette(routes=running.server.routes()))
    async with (
        httpx2.AsyncClient(transport=app) as http,
        Client(streamable_http_client(_ORIGIN + running.path, http_client=http), mode=mode) as client,
    ):
        yield client


def _text(result: CallToolResult) -> str:
    return " ".join(part.text for part in result.content if isinstance(part, TextContent))
