"""The port through which a request reaches an upstream, and its usual form: HTTP over a socket."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Protocol

import anyio
import httpx

BODY_BYTES: Final = 32 * 1024 * 1024
"""How much of an answer is read. A wire that reads in parts stops once it has more."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Sent:
    """One request. `origin` ends without a slash, `path` and `query` are percent-encoded, header names lower case."""

    method: str
    origin: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes | None = None

    @property
    def url(self) -> str:
        return f"{self.origin}{self.path}?{self.query}" if self.query else self.origin + self.path


@dataclass(frozen=True, kw_only=True, slots=True)
class Received:
    """What came back, header names in lower case."""

    status: int
    headers: Mapping[str, str]
    raw: bytes


class Wire(Protocol):
    """Brings one request to an upstream and its answer back. It repeats nothing and follows no redirect."""

    async def exchange(self, sent: Sent, *, patience: float) -> Received:
        """The answer.

        Raises `TimeoutError` when it has not come whole after `patience` seconds, `ConnectionError` when it cannot
        come. Neither says anything that a caller may repeat.
        """
        ...

    async def aclose(self) -> None:
        """End every connection."""
        ...


class HttpWire:
    """The usual wire, over an httpx transport."""

    def __init__(self, transport: httpx.AsyncBaseTransport | None = None) -> None:
        # The transport itself: a client would add cookies, redirects and its own defaults, and double the cost.
        self._transport = transport or httpx.AsyncHTTPTransport(trust_env=False)

    async def exchange(self, sent: Sent, *, patience: float) -> Received:
        try:
            with anyio.fail_after(patience):
                return await self._exchange(sent, httpx.Timeout(patience).as_dict())
        except httpx.TimeoutException:
            raise TimeoutError from None
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError):
            raise ConnectionError from None

    async def _exchange(self, sent: Sent, limits: Mapping[str, float | None]) -> Received:
        asked = httpx.Request(
            sent.method,
            sent.url,
            content=sent.body,
            headers=sent.headers,
            extensions={"timeout": limits},
        )
        response = await self._transport.handle_async_request(asked)
        raw = bytearray()
        try:
            async for chunk in response.aiter_bytes():
                raw += chunk
                if len(raw) > BODY_BYTES:
                    break
        finally:
            await response.aclose()
        headers = {name.lower(): value for name, value in response.headers.items()}
        return Received(status=response.status_code, headers=headers, raw=bytes(raw))

    async def aclose(self) -> None:
        await self._transport.aclose()
