"""The one place where the parts of the tool server are wired together, and its routes."""

from __future__ import annotations

import contextlib
import importlib
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import anyio
from starlette.routing import BaseRoute, Route, Router
from starlette.types import ASGIApp, Receive, Scope, Send

from kustomer_sandbox.contracts import Contracts
from kustomer_sandbox.mcp_server.calling.calls import ToolService
from kustomer_sandbox.mcp_server.calling.steps import ToolPipeline
from kustomer_sandbox.mcp_server.clock import AsyncClock
from kustomer_sandbox.mcp_server.housekeeping import Housekeeping
from kustomer_sandbox.mcp_server.model import DISCOVERY_PATH, Account, Grant
from kustomer_sandbox.mcp_server.model import Scope as ToolScope
from kustomer_sandbox.mcp_server.protocol.gate import TokenGate
from kustomer_sandbox.mcp_server.protocol.methods import NO_POST_HERE, by_kind_of_get, only
from kustomer_sandbox.mcp_server.protocol.streams import Streams
from kustomer_sandbox.mcp_server.state.call_log import CallLog
from kustomer_sandbox.mcp_server.state.database import RandomHex
from kustomer_sandbox.mcp_server.state.defaults import Defaults
from kustomer_sandbox.mcp_server.state.opening import open_attended
from kustomer_sandbox.mcp_server.state.provisioning import Provisioning, Server
from kustomer_sandbox.mcp_server.state.tokens import random_hex
from kustomer_sandbox.mcp_server.state.unhiding_trail import UnhidingTrail
from kustomer_sandbox.mcp_server.tools.read_unmasked import build_catalogue
from kustomer_sandbox.mcp_server.unmasking.book import LeaseBook
from kustomer_sandbox.mcp_server.unmasking.neighbours import Neighbours
from kustomer_sandbox.mcp_server.unmasking.notes import notes_in
from kustomer_sandbox.mcp_server.unmasking.windows import Windows
from kustomer_sandbox.mcp_server.upstream.upstream import TIMEOUT_SECONDS, Upstream
from kustomer_sandbox.mcp_server.upstream.wire import HttpWire, Wire

if TYPE_CHECKING:
    from kustomer_sandbox.mcp_server.protocol.server import Protocol
    from kustomer_sandbox.mcp_server.protocol.transports import Transports

VERSION: Final = "1"


