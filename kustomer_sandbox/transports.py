"""httpx transports that call the simulator in process: no socket, no thread, no event loop for the sync one.

What an armed fault does to a reply on the wire is raised here as the exception httpx gives over a socket.
Nothing ever waits: a reply delayed for longer than the client's read timeout is a `ReadTimeout` at once.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from functools import lru_cache

import httpx

from kustomer_sandbox.simulator.api import Api
from kustomer_sandbox.simulator.values.http import Cut, Drop, Hang, Hold, Reply, Request


class SimulatorTransport(httpx.BaseTransport):
    """Sends a sync client's requests into a simulator."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return answer(self._api, request, request.read())


class AsyncSimulatorTransport(httpx.AsyncBaseTransport):
    """Sends an async client's requests into a simulator."""

    def __init__(self, api: Api) -> None:
        self._api = api

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return answer(self._api, request, await request.aread())


class CompleteResponse(httpx.Response):
    """A response whose body is there already: to read it, nothing is decoded, chunked or joined."""

    def __init__(self, status: int, *, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
        super().__init__(status, headers=headers, stream=httpx.ByteStream(body))
        self._body = body

    def read(self) -> bytes:
        if self.is_stream_consumed or self.is_closed:
            return super().read()
        self.close()
        return self._have_read()

    async def aread(self) -> bytes:
        if self.is_stream_consumed or self.is_closed:
            return await super().aread()
        await self.aclose()
        return self._have_read()

    def _have_read(self) -> bytes:
        self.is_stream_consumed = True
        self._content, self._num_bytes_downloaded = self._body, len(self._body)
        return self._body


class TruncatedStream(httpx.SyncByteStream, httpx.AsyncByteStream):
    """The beginning of a body, after which the connection is gone."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def __iter__(self) -> Iterator[bytes]:
        yield self._content
        raise _cut_off()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield self._content
        raise _cut_off()


def _cut_off() -> httpx.RemoteProtocolError:
    return httpx.RemoteProtocolError("peer closed connection without sending complete message body")


def answer(api: Api, request: httpx.Request, body: bytes) -> httpx.Response:
    """The simulator's reply to an httpx request, as a socket would have brought it.

    Raises `httpx.ReadTimeout`, `httpx.ReadError` or `httpx.RemoteProtocolError` where an armed fault asks for it.
    """
    path, _, query = request.url.raw_path.decode("ascii").partition("?")
    headers = _decoded(tuple(request.headers.raw))
    reply = api.handle(Request(request.method, path, query, headers, body, request.url.scheme))
    if reply.effect is not None:
        _raise_for(reply, request)
    content = b"" if request.method == "HEAD" else reply.body
    if isinstance(reply.effect, Cut):
        stream = TruncatedStream(content[: reply.effect.after])
        return httpx.Response(reply.status, headers=_headers(reply), stream=stream)
    return CompleteResponse(reply.status, headers=_headers(reply), body=content)


@lru_cache(maxsize=64)
def _decoded(raw: tuple[tuple[bytes, bytes], ...]) -> Mapping[str, str]:
    """Header lines as text, names in lower case; a client sends the same ones again and again."""
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in raw}


def _raise_for(reply: Reply, request: httpx.Request) -> None:
    """Raise what a client would have seen of a reply that never comes, comes too late, or lost its connection."""
    effect = reply.effect
    read_timeout = request.extensions.get("timeout", {}).get("read")
    is_late = isinstance(effect, Hold) and read_timeout is not None and effect.seconds > read_timeout
    if isinstance(effect, Hang) or is_late:
        raise httpx.ReadTimeout("the answer did not come in time", request=request)
    if isinstance(effect, Drop) and effect.reset:
        raise httpx.ReadError("the connection was reset", request=request)
    if isinstance(effect, Drop):
        raise httpx.RemoteProtocolError("Server disconnected without sending a response.", request=request)


def _headers(reply: Reply) -> list[tuple[bytes, bytes]]:
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in reply.headers]
    if reply.status != httpx.codes.NO_CONTENT:
        headers.append((b"content-length", str(len(reply.body)).encode("ascii")))
    return headers
