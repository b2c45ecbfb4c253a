"""aiohttp: connections to Kustomer's hosts lead into a world; sessions, tracing and retries stay aiohttp's own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import aiohttp
from aiohttp.client_proto import ResponseHandler

from kustomer_sandbox.simulator.values.http import Hang, Hold
from kustomer_sandbox.testkit.patches.entrance import Entrance, is_kustomers
from kustomer_sandbox.testkit.patches.replaced import replaced
from kustomer_sandbox.testkit.patches.wire import Received, WorldConnection


class WorldTransport(asyncio.Transport):
    """A transport whose other end is a world."""

    def __init__(self, connection: WorldConnection, protocol: ResponseHandler, timeout: aiohttp.ClientTimeout) -> None:
        super().__init__()
        self._connection = connection
        self._protocol = protocol
        self._total = timeout.total
        self._loop = asyncio.get_running_loop()
        self._is_closed = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        for received in self._connection.feed(bytes(data)):
            self._loop.call_soon(self._deliver, received)

    def is_closing(self) -> bool:
        return self._is_closed

    def close(self) -> None:
        if not self._is_closed:
            self._is_closed = True
            self._loop.call_soon(self._protocol.connection_lost, None)

    def abort(self) -> None:
        self.close()

    def pause_reading(self) -> None:
        """All has been read already."""

    def resume_reading(self) -> None:
        """The same."""

    def _deliver(self, received: Received) -> None:
        if self._is_closed:
            return
        effect = received.effect
        if isinstance(effect, Hang) or (isinstance(effect, Hold) and self._is_too_late(effect.seconds)):
            self._protocol.set_exception(aiohttp.SocketTimeoutError("Timeout on reading data from socket"))
            return
        if received.data:
            self._protocol.data_received(received.data)
        if received.ends:
            self._is_closed = True
            lost = ConnectionResetError("the connection was reset") if received.is_reset else None
            self._protocol.connection_lost(lost)

    def _is_too_late(self, seconds: float) -> bool:
        return any(limit is not None and seconds > limit for limit in (self._total, self._protocol.read_timeout))


@contextmanager
def connector(entrance: Entrance) -> Iterator[None]:
    """Every session with aiohttp's own connector or one built upon it."""
    real: Callable[..., Any] = vars(aiohttp.TCPConnector)["_create_connection"]

    async def create(
        connector: Any,  # noqa: ANN401 - whose class is being patched
        request: aiohttp.ClientRequest,
        traces: list[Any],
        timeout: aiohttp.ClientTimeout,  # noqa: ASYNC109 - aiohttp's own
    ) -> ResponseHandler:
        if not is_kustomers(request.url.host):
            entrance.leave(request.url.host)
            made: ResponseHandler = await real(connector, request, traces, timeout)
            return made
        protocol: ResponseHandler = connector._factory()  # noqa: SLF001 - how a connector makes them
        protocol.connection_made(WorldTransport(WorldConnection(entrance, "aiohttp"), protocol, timeout))
        return protocol

    with replaced(aiohttp.TCPConnector, "_create_connection", create):
        yield
