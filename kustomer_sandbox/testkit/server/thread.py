"""The test's world on a socket: one server thread for the run; whichever world is there answers."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from types import TracebackType
from typing import Self

import anyio.from_thread
from starlette.applications import Starlette
from starlette.routing import Route, Router
from starlette.types import Receive, Scope, Send

from kustomer_sandbox.mcp_server.host_names import HostNames
from kustomer_sandbox.serving import listen, server_of
from kustomer_sandbox.simulator.app import create_app
from kustomer_sandbox.simulator.asgi import Front
from kustomer_sandbox.testkit.kustomer import Kustomer
from kustomer_sandbox.testkit.patches.sleep import KIT_THREADS
from kustomer_sandbox.testkit.shared import SharedApi
from kustomer_sandbox.testkit.tool_server import running_mcp_server, sweep_when_time_moves
from kustomer_sandbox.web.door import before_pages

HOST = "127.0.0.1"
WAIT_SECONDS = 30


class ServerThread:
    """Serves a simulator, its control API, its documentation and MCP on a free port, until left."""

    def __init__(self, api: SharedApi) -> None:
        self._bound = listen(HOST, 0)
        self._ready = threading.Event()
        self._portal: anyio.from_thread.BlockingPortal
        self._tools = _Present()
        self._server = server_of(self._app(api), on_ready=self._ready.set)
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [self._bound]}, daemon=True, name=KIT_THREADS
        )
        self.base_url = f"http://{HOST}:{self._bound.getsockname()[1]}"

    @contextmanager
    def tools(self, kustomer: Kustomer) -> Iterator[str]:
        """While within, an MCP server on the test's world is served here; gives its URL."""
        with (
            self._portal.wrap_async_context_manager(running_mcp_server(kustomer)) as running,
            sweep_when_time_moves(kustomer, self._portal, running),
        ):
            self._tools.app = Starlette(routes=running.server.routes())
            yield self.base_url + running.path
            self._tools.app = Starlette()

    def __enter__(self) -> Self:
        self._thread.start()
        if not self._ready.wait(WAIT_SECONDS):
            raise RuntimeError("the server of kustomer_server did not start")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        # Whoever still waits for an answer, such as one that a fault holds back, is of a test that has ended.
        self._server.config.timeout_graceful_shutdown = 1
        self._server.should_exit = True
        self._thread.join(WAIT_SECONDS)
        self._bound.close()

    def _app(self, api: SharedApi) -> Front:
        names = HostNames()
        tools = [Route("/mcp/{rest:path}", self._tools)]
        app = Router(tools, default=before_pages(create_app(api), names), lifespan=self._lifespan)
        return Front(api, lambda: app, knows_host=names.are_called)

    @asynccontextmanager
    async def _lifespan(self, _: object) -> AsyncIterator[None]:
        async with anyio.from_thread.BlockingPortal() as self._portal:
            yield


class _Present:
    """The ASGI application of the present test's MCP server; without one, nothing is found."""

    def __init__(self) -> None:
        self.app = Starlette()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.app(scope, receive, send)


class KustomerServer:
    """Where the world is served (without `/v1`), and its key. `kustomer` is the same world, past the socket."""

    def __init__(self, thread: ServerThread, kustomer: Kustomer) -> None:
        self.base_url = thread.base_url
        self.api_key = kustomer.api_key
        self.kustomer = kustomer
        self._thread = thread
        self._stack = ExitStack()
        self._mcp_url = ""

    @property
    def mcp_url(self) -> str:
        """The MCP server with every tool, over Streamable HTTP (`/sse` behind it: the older transport)."""
        if not self._mcp_url:
            self._mcp_url = self._stack.enter_context(self._thread.tools(self.kustomer))
        return self._mcp_url

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()
