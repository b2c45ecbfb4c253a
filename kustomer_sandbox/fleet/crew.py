"""The processes beside the main one: briefed, watched, started again when they end, and ended with it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from itertools import chain, repeat
from socket import socket
from typing import TYPE_CHECKING, Any

from kustomer_sandbox.command.asked_world import UpError
from kustomer_sandbox.fleet.process import WorkerFailed, WorkerProcess

if TYPE_CHECKING:
    from starlette.types import Message, Send

_LOG = logging.getLogger(__name__)
_PAUSES = (1, 2, 5, 10, 30)
"""Seconds between the attempts to start a worker."""

Follow = Callable[[WorkerProcess, socket], Awaitable[str]]
"""Follows a ready worker, by its end of the channel, until it has ended; gives what went with it, in words."""


class Crew:
    """Call `settle` before anything is served; they are followed from the start of the lifespan to its end."""

    def __init__(self, processes: Sequence[WorkerProcess], plan: Mapping[str, Any]) -> None:
        self._processes = processes
        self._plan = plan
        self._ends: dict[int, socket] = {}
        self._tasks: list[asyncio.Task[None]] = []

    def settle(self) -> None:
        """Tell all what to do, and wait until they are ready. Raises `UpError`, after which none is left."""
        try:
            for process in self._processes:
                process.brief(self._plan)
            self._ends = {process.number: process.until_ready() for process in self._processes}
        except WorkerFailed:
            self._end()
            raise UpError("a worker did not start; what it has printed says why") from None

    def with_lifespan(self, send: Send, follow: Follow) -> Send:
        """A `send` for the lifespan, between whose messages the others are followed."""

        async def sender(message: Message) -> None:
            if message["type"] == "lifespan.startup.complete":
                self._tasks = [asyncio.create_task(self._keep(process, follow)) for process in self._processes]
            elif message["type"].startswith("lifespan.shutdown"):
                await self._shut_down()
            await send(message)

        return sender

    async def _keep(self, process: WorkerProcess, follow: Follow) -> None:
        end = self._ends.pop(process.number)
        while True:
            lost = await follow(process, end)
            status = await asyncio.to_thread(process.wait)
            _LOG.warning("worker %d has ended (exit status %d)%s; it is started again", process.number, status, lost)
            end = await self._started_again(process)

    async def _started_again(self, process: WorkerProcess) -> socket:
        """A worker's end of the channel once it is ready, however often that has to be tried: its store may be away."""
        for pause in chain(_PAUSES, repeat(_PAUSES[-1])):
            process.start()
            process.brief(self._plan)
            try:
                return await process.until_ready_meanwhile()
            except WorkerFailed:
                await asyncio.to_thread(process.wait)
                _LOG.error("worker %d did not start; the others go on, and it is tried again", process.number)
                await asyncio.sleep(pause)
        raise WorkerFailed

    async def _shut_down(self) -> None:
        """All are told to end, and have ended."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.to_thread(self._end)

    def _end(self) -> None:
        for process in self._processes:
            process.stop()
        for process in self._processes:
            process.wait()
