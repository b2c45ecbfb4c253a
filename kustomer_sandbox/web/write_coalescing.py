"""A transport that sends what is written in one turn of the event loop in one piece.

A server writes the head of an answer and its body one after the other, and each write is a system call that wakes
the client: most of what a quick answer costs. Nothing waits longer than the turn in which it was written.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

Data = bytes | bytearray | memoryview


class CoalescingTransport:
    """Wraps a transport: what is written in a turn is sent at its end, everything else is passed on at once."""

    def __init__(self, inner: asyncio.Transport, call_soon: Callable[[Callable[[], None]], object]) -> None:
        self._inner = inner
        self._call_soon = call_soon
        self._pending: list[Data] = []
        self.is_closing = inner.is_closing

    def write(self, data: Data) -> None:
        if not self._pending:
            self._call_soon(self._flush)
        self._pending.append(data)

    def close(self) -> None:
        """What was written before is still sent."""
        self._flush()
        self._inner.close()

    def write_eof(self) -> None:
        """As `close`, but what comes is still read."""
        self._flush()
        self._inner.write_eof()

    def abort(self) -> None:
        """What was written in this turn is lost with the connection."""
        self._pending = []
        self._inner.abort()

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the transport has
        return getattr(self._inner, name)

    def _flush(self) -> None:
        pending, self._pending = self._pending, []
        if pending and not self.is_closing():
            self._inner.write(pending[0] if len(pending) == 1 else b"".join(pending))
