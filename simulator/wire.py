"""What may happen to a reply on its way: each transport makes it true in its own manner.

Over a socket a reply is held, never sent, cut short or lost with its connection. In process the same reply
raises what an HTTP client would have raised; nothing there ever waits.
"""

from __future__ import annotations

from dataclasses import dataclass


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
