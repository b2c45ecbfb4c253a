"""Which HTTP methods the MCP routes take, and what is told to a client that knocks at the wrong door.

Context: clients find out which transport an address speaks by trying. A client of today posts first and goes on with a
GET for the older transport (HTTP with SSE) when it is refused with a 4xx; a client of the older transport gets the
address it was given, whichever that is. Choice: the address of the older transport refuses everything but GET, and the
address of Streamable HTTP answers the GET of a client of the older transport with its stream, told by what only newer
clients send. Cost: a client of 2025-03-26, which sends nothing of the kind either, is given an event it does not know
in a stream it never needs.
"""

from __future__ import annotations

from typing import Final

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from kustomer_sandbox.mcp_server.tools import failures

NO_POST_HERE: Final = (
    "This address is a stream of the older transport, HTTP with SSE: it takes GET alone. Streamable HTTP is at the "
    "same address without /sse."
)
_A_CLIENT_IS_NEEDED: Final = (
    "This is the address of an MCP server, for an MCP client: Streamable HTTP posts to it, HTTP with SSE gets it, or "
    "the same address with /sse, with `Accept: text/event-stream`."
)
_STREAM: Final = "text/event-stream"
_OF_NEWER_CLIENTS: Final = ("mcp-protocol-version", "mcp-session-id", "last-event-id")


def only(method: str, app: ASGIApp, *, otherwise: str = "") -> ASGIApp:
    """`app` for requests of one method; every other gets a 405, with `otherwise` as its message."""
    answer = _refusal(405, otherwise or f"This address takes {method} alone.")
    answer.headers["allow"] = method

    async def endpoint(scope: Scope, receive: Receive, send: Send) -> None:
        await (app if scope["method"] == method else answer)(scope, receive, send)

    return endpoint


def by_kind_of_get(newer: ASGIApp, *, older: ASGIApp | None = None) -> ASGIApp:
    """`newer`, but for GET: `older`, if given, for a client of the older transport, words for what is no MCP client."""
    answer = _refusal(406, _A_CLIENT_IS_NEEDED)

    async def endpoint(scope: Scope, receive: Receive, send: Send) -> None:
        app = newer
        if scope["method"] == "GET":
            headers = Headers(scope=scope)
            if not any(name in headers for name in _OF_NEWER_CLIENTS):
                app = older if older is not None and _STREAM in headers.get("accept", "") else answer
        await app(scope, receive, send)

    return endpoint


def _refusal(status: int, message: str) -> JSONResponse:
    return JSONResponse(failures.envelope(status, message), status_code=status)
