"""The API as an ASGI route: reads a request whole, asks the gate, sends the reply. No thread, no middleware."""

from __future__ import annotations

from starlette.routing import BaseRoute, Match
from starlette.types import Receive, Scope, Send

from simulator.api import Api
from simulator.exchange import Reply, Request

PREFIX = "/v1"
READ_AT_MOST = 1_000_000
"""Bytes of a body that are kept. More than the API's own, lower limit, which the pipeline holds it to."""


class ApiRoute(BaseRoute):
    """Matches every path below `/v1`, known or not: the API answers for all of them."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        path: str = scope.get("path", "")
        mine = scope["type"] == "http" and (path == PREFIX or path.startswith(PREFIX + "/"))
        return (Match.FULL, {}) if mine else (Match.NONE, {})

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = await _read(receive)
        if body is not None:
            await _send(send, self._api.handle(request_of(scope, body)))


def request_of(scope: Scope, body: bytes) -> Request:
    """The request an ASGI scope describes."""
    raw = scope.get("raw_path") or scope["path"].encode()
    return Request(
        method=scope["method"],
        path=raw.partition(b"?")[0].decode("latin-1"),
        query=scope.get("query_string", b"").decode("latin-1"),
        headers={name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]},
        body=body,
    )


async def _read(receive: Receive) -> bytes | None:
    """The body; None when the client left before its end. Beyond what is kept it is drained, so the answer is heard."""
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        chunk: bytes = message.get("body", b"")
        chunks.append(chunk[: READ_AT_MOST - size])
        size += len(chunks[-1])
        if not message.get("more_body", False):
            return b"".join(chunks)


async def _send(send: Send, reply: Reply) -> None:
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in reply.headers]
    headers.append((b"content-length", str(len(reply.body)).encode()))
    if reply.status == 204:
        headers.pop()
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": reply.body})
