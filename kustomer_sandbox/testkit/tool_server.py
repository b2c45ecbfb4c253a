"""The MCP server in front of a test's world, on the world's time."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass

import anyio
import anyio.from_thread

from kustomer_sandbox.mcp_server.app import McpServer
from kustomer_sandbox.mcp_server.model import Account
from kustomer_sandbox.mcp_server.upstream.wire import HttpWire
from kustomer_sandbox.simulator.world.world import World
from kustomer_sandbox.testkit.kustomer import Kustomer
from kustomer_sandbox.transports import AsyncSimulatorTransport

_KEY_ENV = "KUSTOMER_SANDBOX_API_KEY"
_ACCOUNT = Account(id="sandbox", base_url="https://api.kustomerapp.com", key_env=_KEY_ENV)


class ToolServerClock:
    """The world's time as the MCP server's `AsyncClock`: while it stands still, `sleep` waits until it is moved."""

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


@dataclass(frozen=True, kw_only=True, slots=True)
class RunningMcpServer:
    """An MCP server within its lifespan, and the path of its endpoint with every tool."""

    server: McpServer
    path: str
    clock: ToolServerClock

    async def sweep(self) -> None:
        """Do what is due by the world's time: close windows whose lease is over, remove expired MCP servers."""
        await self.server.housekeeping.sweep()
        self.clock.wake()


@asynccontextmanager
async def running_mcp_server(kustomer: Kustomer) -> AsyncIterator[RunningMcpServer]:
    """An MCP server of its own on the test's world. Windows its tools opened are closed on the way out."""
    clock = ToolServerClock(kustomer.world)
    server = McpServer(
        contracts=kustomer.api.contracts,
        secrets={_KEY_ENV: kustomer.api_key},
        clock=clock,
        random_hex=_counted(),
        wire=HttpWire(AsyncSimulatorTransport(kustomer.api)),
    )
    async with server.lifespan():
        yield RunningMcpServer(server=server, path=f"/mcp/{server.default_token(_ACCOUNT)}", clock=clock)


@contextmanager
def sweep_when_time_moves(
    kustomer: Kustomer, portal: anyio.from_thread.BlockingPortal, running: RunningMcpServer
) -> Iterator[None]:
    """While within, `kustomer.clock.advance` and `set` return only after the MCP server has done what is due.

    `portal` leads into the event loop in which the server runs.
    """
    unfollow = kustomer.clock.follow(lambda: portal.call(running.sweep))
    try:
        yield
    finally:
        unfollow()


def _counted() -> Callable[[int], str]:
    """Random text that is the same in every run: nobody but the test can reach the server."""
    count = 0

    def text(size: int) -> str:
        nonlocal count
        count += 1
        return hashlib.sha512(str(count).encode()).hexdigest()[: 2 * size]

    return text
