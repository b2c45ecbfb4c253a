"""Writes of one turn of the event loop leave in one piece, in order, and none is lost."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import cast

from kustomer_sandbox.web.write_coalescing import CoalescingTransport


class Wire:
    """What reached the wrapped transport; `turn` ends a turn of the loop."""

    def __init__(self) -> None:
        self.seen: list[object] = []
        self.soon: list[Callable[[], None]] = []
        self.closed = False
        self.transport = CoalescingTransport(cast("asyncio.Transport", self), self.soon.append)

    def turn(self) -> None:
        due, self.soon = self.soon[:], self.soon
        self.soon.clear()
        for act in due:
            act()

    def write(self, data: bytes) -> None:
        self.seen.append(data)

    def close(self) -> None:
        self.closed = True
        self.seen.append("close")

    def abort(self) -> None:
        self.closed = True
        self.seen.append("abort")

    def is_closing(self) -> bool:
        return self.closed

    def get_extra_info(self, name: str) -> str:
        return f"the {name}"


def test_the_writes_of_a_turn_leave_as_one() -> None:
    """A head and its body cost one system call."""
    wire = Wire()
    wire.transport.write(b"head ")
    wire.transport.write(b"body")
    wire.turn()
    wire.transport.write(b"more")
    wire.turn()
    assert wire.seen == [b"head body", b"more"]


def test_closing_sends_what_was_written_and_nothing_after_it() -> None:
    """A body cut off on purpose must still arrive as far as it was written."""
    wire = Wire()
    wire.transport.write(b"half")
    wire.transport.close()
    wire.turn()
    wire.transport.write(b"late")
    wire.turn()
    assert wire.seen == [b"half", "close"]


def test_aborting_loses_what_was_written_in_the_same_turn() -> None:
    """A reset connection is silent."""
    wire = Wire()
    wire.transport.write(b"half")
    wire.transport.abort()
    wire.turn()
    assert wire.seen == ["abort"]


def test_everything_else_is_the_transports_own() -> None:
    """Servers ask a transport for its socket and pause its reading."""
    assert Wire().transport.get_extra_info("socket") == "the socket"
