"""What goes over the wire: a request, a reply, and what may happen to a reply on its way.

Each transport carries out an effect in its own way: over a socket a reply is delayed, never sent, cut short or lost
with its connection; in process the same reply raises what an HTTP client would have raised, and nothing ever waits.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

RateLimitReset = Literal["exhausted", "always"]
"""When `x-ratelimit-reset` is sent: once nothing is left (client-code), or in every answer (the vendor's page)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Hold:
    """The reply is sent whole, so many seconds later."""

    seconds: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Hang:
    """The reply never comes; the connection stays open until the client gives up."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Drop:
    """The connection ends before the first byte: closed, or `reset` as if the network had torn it down."""

    reset: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Cut:
    """The head promises the whole body; the connection ends after so many bytes of it."""

    after: int


Effect = Hold | Hang | Drop | Cut


_NO_HEADERS: Mapping[str, str] = {}


class Request(NamedTuple):
    """A request as it came. `path` is undecoded, `query` the raw query string, header names lower case."""

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = _NO_HEADERS
    body: bytes = b""
    scheme: str = "https"


class Reply(NamedTuple):
    """What goes back: status, headers (lower-case names) and the body's bytes.

    `effect` is what an armed fault does to it on the wire; the transport sees to that. Status 0 is a call
    that came to no answer: there is nothing to send, and `effect` says how the caller learns it.
    """

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes = b""
    effect: Effect | None = None
