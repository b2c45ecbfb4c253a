"""How a request reaches an upstream (`Wire`), and the usual way: HTTP over a socket.

httpx is loaded when the first request goes over a socket: with what it loads for its own command line it would be a
quarter of the start of `up`, whose calls go over none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

import anyio

from kustomer_sandbox.mcp_server.model import UpstreamRequest, UpstreamResponse

if TYPE_CHECKING:
    import httpx

BODY_BYTES: Final = 32 * 1024 * 1024
"""How much of an answer is read. A wire that reads in parts stops once it has more."""


class Wire(Protocol):
    """Brings one request to an upstream and its answer back. It repeats nothing and follows no redirect."""

    async def exchange(self, request: UpstreamRequest, *, timeout: float) -> UpstreamResponse:  # noqa: ASYNC109 - each wire keeps it in its own way
        """The answer: status, headers and raw bytes.

        Raises `TimeoutError` when it has not come whole after `timeout` seconds, `ConnectionError` when it cannot
        come. Neither says anything that a caller may repeat.
        """
        ...

    def answers_at_once(self, origin: str, key: str) -> bool:
        """Whether exchanges with this origin by this key wait for nothing at present."""
        ...

    async def aclose(self) -> None:
        """End every connection."""
        ...


class HttpWire:
    """The usual wire, over an httpx transport."""

    def __init__(self, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._transport = transport

    async def exchange(self, request: UpstreamRequest, *, timeout: float) -> UpstreamResponse:  # noqa: ASYNC109
        import httpx  # noqa: PLC0415 - see above

        if self._transport is None:
            # The transport itself: a client would add cookies, redirects and its own defaults, and double the cost.
            self._transport = httpx.AsyncHTTPTransport(trust_env=False)
        timeouts = httpx.Timeout(timeout).as_dict()
        try:
            with anyio.fail_after(timeout):
                http_request = httpx.Request(
                    request.method,
                    request.url,
                    content=request.body,
                    headers=request.headers,
                    extensions={"timeout": timeouts},
                )
                return await _answer(await self._transport.handle_async_request(http_request))
        except httpx.TimeoutException:
            raise TimeoutError from None
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError):
            raise ConnectionError from None

    def answers_at_once(self, origin: str, key: str) -> bool:  # noqa: ARG002 - over a socket nobody does
        return False

    async def aclose(self) -> None:
        if self._transport is not None:
            await self._transport.aclose()


async def _answer(response: httpx.Response) -> UpstreamResponse:
    raw = bytearray()
    try:
        async for chunk in response.aiter_bytes():
            raw += chunk
            if len(raw) > BODY_BYTES:
                break
    finally:
        await response.aclose()
    headers = {name.lower(): value for name, value in response.headers.items()}
    return UpstreamResponse(status=response.status_code, headers=headers, raw=bytes(raw))