class McpServer:
    """A tool server: make accounts and MCP servers with `provisioning`, mount `routes()`, serve within `lifespan()`.

    The state is kept in `directory`: a folder, or the URL of a PostgreSQL that several tool servers share. `neighbours`
    is the folder in which those of one user tell each other of their windows. `used` says when the MCP servers of each
    account were last called, by the account's id.
    """

    def __init__(  # noqa: PLR0913 - all that is injected
        self,
        *,
        contracts: Contracts,
        secrets: Mapping[str, str],
        clock: AsyncClock,
        random_hex: RandomHex = random_hex,
        directory: Path | str | None = None,
        wire: Wire | None = None,
        hosts: tuple[str, ...] = (),
        timeout: float = TIMEOUT_SECONDS,
        neighbours: Path | None = None,
    ) -> None:
        self.clock = clock
        self._random = random_hex
        self._hosts = hosts
        self._neighbours = neighbours
        self._wire = wire or HttpWire()
        self.owner = random_hex(16)
        self._state, self._presence = open_attended(directory, random_hex=random_hex, owner=self.owner)
        self.provisioning = Provisioning(self._state, random_hex=random_hex)
        self.unhidings = UnhidingTrail(self._state, random_hex=random_hex)
        self.defaults = Defaults(self._state, self.provisioning)
        self.catalogue = build_catalogue(contracts)
        self.log = CallLog(self._state)
        upstream = Upstream(self._wire, secrets=secrets, timeout=timeout)
        self.windows = self._create_windows(contracts, upstream)
        self.calls = self._create_tool_service(contracts, upstream)
        self.housekeeping = Housekeeping(
            windows=self.windows,
            provisioning=self.provisioning,
            log=self.log,
            clock=clock,
            end_streams=self._end_streams,
        )
        self._streams = Streams()
        self.used: dict[str, datetime] = {}
        self._transports: Transports | None = None
        self._wanted, self._ready = anyio.Event(), anyio.Event()

    def _create_windows(self, contracts: Contracts, upstream: Upstream) -> Windows:
        return Windows(
            book=LeaseBook(self._state, owner=self.owner, random_hex=self._random),
            provisioning=self.provisioning,
            upstream=upstream,
            clock=self.clock,
            contracts=contracts,
            is_alive=self._presence.is_alive,
            neighbours=Neighbours(notes_in(self._neighbours), state_id=self._state.digest("state", "")[:32]),
        )

    def _create_tool_service(self, contracts: Contracts, upstream: Upstream) -> ToolService:
        steps = ToolPipeline(
            contracts=contracts,
            upstream=upstream,
            windows=self.windows,
            unhidings=self.unhidings,
            clock=self.clock,
            cursor_key=self._state.derived_key("cursor"),
        )
        return ToolService(
            catalogue=self.catalogue, steps=steps, log=self.log, clock=self.clock, random_hex=self._random
        )

    def provision(
        self,
        account: Account,
        *,
        name: str = "Kustomer",
        scope: ToolScope | None = None,
        expires_at: datetime | None = None,
        token: str | None = None,
    ) -> tuple[Server, str]:
        """Store an account and make an MCP server for it; gives the record, and the token, which is not stored."""
        self.provisioning.put_account(account)
        return self.provisioning.create_server(
            account.id,
            self.clock.now(),
            name=name,
            scope=scope or ToolScope(),
            created_by="operator",
            expires_at=expires_at,
            token=token,
        )

    def default_token(self, account: Account) -> str:
        """The token of the account's default MCP server with every tool, made at the first call.

        The same for the same state. Raises `DefaultRevoked` once it was deleted.
        """
        return self.defaults.server_token(account, self.clock.now())

    def default_api_token(self) -> str:
        """An API token for the management API. Raises `DefaultRevoked` once it was deleted."""
        return self.defaults.api_token(self.clock.now())

    def routes(self) -> list[BaseRoute]:
        """The MCP endpoints: Streamable HTTP, the same in discovery mode, and the older SSE transport's two."""
        newer, older, messages = (_LazyTransport(self, name) for name in ("streamable", "sse", "messages"))
        return [
            Route("/mcp/{token}", self._gated(by_kind_of_get(newer, older=older))),
            Route("/mcp/{token}" + DISCOVERY_PATH, self._gated(by_kind_of_get(newer), discovery=True)),
            Route("/mcp/{token}/sse", self._gated(only("GET", older, otherwise=NO_POST_HERE))),
            Route("/mcp/{token}/messages", self._gated(only("POST", messages))),
        ]

    def before(self, others: ASGIApp, *, on_ready: Callable[[], None] = lambda: None) -> Router:
        """An application that serves the MCP endpoints and leaves every other path to `others`.

        Its lifespan is this server's; `on_ready` is called once within it, before anything is served. It is put in
        front of a framework, not mounted within: there, middleware and routing would take a tenth of each call.
        """

        @contextlib.asynccontextmanager
        async def lifespan(_: object) -> AsyncIterator[None]:
            async with self.lifespan():
                on_ready()
                yield

        return Router(self.routes(), redirect_slashes=False, default=others, lifespan=lifespan)

    @contextlib.asynccontextmanager
    async def lifespan(self) -> AsyncIterator[None]:
        """Serve within this block, once. On the way out every window opened through a tool is closed."""
        try:
            async with anyio.create_task_group() as group:
                group.start_soon(self.housekeeping.run)
                group.start_soon(self._serve_when_asked)
                yield
                group.cancel_scope.cancel()
        finally:
            await self.aclose()

    async def aclose(self) -> None:
        """Close every window of this process, the upstream client and the state."""
        with anyio.CancelScope(shield=True):
            await self.windows.close_owner(self.owner, reason="shutdown")
            await self._wire.aclose()
            self._state.close()
            self._presence.end()
            self.windows.end()

    async def run_stdio(self, grant: Callable[[], Grant | None]) -> None:
        """Serve one client on standard input and output; `grant` is called for every request."""
        module = importlib.import_module("kustomer_sandbox.mcp_server.protocol.server")
        module.quieten()
        try:
            async with anyio.create_task_group() as group:
                group.start_soon(self.housekeeping.run)
                await module.serve_stdio(self._protocol(grant))
                group.cancel_scope.cancel()
        finally:
            await self.aclose()

    def _gated(self, app: ASGIApp, *, discovery: bool = False) -> TokenGate:
        return TokenGate(
            app,
            provisioning=self.provisioning,
            clock=self.clock,
            streams=self._streams,
            used=self.used,
            discovery=discovery,
        )

    def _end_streams(self) -> None:
        """End the streams of MCP servers that were deleted, rotated or have expired. Raises `StateUnavailable`."""
        now = self.clock.now()
        self._streams.end(unless=lambda token: self.provisioning.grant(token, now) is not None)

    async def transports(self) -> Transports:
        """The MCP transports, made when a client first asks: the SDK costs most of a second to import."""
        if self._transports is None:
            self._wanted.set()
            await self._ready.wait()
        if self._transports is None:
            raise RuntimeError("the tool server's transports could not be made, or its lifespan is over")
        return self._transports

    async def _serve_when_asked(self) -> None:
        await self._wanted.wait()
        try:
            module = await anyio.to_thread.run_sync(
                importlib.import_module, "kustomer_sandbox.mcp_server.protocol.transports"
            )
            protocol = self._protocol(None)
            transports: Transports = module.Transports(
                protocol.server, hosts=self._hosts, at_once=self.calls.answers_at_once
            )
            async with transports.run():
                self._transports = transports
                self._ready.set()
                await anyio.sleep_forever()
        finally:
            # However this ends, whoever waits goes on; otherwise a fault here would let clients hang.
            self._transports = None
            self._ready.set()

    def _protocol(self, grant: Callable[[], Grant | None] | None) -> Protocol:
        module = importlib.import_module("kustomer_sandbox.mcp_server.protocol.server")
        module.quieten()
        protocol: Protocol = module.Protocol(
            calls=self.calls,
            windows=self.windows,
            clock=self.clock,
            random_hex=self._random,
            version=VERSION,
            grant=grant,
        )
        return protocol


class _LazyTransport:
    """An ASGI application of the transports that are made on first use."""

    def __init__(self, owner: McpServer, name: str) -> None:
        self._owner = owner
        self._name = name

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        transports = await self._owner.transports()
        await getattr(transports, self._name)(scope, receive, send)
