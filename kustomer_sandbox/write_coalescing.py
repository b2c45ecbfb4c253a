"""A transport that sends what is written in one turn of the event loop in one piece.

A server writes the head of an answer and its body one after the other, and each write is a system call that wakes
the client: most of what a quick answer costs. Nothing is held back beyond the turn in which it was written.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

Data = bytes | bytearray | memoryview


class Corked:
    """Stands in for a transport: writing is put off until the turn ends, everything else goes straight to it."""

    def __init__(self, inner: asyncio.Transport, call_soon: Callable[[Callable[[], None]], object]) -> None:
        self._inner = inner
        self._call_soon = call_soon
        self._held: list[Data] = []
        self.is_closing = inner.is_closing

    def write(self, data: Data) -> None:
        if not self._held:
            self._call_soon(self._flush)
        self._held.append(data)

    def close(self) -> None:
        """What was written before is still sent."""
        self._flush()
        self._inner.close()

    def abort(self) -> None:
        """What was written in this turn is lost with the connection."""
        self._held = []
        self._inner.abort()

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the transport has
        return getattr(self._inner, name)

    def _flush(self) -> None:
        held, self._held = self._held, []
        if held and not self.is_closing():
            self._inner.write(held[0] if len(held) == 1 else b"".join(held))
