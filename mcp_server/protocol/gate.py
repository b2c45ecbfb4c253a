"""What stands before every MCP route: token to grant, second factor, rate-limit headers. Knows nothing of tools."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kustomer_sandbox.mcp_server.clock import AsyncClock
from kustomer_sandbox.mcp_server.model import Grant
from kustomer_sandbox.mcp_server.protocol.streams import Streams
from kustomer_sandbox.mcp_server.state.database import StateUnavailable
from kustomer_sandbox.mcp_server.state.provisioning import Provisioning
from kustomer_sandbox.mcp_server.tools import failures

GRANT: Final = "kustomer.grant"
LIMITS: Final = "kustomer.ratelimits"
"""Scope key of a dict the tool call fills, so that limits can be sent as HTTP headers too."""

_REFUSAL: Final = "This MCP URL is not valid: its token is unknown, was deleted, or has expired."
_SECOND_FACTOR: Final = "This MCP server also needs a valid API token: `Authorization: Bearer <API token>`."
_UNAVAILABLE: Final = "Not possible for now: {fault}. Tell the operator of the MCP server."


class TokenGate:
    """Lets a request with a valid token through to `app`, its grant in the scope; `discovery` narrows what it lists.

    `used` is told when each account was last called, by its id.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        provisioning: Provisioning,
        clock: AsyncClock,
        streams: Streams,
        used: dict[str, datetime],
        discovery: bool = False,
    ) -> None:
        self._streams = streams
        self._used = used
        self._app = app
        self._discovery = discovery
        self._provisioning = provisioning
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        # Some HTTP parsers leave the white space around a value, which is no part of it (RFC 9110, 5.5).
        scope["headers"] = [(name, value.strip(b" \t")) for name, value in scope["headers"]]
        now = self._clock.now()
        try:
            grant = self._provisioning.grant(scope["path_params"]["token"], now)
            refused = _REFUSAL if grant is None else self._second_factor(grant, scope)
        except StateUnavailable as fault:
            await refusal(_UNAVAILABLE.format(fault=fault), status=503)(scope, receive, send)
            return
        if grant is None or refused:
            await refusal(refused)(scope, receive, send)
            return
        self._used[grant.account.id] = now
        limits: dict[str, str] = {}
        scope[GRANT] = grant.in_discovery() if self._discovery else grant
        scope[LIMITS] = limits
        token = scope["path_params"]["token"]
        await self._streams.serve(self._app, token, scope, receive, _with_limits(send, limits))

    def _second_factor(self, grant: Grant, scope: Scope) -> str:
        """What is wrong with it; empty if it is there or not needed."""
        return "" if not grant.scope.require_api_token_auth or self._has_api_token(scope) else _SECOND_FACTOR

    def _has_api_token(self, scope: Scope) -> bool:
        given = next((value for name, value in scope["headers"] if name == b"authorization"), b"")
        kind, _, token = given.decode("latin-1").partition(" ")
        return kind.lower() == "bearer" and self._provisioning.api_token_id(token.strip()) is not None


def refusal(message: str, *, status: int = 401) -> JSONResponse:
    """The error envelope."""
    headers = {"www-authenticate": "Bearer"} if status == 401 else None  # noqa: PLR2004
    return JSONResponse(failures.envelope(status, message), status_code=status, headers=headers)


def _with_limits(send: Send, limits: Mapping[str, str]) -> Send:
    async def sender(message: Message) -> None:
        if message["type"] == "http.response.start" and limits:
            added = [(name.encode(), value.encode("latin-1", "replace")) for name, value in limits.items()]
            message = {**message, "headers": [*message.get("headers", ()), *added]}
        await send(message)

    return sender
