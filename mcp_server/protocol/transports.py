"""The transports of the MCP SDK behind the MCP routes, as ASGI applications."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import AsyncIterator, Callable
from typing import Any, Final

from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser
from mcp.server.auth.provider import AccessToken
from mcp.server.lowlevel import Server
from mcp.server.sse import SseServerTransport
from mcp.server.streamable_http import EventStore
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp.server.transport_security import TransportSecuritySettings
from mcp.types.version import MODERN_PROTOCOL_VERSIONS
from starlette.types import Receive, Scope, Send

from kustomer_sandbox.mcp_server.model import Grant
from kustomer_sandbox.mcp_server.protocol.gate import GRANT
from kustomer_sandbox.mcp_server.protocol.refusals import plainly
from kustomer_sandbox.mcp_server.protocol.wire_documents import DOCUMENT, WireDocument

BODY_BYTES: Final = 4 * 1024 * 1024
RETRY_MILLISECONDS: Final = 100
"""When a client whose stream was closed should come back, where streams can be resumed."""

_SCHEMES: Final = ("http://", "https://")
_MODERN: Final = frozenset(version.encode() for version in MODERN_PROTOCOL_VERSIONS)
_ACCEPTED: Final = (b"application/json", b"text/event-stream")


class Transports:
    """The ASGI applications behind the MCP routes. `run` must be entered while they serve.

    With `events` the older protocol era gets sessions whose streams can be resumed. Our own tools need none, and
    clients are known to lose theirs. `at_once` says of a tool whether its calls wait for nothing and tell nothing
    meanwhile: a stream would never be begun for them, so nothing is made ready for one.
    """

    def __init__(
        self,
        server: Server[Any],
        *,
        hosts: tuple[str, ...],
        events: EventStore | None = None,
        at_once: Callable[[Grant, str], bool] = lambda _grant, _tool: False,
    ) -> None:
        security = _security(hosts)
        self._server = server
        self._at_once = at_once
        self._manager = StreamableHTTPSessionManager(
            server,
            event_store=events,
            stateless=events is None,
            security_settings=security,
            retry_interval=None if events is None else RETRY_MILLISECONDS,
            max_request_body_size=BODY_BYTES,
        )
        self._prompt = StreamableHTTPSessionManager(
            server,
            json_response=True,
            stateless=True,
            security_settings=security,
            max_request_body_size=BODY_BYTES,
        )
        self._sse = SseServerTransport("/messages", security_settings=security, max_request_body_size=BODY_BYTES)

    @contextlib.asynccontextmanager
    async def run(self) -> AsyncIterator[None]:
        """Serve until the block ends. May be entered once."""
        async with self._manager.run(), self._prompt.run():
            yield

    async def streamable(self, scope: Scope, receive: Receive, send: Send) -> None:
        """`/mcp/{token}`: Streamable HTTP in both protocol eras."""
        # Here alone: what is posted to the older transport is answered in another request's stream.
        document = WireDocument()
        sending = document.sending(plainly(scope, receive, send))
        manager = self._prompt if self._is_at_once(scope) else self._manager
        await manager.asgi_app({**_with_user(scope), DOCUMENT: document}, receive, sending)

    def _is_at_once(self, scope: Scope) -> bool:
        """Whether this is a tool call of today's era that is answered at once. The SDK refuses headers that lie."""
        told = dict(scope["headers"])
        return (
            told.get(b"mcp-method") == b"tools/call"
            and told.get(b"mcp-protocol-version") in _MODERN
            and all(kind in told.get(b"accept", b"") for kind in _ACCEPTED)
            and self._at_once(scope[GRANT], told.get(b"mcp-name", b"").decode("latin-1"))
        )

    async def sse(self, scope: Scope, receive: Receive, send: Send) -> None:
        """`/mcp/{token}/sse`: the older transport's stream; the token stays in the path it announces."""
        root = scope.get("root_path", "") + f"/mcp/{scope['path_params']['token']}"
        inner = _with_user({**scope, "root_path": root})
        # The transport raises after it has already answered a refused Host or Origin.
        with contextlib.suppress(ValueError):
            async with self._sse.connect_sse(inner, receive, plainly(scope, receive, send)) as (incoming, outgoing):
                await self._server.run(incoming, outgoing, self._server.create_initialization_options())

    async def messages(self, scope: Scope, receive: Receive, send: Send) -> None:
        """`/mcp/{token}/messages`: what a client of the older transport posts."""
        await self._sse.handle_post_message(_with_user(scope), receive, plainly(scope, receive, send))


def _with_user(scope: Scope) -> Scope:
    """Name the MCP server as the user, so that a session opened under one token is of no use under another."""
    grant: Grant = scope[GRANT]
    return {**scope, "user": _user(grant.server_id)}


@functools.lru_cache(maxsize=256)
def _user(server_id: str) -> AuthenticatedUser:
    return AuthenticatedUser(AccessToken(token="", client_id=server_id, scopes=[]))


def _security(hosts: tuple[str, ...]) -> TransportSecuritySettings:
    names = ("127.0.0.1", "localhost", "[::1]", *(f"[{host}]" if ":" in host else host for host in hosts))
    return TransportSecuritySettings(
        allowed_hosts=[form for name in names for form in (name, f"{name}:*")],
        allowed_origins=[f"{start}{name}{end}" for name in names for start in _SCHEMES for end in ("", ":*")],
    )
