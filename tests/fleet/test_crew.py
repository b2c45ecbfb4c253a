"""The processes beside the main one: what becomes of one that does not start again."""

from __future__ import annotations

import asyncio
from socket import socket
from typing import TYPE_CHECKING, cast

import pytest

from kustomer_sandbox.fleet import crew
from kustomer_sandbox.fleet.crew import Crew
from kustomer_sandbox.fleet.process import WorkerFailed, WorkerProcess

if TYPE_CHECKING:
    from starlette.types import Message

FAILURES = 3


class Unwilling:
    """A worker that is ready at the start, ends, and fails some times before it is ready again."""

    number = 1

    def __init__(self) -> None:
        self.starts = 0

    def start(self) -> None:
        self.starts += 1

    def brief(self, _: object) -> None:
        """It does as it does."""

    def until_ready(self) -> socket:
        return socket()

    async def until_ready_meanwhile(self) -> socket:
        if self.starts <= FAILURES:
            raise WorkerFailed
        return socket()

    def wait(self) -> int:
        return 1

    def stop(self) -> None:
        """It has ended."""


async def test_a_worker_that_does_not_start_is_tried_again_until_it_does(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its PostgreSQL may be restarting at that moment, which is no reason to go on with one process fewer for ever."""
    monkeypatch.setattr(crew, "_PAUSES", (0,))
    worker, followed, is_back = Unwilling(), [], asyncio.Event()
    beside = Crew([cast("WorkerProcess", worker)], {})
    beside.settle()

    async def follow(_: WorkerProcess, end: socket) -> str:
        end.close()
        followed.append(worker.starts)
        if len(followed) > 1:
            is_back.set()
            await asyncio.Event().wait()
        return ""

    async def send(_: Message) -> None:
        """Nobody listens."""

    told = beside.with_lifespan(send, follow)
    await told({"type": "lifespan.startup.complete"})
    await asyncio.wait_for(is_back.wait(), 10)
    assert followed == [0, FAILURES + 1]
    await told({"type": "lifespan.shutdown.complete"})
