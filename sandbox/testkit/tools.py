"""The MCP server on a test's world, and official clients of it; no socket anywhere."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, ExitStack, asynccontextmanager
from types import TracebackType
from typing import Any, Literal, Self

import anyio
import anyio.from_thread
import anyio.to_thread
import httpx2
from mcp.client import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.types import CallToolResult, ListToolsResult, TextContent
from starlette.applications import Starlette

from mcp_server.app import McpServer
from mcp_server.model import Account
from sandbox.testkit.kustomer import Kustomer
from sandbox.transports import AsyncSimulatorTransport
from simulator.world import World

_ORIGIN = "http://127.0.0.1:8000"
_KEY_ENV = "KUSTOMER_SANDBOX_API_KEY"
Era = Literal["auto", "legacy", "2026-07-28"]


class ToolFailed(AssertionError):
    """A tool called by `KustomerMcp.call` answered with an error; `result` is all of it."""

    def __init__(self, tool: str, result: CallToolResult) -> None:
        super().__init__(f"{tool} failed: {_text(result)}")
        self.result = result


class KustomerMcp:
    """The tools on a world. Sync tests use `call`; async ones `connect`, or await `call_tool` as of a client.

    One client is held open in a thread of its own for `call`, `tools`, `call_tool` and `list_tools`; it starts with
    the first of them. Windows that tools opened are closed when the world's time has come, and at the end.
    """

    def __init__(self, kustomer: Kustomer) -> None:
        self._kustomer = kustomer
        self._stack = ExitStack()
        self._held: tuple[anyio.from_thread.BlockingPortal, Client] | None = None

    def call(self, tool: str, /, **arguments: Any) -> dict[str, Any]:
        """Call a tool and give its data. Raises `ToolFailed`."""
        __tracebackhide__ = True
        result = self.result(tool, **arguments)
        if result.is_error:
            raise ToolFailed(tool, result)
        data: dict[str, Any] = result.structured_content or {}
        return data

    def result(self, tool: str, /, **arguments: Any) -> CallToolResult:
        """Call a tool and give the whole result, be it an error."""
        portal, client = self._open()
        result: CallToolResult = portal.call(client.call_tool, tool, arguments)
        return result

    def tools(self) -> list[str]:
        """The names of all tools."""
        portal, client = self._open()
        return [tool.name for tool in portal.call(client.list_tools).tools]

    async def call_tool(self, name: str, arguments: dict[str, Any] | None = None) -> CallToolResult:
        """As an official client's: for code that is given a client, from whatever event loop."""
        return await anyio.to_thread.run_sync(lambda: self.result(name, **(arguments or {})))

    async def list_tools(self) -> ListToolsResult:
        """As an official client's."""
        portal, client = await anyio.to_thread.run_sync(self._open)
        return await anyio.to_thread.run_sync(lambda: portal.call(client.list_tools))

    @asynccontextmanager
    async def connect(self, mode: Era = "auto") -> AsyncIterator[Client]:
        """An official client in the caller's event loop, with an MCP server of its own on the same world."""
        time = WorldTime(self._kustomer.world)
        unfollow = self._kustomer.clock.follow(time.wake)
        try:
            async with _served(self._kustomer, time) as server, _client(server, mode) as client:
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
        if self._held is None:
            portal = self._stack.enter_context(anyio.from_thread.start_blocking_portal())
            server, client, time = self._stack.enter_context(portal.wrap_async_context_manager(self._session()))
            self._stack.callback(self._kustomer.clock.follow(lambda: portal.call(_settle, server, time)))
            self._held = portal, client
        return self._held

    @asynccontextmanager
    async def _session(self) -> AsyncIterator[tuple[McpServer, Client, WorldTime]]:
        time = WorldTime(self._kustomer.world)
        async with _served(self._kustomer, time) as server, _client(server, "auto") as client:
            yield server, client, time


class WorldTime:
    """The world's time as the MCP server's clock: while it stands still, housekeeping waits until it moves."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._moved = anyio.Event()
        self.now = world.clock.now

    async def sleep(self, seconds: float) -> None:
        if self._world.clock.mode == "real":
            await anyio.sleep(seconds)
        else:
            await self._moved.wait()

    def wake(self) -> None:
        """The time has moved. To be called in the event loop's own thread."""
        self._moved.set()
        self._moved = anyio.Event()


async def _settle(server: McpServer, time: WorldTime) -> None:
    await server.housekeeping.sweep()
    time.wake()


@asynccontextmanager
async def _served(kustomer: Kustomer, time: WorldTime) -> AsyncIterator[McpServer]:
    server = McpServer(
        contracts=kustomer.api.contracts,
        secrets={_KEY_ENV: kustomer.api_key},
        clock=time,
        random_hex=_counted(),
        transport=AsyncSimulatorTransport(kustomer.api),
    )
    async with server.lifespan():
        yield server


def _client(server: McpServer, mode: Era) -> AbstractAsyncContextManager[Client]:
    @asynccontextmanager
    async def opened() -> AsyncIterator[Client]:
        account = Account(id="sandbox", base_url="https://api.kustomerapp.com", key_env=_KEY_ENV)
        url = f"{_ORIGIN}/mcp/{server.default_token(account)}"
        app = httpx2.ASGITransport(app=Starlette(routes=server.routes()))
        async with (
            httpx2.AsyncClient(transport=app) as http,
            Client(streamable_http_client(url, http_client=http), mode=mode) as client,
        ):
            yield client

    return opened()


def _counted() -> Callable[[int], str]:
    """Random text that is the same in every run: nobody but the test can reach the server."""
    count = 0

    def text(size: int) -> str:
        nonlocal count
        count += 1
        return hashlib.sha512(str(count).encode()).hexdigest()[: 2 * size]

    return text


def _text(result: CallToolResult) -> str:
    return " ".join(part.text for part in result.content if isinstance(part, TextContent))
