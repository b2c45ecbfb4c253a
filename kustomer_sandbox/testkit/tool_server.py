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


@dataclass(frozen=True, kw_only=True, slots=True)
class Served:
    """An MCP server within its lifespan, and the path of its endpoint with every tool."""

    server: McpServer
    path: str
    time: WorldTime

    async def settle(self) -> None:
        """Do what is due by the world's time: windows that tools opened end."""
        await self.server.housekeeping.sweep()
        self.time.wake()


@asynccontextmanager
async def served(kustomer: Kustomer) -> AsyncIterator[Served]:
    """An MCP server of its own on the test's world. Windows its tools opened are closed on the way out."""
    time = WorldTime(kustomer.world)
    server = McpServer(
        contracts=kustomer.api.contracts,
        secrets={_KEY_ENV: kustomer.api_key},
        clock=time,
        random_hex=_counted(),
        wire=HttpWire(AsyncSimulatorTransport(kustomer.api)),
    )
    async with server.lifespan():
        yield Served(server=server, path=f"/mcp/{server.default_token(_ACCOUNT)}", time=time)


@contextmanager
def following(kustomer: Kustomer, portal: anyio.from_thread.BlockingPortal, held: Served) -> Iterator[None]:
    """While within, every move of the world's clock has the MCP server do what is due before it returns."""
    unfollow = kustomer.clock.follow(lambda: portal.call(held.settle))
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
