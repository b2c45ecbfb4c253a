"""The proxy: passes a call on to an organisation and its answer back, and hands both to whoever writes them down."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from kustomer_sandbox.command.checking.guard import Routes
from kustomer_sandbox.command.checking.recording.lines import Passed

MOST_SENT = 16 * 1024 * 1024
"""Larger bodies of requests are refused."""
MOST_KEPT = 4 * 1024 * 1024
"""Larger answers pass, and are written down without their bodies."""
WAIT_SECONDS = 60.0
_HOPS = frozenset(
    {"connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "te", "trailer", "transfer-encoding"}
    | {"upgrade", "host", "content-length", "content-encoding", "accept-encoding"}
)
"""What is said to the next one alone, and what changes as answers are unpacked."""
_OTHER_METHODS = frozenset({"x-http-method", "x-http-method-override", "x-method-override"})
"""By these a read could ask to be taken for a change."""
_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
_READ_ONLY = "This proxy passes on what reads or searches. To let it change the organisation: record --allow-writes."


class RecordingProxy:
    """Passes calls on. `keep` is given each exchange once its answer has passed; `writes` lets changes through."""

    def __init__(self, client: httpx.AsyncClient, keep: Callable[[Passed], None], *, writes: bool) -> None:
        self._client, self._keep, self._writes = client, keep, writes
        self._routes = Routes()

    def app(self) -> Starlette:
        """The proxy as an application; the client is closed at its end."""

        @asynccontextmanager
        async def lifespan(_: Starlette) -> AsyncIterator[None]:
            async with self._client:
                yield

        return Starlette(routes=[Route("/{path:path}", self._pass_on, methods=_METHODS)], lifespan=lifespan)

    async def _pass_on(self, request: Request) -> Response:
        raw = request.scope["raw_path"].decode("latin-1")
        if not (self._writes or self._routes.only_reads(request.method, raw)):
            return _refused(403, _READ_ONLY)
        body = await _bounded(request)
        if body is None:
            return _refused(413, f"A body has at most {MOST_SENT} bytes here.")
        query = request.scope["query_string"].decode("latin-1")
        url = self._client.base_url.copy_with(raw_path=f"{raw}{'?' if query else ''}{query}".encode("latin-1"))
        headers = [(name, value) for name, value in request.headers.items() if name not in _HOPS | _OTHER_METHODS]
        asked = self._client.build_request(
            request.method, url, content=body or None, headers=[*headers, ("accept-encoding", "identity")]
        )
        try:
            answer = await self._client.send(asked, stream=True)
        except httpx.TransportError as fault:
            return _refused(502, f"The organisation does not answer: {type(fault).__name__}.")
        shown = [(name, value) for name, value in answer.headers.multi_items() if name not in _HOPS]
        passing = StreamingResponse(self._passing(answer, asked, raw, query, body), answer.status_code)
        passing.raw_headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in shown]
        return passing

    async def _passing(
        self, answer: httpx.Response, asked: httpx.Request, path: str, query: str, body: bytes
    ) -> AsyncIterator[bytes]:
        kept, is_whole = bytearray(), True
        try:
            async for part in answer.aiter_bytes():
                is_whole = is_whole and len(kept) + len(part) <= MOST_KEPT
                if is_whole:
                    kept += part
                yield part
        finally:
            await answer.aclose()
        whole = bytes(kept) if is_whole else None
        self._keep(
            Passed(
                method=asked.method,
                path=path,
                query=query,
                body=body or None,
                status=answer.status_code,
                headers=answer.headers,
                answer=whole or None,
            )
        )


async def _bounded(request: Request) -> bytes | None:
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > MOST_SENT:
            return None
    return bytes(body)


def _refused(status: int, message: str) -> Response:
    return JSONResponse({"errors": [{"status": status, "code": "refused_by_proxy", "title": message}]}, status)
