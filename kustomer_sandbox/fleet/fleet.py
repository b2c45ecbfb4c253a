"""The fleet from its main process: the other workers, started, watched, started again and ended."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from functools import partial
from socket import socket
from typing import TYPE_CHECKING, Any

from kustomer_sandbox.app import Sandbox
from kustomer_sandbox.command.asked_world import SandboxSettings, UpError
from kustomer_sandbox.fleet.channel import Channel, WorkerGone, open_channel
from kustomer_sandbox.fleet.desk import Desk
from kustomer_sandbox.fleet.directory import Directory
from kustomer_sandbox.fleet.holder import Holder
from kustomer_sandbox.fleet.merging import merges_of
from kustomer_sandbox.fleet.plan import plan_for
from kustomer_sandbox.fleet.process import WorkerFailed, WorkerProcess
from kustomer_sandbox.serving import listen
from kustomer_sandbox.simulator.control.access_rules import Access

if TYPE_CHECKING:
    from starlette.types import Message, Receive, Scope, Send

_LOG = logging.getLogger(__name__)


def launch(settings: SandboxSettings) -> list[WorkerProcess]:
    """The workers beside the main one, started early: they load while the main one does."""
    processes = [WorkerProcess(number, listen(settings.host, 0)) for number in range(1, settings.workers)]
    for process in processes:
        process.start()
    return processes


class Fleet:
    """An application in front of the main worker's own, number 0; the others were launched. Call `settle` first.

    They live as long as it is served: from the end of its lifespan's start to that of its shutdown.
    """

    def __init__(
        self, sandbox: Sandbox, processes: Sequence[WorkerProcess], settings: SandboxSettings, access: Access
    ) -> None:
        self._directory = directory = Directory()
        self._sandbox = sandbox
        self._processes = processes
        self._plan = plan_for(settings, api_token=sandbox.api_token)
        self._channels: dict[int, Channel] = {}
        self._tasks: list[asyncio.Task[None]] = []
        holder = Holder(sandbox.app, worlds=sandbox.api.worlds, episodes=sandbox.episodes, has_gone=self._main_lost)
        sandbox.mcp.housekeeping.chores.append(holder.sweep)
        directory.opened(0)
        directory.placed(0, sandbox.world.name)
        self._desk = Desk(
            holder,
            directory=directory,
            workers={process.number: partial(self._ask, process.number) for process in self._processes},
            access=access,
            merges=merges_of(directory),
        )
        self._ends: dict[int, socket] = {}

    def settle(self) -> None:
        """Tell all what to do, and wait until they are ready. Raises `UpError`, after which none is left."""
        try:
            for process in self._processes:
                process.brief(self._plan)
            self._ends = {process.number: process.until_ready() for process in self._processes}
        except WorkerFailed:
            self._end()
            raise UpError("a worker did not start; what it has printed says why") from None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self._desk(scope, receive, send)
        else:
            await self._sandbox.app(scope, receive, self._with_lifespan(send))

    def _with_lifespan(self, send: Send) -> Send:
        async def sender(message: Message) -> None:
            if message["type"] == "lifespan.startup.complete":
                self._tasks = [asyncio.create_task(self._keep(process)) for process in self._processes]
            elif message["type"].startswith("lifespan.shutdown"):
                await self._shut_down()
            await send(message)

        return sender

    async def _keep(self, process: WorkerProcess) -> None:
        """Have a worker answer as long as it lives, and start it anew when it has ended."""
        end = self._ends.pop(process.number)
        while True:
            channel = await open_channel(end, app=self._desk, hear=partial(self._hear, process.number))
            self._channels[process.number] = channel
            self._directory.opened(process.number)
            await channel.run()
            lost = self._directory.lost(process.number)
            status = await asyncio.to_thread(process.wait)
            _LOG.warning(
                "worker %d has ended (exit status %d), and with it its worlds, %d in number; it is started again empty",
                process.number,
                status,
                len(lost),
            )
            process.start()
            process.brief(self._plan)
            try:
                end = await process.until_ready_meanwhile()
            except WorkerFailed:
                _LOG.error("worker %d did not start again; the others go on without it", process.number)
                return

    async def _shut_down(self) -> None:
        """The others end, and all of them have ended."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.to_thread(self._end)

    def _end(self) -> None:
        for process in self._processes:
            process.stop()
        for process in self._processes:
            process.wait()

    def _hear(self, worker: int, news: Mapping[str, Any]) -> None:
        self._directory.dropped(worker, news["gone"])

    def _main_lost(self, name: str) -> None:
        self._directory.dropped(0, name)

    async def _ask(self, worker: int, scope: Scope, body: bytes, receive: Receive, send: Send) -> None:
        channel = self._channels.get(worker)
        if channel is None:
            raise WorkerGone
        await channel.ask(scope, body, receive, send)
