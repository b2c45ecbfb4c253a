"""Runs an application on a socket and says when it is ready."""

from __future__ import annotations

import asyncio
import gc
import os
import socket
import struct
from collections.abc import Callable
from typing import TYPE_CHECKING, cast

import uvicorn
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from kustomer_sandbox.mcp_server.bounded_http import BoundedProtocol, Bounds, within
from kustomer_sandbox.simulator.asgi import CONNECTION
from kustomer_sandbox.web.write_coalescing import CoalescingTransport

if TYPE_CHECKING:
    from starlette.responses import Response
    from starlette.types import ASGIApp

BACKLOG = 2048

GRACE_SECONDS = 5
"""How long running calls may take to end when the server is told to stop."""

COLLECT_AFTER = 10_000
"""How many objects are made before the youngest are searched for garbage. A tool call makes a thousand that end with
it: searching at every 700, as Python does, would take a tenth of the time."""

_NO_LINGER = struct.pack("ii", 1, 0)
"""SO_LINGER on, for no time: closing a socket so sends a reset instead of an orderly end."""


class EndableProtocol(BoundedProtocol):
    """HTTP/1.1 whose calls may end their connection: armed faults close or reset it in the middle of an answer."""

    def refusal(self, path: str, status: int, message: str) -> Response:
        from kustomer_sandbox.web.door import refused  # noqa: PLC0415 - the framework is most of the start

        return refused(path, status, message)

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(cast("asyncio.Transport", CoalescingTransport(transport, self.loop.call_soon)))

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["extensions"] = {CONNECTION: {"close": self.transport.close, "reset": lambda: reset(self.transport)}}


def reset(transport: asyncio.Transport) -> None:
    """Tear a connection down so that the other side sees a reset."""
    connected = transport.get_extra_info("socket")
    with socket.socket(fileno=os.dup(connected.fileno())) as same:
        same.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
    transport.abort()


class ReadyServer(uvicorn.Server):
    """A uvicorn server that calls back once it accepts connections, and then ten times a second."""

    def __init__(
        self, config: uvicorn.Config, on_ready: Callable[[], None], on_tick: Callable[[], None] | None = None
    ) -> None:
        super().__init__(config)
        self._on_ready = on_ready
        self._on_tick = on_tick

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        if self.started:
            self._on_ready()

    async def on_tick(self, counter: int) -> bool:
        if self._on_tick is not None:
            self._on_tick()
        return await super().on_tick(counter)


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 takes a free one. Raises `OSError` when the port is taken.

    It listens at once: two servers could both bind a port that nobody listens on yet.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
        bound.listen(BACKLOG)
    except OSError:
        bound.close()
        raise
    return bound


def server_of(
    app: ASGIApp,
    *,
    on_ready: Callable[[], None],
    on_tick: Callable[[], None] | None = None,
    has_lifespan: bool = True,
    bounds: Bounds | None = None,
) -> ReadyServer:
    """A server not yet running; `on_ready` is called once it accepts connections, `on_tick` ten times a second.

    Access logs are off: there are tokens and looked-up values in the paths. `has_lifespan` says whether the
    application has ASGI's lifespan, which tells it of start and stop. `bounds` are what one client may take.
    """
    config = uvicorn.Config(
        app,
        http=within(EndableProtocol, bounds or Bounds()),
        ws="none",
        access_log=False,
        date_header=False,
        proxy_headers=False,  # see `behind_proxies`
        server_header=False,
        log_level="warning",
        timeout_graceful_shutdown=GRACE_SECONDS,
        lifespan="on" if has_lifespan else "off",
    )
    return ReadyServer(config, on_ready, on_tick)


def behind_proxies(app: ASGIApp) -> ASGIApp:
    """The application, which now sees the client for whom a proxy of this machine forwards, a tunnel for instance.

    Not the server's own setting: calls of the API are the same whoever makes them, and need not pay for it.
    """
    return cast("ASGIApp", ProxyHeadersMiddleware(app, trusted_hosts=["127.0.0.1", "::1"]))  # type: ignore[arg-type]


def collect_seldom() -> None:
    """Have the interpreter search for garbage less often than it does by itself."""
    gc.set_threshold(COLLECT_AFTER, *gc.get_threshold()[1:])


def serve(
    app: ASGIApp,
    bound: socket.socket,
    *,
    on_ready: Callable[[], None],
    on_tick: Callable[[], None] | None = None,
    has_lifespan: bool = True,
) -> None:
    """Serve on a listening socket until SIGINT or SIGTERM; `on_ready` is called once it accepts connections."""
    collect_seldom()
    server_of(app, on_ready=on_ready, on_tick=on_tick, has_lifespan=has_lifespan).run(sockets=[bound])
