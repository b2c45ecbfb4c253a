"""Processes that serve one kept sandbox on one port: each has all worlds, by a store that they share."""

from __future__ import annotations

from collections.abc import Sequence
from socket import socket
from typing import TYPE_CHECKING

from kustomer_sandbox.command.asked_world import SandboxSettings
from kustomer_sandbox.fleet.channel import open_channel
from kustomer_sandbox.fleet.crew import Crew
from kustomer_sandbox.fleet.plan import ReplicaKind, plan_for
from kustomer_sandbox.fleet.process import WorkerProcess

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send


class Replicas:
    """An application in front of the main replica's own, for its lifespan; the others were launched, on its socket.

    Who calls is answered by whichever of them takes the connection. Call `settle` first.
    """

    def __init__(
        self, front: ASGIApp, processes: Sequence[WorkerProcess], settings: SandboxSettings, *, kind: ReplicaKind
    ) -> None:
        self._front = front
        self._has_lifespan = kind == "sandbox"
        self._crew = Crew(processes, plan_for(settings, kind=kind))
        self.settle = self._crew.settle

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":
            await self._front(scope, receive, send)
            return
        following = self._crew.with_lifespan(send, self._follow)
        if self._has_lifespan:
            await self._front(scope, receive, following)
            return
        await receive()
        await following({"type": "lifespan.startup.complete"})
        await receive()
        await following({"type": "lifespan.shutdown.complete"})

    async def _follow(self, _: WorkerProcess, end: socket) -> str:
        channel = await open_channel(end, app=self._front)
        await channel.run()
        return ""
