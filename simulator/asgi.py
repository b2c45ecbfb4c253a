"""The API over ASGI: reads a request whole, asks the gate, sends the reply. No thread, no middleware, no framework."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from kustomer_sandbox.simulator.api import Api
from kustomer_sandbox.simulator.values.http import Cut, Drop, Hang, Hold, Reply, Request
from kustomer_sandbox.simulator.values.presigned import FILES, MOST_BYTES

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

PREFIXES = ("/v1", "/v2", "/v2.1", "/p/v3")
"""What paths of the API begin with: its versions, and the public routes of the knowledge base."""
_FILES = f"{FILES}/"
_BELOW = (*(f"{prefix}/" for prefix in PREFIXES), _FILES)
CONNECTION = "kustomer_sandbox.connection"
"""The scope extension through which a server lets a call end its connection: `{close, reset}`, both callable."""

_NO_CONTENT = 204
_UNKNOWN_HOST = Reply(
    status=421,
    headers=(("content-type", "application/json"),),
    body=b'{"errors":[{"code":"misdirected_request","message":"This server is not called by this name. Call it as '
    b'localhost or 127.0.0.1, or start it with --allow-host and the name."}]}',
)
READ_LIMIT = 1_000_000
"""Bytes of a body that are read into memory: more than the API's own limit, which the pipeline checks."""


class Front:
    """An ASGI application that answers for the API itself and leaves all else to another one, made when first needed.

    Decision: the shipped servers stand behind this, so a call of the API does not pay for the framework's
    middleware and routing, which cost as much as the work itself, and a start does not wait for the framework's
    import. The cost: what is added to the other application as middleware does not see calls of the API.

    `knows_host` says whether a call of the API came under a name of this server; others are refused (421). A web page
    could make its own name lead here, and would then read the API like a page of this server.
    """

    def __init__(
        self, api: Api, others: Callable[[], ASGIApp], *, knows_host: Callable[[Scope], bool] = lambda _: True
    ) -> None:
        self._api = api
        self._make = others
        self._knows_host = knows_host
        self._others: ASGIApp | None = None
        self.around: Callable[[Awaitable[None]], Awaitable[None]] | None = None
        """What is done around the answering of each call, if anything is: it may take the time."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if is_api(scope):
            if not self._knows_host(scope):
                await _send(scope, receive, send, _UNKNOWN_HOST)
            elif self.around is None:
                await answer(self._api, scope, receive, send)
            else:
                await self.around(answer(self._api, scope, receive, send))
            return
        if self._others is None:
            self._others = self._make()
        await self._others(scope, receive, send)


def is_api(scope: Scope) -> bool:
    """Whether a request is for a path of the API, known or not, or for a file: the API answers for all of them."""
    path: str = scope.get("path", "")
    return bool(scope["type"] == "http") and (path.startswith(_BELOW) or path in PREFIXES)


async def answer(api: Api, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer one request; nothing is sent to a client that left before the end of its request."""
    body = await _read(receive, MOST_BYTES if scope["path"].startswith(_FILES) else READ_LIMIT)
    if body is not None:
        await _send(scope, receive, send, api.handle(request_of(scope, body)))


def request_of(scope: Scope, body: bytes) -> Request:
    """The request an ASGI scope describes."""
    raw = scope.get("raw_path") or scope["path"].encode()
    return Request(
        method=scope["method"],
        path=raw.partition(b"?")[0].decode("latin-1"),
        query=scope.get("query_string", b"").decode("latin-1"),
        headers={name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]},
        body=body,
        scheme=scope.get("scheme", "http"),
    )


async def _read(receive: Receive, limit: int) -> bytes | None:
    """The body; None when the client left before its end.

    What is over the limit is received and dropped: a client that is still sending would not hear the answer.
    """
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        chunk: bytes = message.get("body", b"")
        chunks.append(chunk[: limit - size])
        size += len(chunks[-1])
        if not message.get("more_body", False):
            return b"".join(chunks)


async def _send(scope: Scope, receive: Receive, send: Send, reply: Reply) -> None:
    """Send a reply, with what an armed fault does to it on the wire."""
    effect = reply.effect
    if effect is None:
        await send(_start(reply))
        await send({"type": "http.response.body", "body": reply.body})
    elif isinstance(effect, Hang):
        await _client_left(receive)
    elif isinstance(effect, Drop):
        await _end(scope, receive, reset=effect.reset)
    elif isinstance(effect, Cut):
        await send(_start(reply))
        await send({"type": "http.response.body", "body": reply.body[: effect.after], "more_body": True})
        await _end(scope, receive, reset=False)
    else:
        if isinstance(effect, Hold):
            import anyio  # noqa: PLC0415 - only an armed fault needs it

            await anyio.sleep(effect.seconds)
        await send(_start(reply))
        await send({"type": "http.response.body", "body": reply.body})


def _start(reply: Reply) -> Message:
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in reply.headers]
    if reply.status != _NO_CONTENT:
        headers.append((b"content-length", str(len(reply.body)).encode()))
    return {"type": "http.response.start", "status": reply.status, "headers": headers}


async def _end(scope: Scope, receive: Receive, *, reset: bool) -> None:
    """End the connection in the middle of the call; raises `ConnectionResetError` on a server that cannot."""
    end = scope.get("extensions", {}).get(CONNECTION, {}).get("reset" if reset else "close")
    if end is None:
        raise ConnectionResetError("an armed fault ends this connection")
    end()
    await _client_left(receive)


async def _client_left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
