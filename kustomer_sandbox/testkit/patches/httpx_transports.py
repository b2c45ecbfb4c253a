"""httpx and httpx2: their own transports lead calls to Kustomer's hosts into a world, transports around them as well.

Taken above what respx mocks, and, being put in place after pytest-httpx's fixture, above what that mocks.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any, NoReturn

import httpx
import httpx2

from kustomer_sandbox.simulator.values.http import Cut, Drop, Hang, Hold, Reply, Request
from kustomer_sandbox.testkit.patches.entrance import Entrance, is_kustomers
from kustomer_sandbox.testkit.patches.replaced import replaced

Answer = Callable[[Any, bytes], Any]
"""The response of one of the two libraries to its request, whose body has been read."""


class _CutStream:
    """The beginning of a body, after which the connection is gone; for either library."""

    def __init__(self, library: ModuleType, content: bytes) -> None:
        self._library = library
        self._content = content

    def __iter__(self) -> Iterator[bytes]:
        yield self._content
        self._end()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield self._content
        self._end()

    def _end(self) -> NoReturn:
        raise self._library.RemoteProtocolError("peer closed connection without sending complete message body")


class _HttpxCutStream(_CutStream, httpx.SyncByteStream, httpx.AsyncByteStream):
    pass


class _Httpx2CutStream(_CutStream, httpx2.SyncByteStream, httpx2.AsyncByteStream):
    pass


_CUT: dict[str, type[_CutStream]] = {"httpx": _HttpxCutStream, "httpx2": _Httpx2CutStream}


def answers(library: ModuleType, entrance: Entrance) -> Answer:
    """What makes a library's responses of a world's replies. What a fault does is raised as the library would."""

    def answer(request: Any, body: bytes) -> Any:  # noqa: ANN401 - of either library
        path, _, query = request.url.raw_path.decode("ascii").partition("?")
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in request.headers.raw}
        reply = entrance.handle(library.__name__, Request(request.method, path, query, headers, body))
        _raise_for(library, reply, request)
        content = b"" if request.method == "HEAD" else reply.body
        length = [] if reply.status == httpx.codes.NO_CONTENT else [("content-length", str(len(reply.body)))]
        stream = (
            _CUT[library.__name__](library, content[: reply.effect.after])
            if isinstance(reply.effect, Cut)
            else library.ByteStream(content)
        )
        return library.Response(reply.status, headers=[*reply.headers, *length], stream=stream, request=request)

    return answer


def _raise_for(library: ModuleType, reply: Reply, request: Any) -> None:  # noqa: ANN401
    effect = reply.effect
    limit = request.extensions.get("timeout", {}).get("read")
    if isinstance(effect, Hang) or (isinstance(effect, Hold) and limit is not None and effect.seconds > limit):
        raise library.ReadTimeout("the answer did not come in time", request=request)
    if isinstance(effect, Drop) and effect.reset:
        raise library.ReadError("the connection was reset", request=request)
    if isinstance(effect, Drop):
        raise library.RemoteProtocolError("Server disconnected without sending a response.", request=request)


@contextmanager
def transports(
    library: ModuleType,
    entrance: Entrance,
    handler: Callable[[Any], Any] | None = None,
    async_handler: Callable[[Any], Awaitable[Any]] | None = None,
) -> Iterator[None]:
    """Every client of `library` (httpx or httpx2), with whatever transport around the library's own.

    The handlers answer instead of the world, if they are given.
    """
    answer = answers(library, entrance)
    real = vars(library.HTTPTransport)["handle_request"]
    real_async = vars(library.AsyncHTTPTransport)["handle_async_request"]

    def handle(transport: Any, request: Any) -> Any:  # noqa: ANN401
        if not is_kustomers(request.url.host):
            entrance.leave(request.url.host)
            return real(transport, request)
        body = request.read()
        return handler(request) if handler else answer(request, body)

    async def handle_async(transport: Any, request: Any) -> Any:  # noqa: ANN401
        if not is_kustomers(request.url.host):
            entrance.leave(request.url.host)
            return await real_async(transport, request)
        body = await request.aread()
        return await async_handler(request) if async_handler else answer(request, body)

    with (
        replaced(library.HTTPTransport, "handle_request", handle),
        replaced(library.AsyncHTTPTransport, "handle_async_request", handle_async),
    ):
        yield
