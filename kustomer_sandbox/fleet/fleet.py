"""The fleet from its main process, which is worker 0: the others, and the desk in front of them all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from socket import socket
from typing import TYPE_CHECKING, Any

from kustomer_sandbox.app import Sandbox
from kustomer_sandbox.command.asked_world import SandboxSettings
from kustomer_sandbox.fleet.channel import Channel, WorkerGone, open_channel
from kustomer_sandbox.fleet.crew import Crew
from kustomer_sandbox.fleet.desk import Desk
from kustomer_sandbox.fleet.directory import Directory
from kustomer_sandbox.fleet.holder import Holder
from kustomer_sandbox.fleet.merging import merges_of
from kustomer_sandbox.fleet.plan import plan_for
from kustomer_sandbox.fleet.process import WorkerProcess
from kustomer_sandbox.serving import listen
from kustomer_sandbox.simulator.control.access_rules import Access

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send


def launch(settings: SandboxSettings, shared: socket | None = None) -> list[WorkerProcess]:
    """The workers beside the main one, started early: they load while the main one does.

    Each listens on a port of its own, or all on the `shared` one.
    """
    numbers = range(1, settings.workers)
    processes = [WorkerProcess(number, shared or listen(settings.host, 0)) for number in numbers]
    for process in processes:
        process.start()
    return processes


class Fleet:
    """An application in front of the main worker's own; the others were launched. Call `settle` first."""

    def __init__(
        self, sandbox: Sandbox, processes: Sequence[WorkerProcess], settings: SandboxSettings, access: Access
    ) -> None:
        self._directory = directory = Directory()
        self._sandbox = sandbox
        self._crew = Crew(processes, plan_for(settings, kind="worlds", api_token=sandbox.api_token))
        self.settle = self._crew.settle
        self._channels: dict[int, Channel] = {}
        holder = Holder(
            sandbox.app, worlds=sandbox.api.worlds, episodes=sandbox.episodes, has_gone=partial(directory.dropped, 0)
        )
        sandbox.mcp.housekeeping.chores.append(holder.sweep)
        directory.opened(0)
        directory.placed(0, sandbox.world.name)
        self._desk = Desk(
            holder,
            directory=directory,
            workers={process.number: partial(self._ask, process.number) for process in processes},
            access=access,
            merges=merges_of(directory),
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self._desk(scope, receive, send)
        else:
            await self._sandbox.app(scope, receive, self._crew.with_lifespan(send, self._follow))

    async def _follow(self, process: WorkerProcess, end: socket) -> str:
        """Have a worker answer as long as it lives."""
        channel = await open_channel(end, app=self._desk, hear=partial(self._hear, process.number))
        self._channels[process.number] = channel
        self._directory.opened(process.number)
        await channel.run()
        # At once, before anybody who waited for it goes on: the next world must not be placed there.
        lost = self._directory.lost(process.number)
        return f", and with it its worlds, {len(lost)} in number"

    def _hear(self, worker: int, news: Mapping[str, Any]) -> None:
        self._directory.dropped(worker, news["gone"])

    async def _ask(self, worker: int, scope: Scope, body: bytes, receive: Receive, send: Send) -> None:
        channel = self._channels.get(worker)
        if channel is None:
            raise WorkerGone
        await channel.ask(scope, body, receive, send)
