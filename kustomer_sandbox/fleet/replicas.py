"""Processes that serve one kept sandbox on one port: each has all worlds, by a store that they share.

Only what a process counts of itself is not everybody's: whichever is asked for it, the main one answers for all.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from http import HTTPStatus
from socket import socket
from typing import TYPE_CHECKING

from kustomer_sandbox.command.asked_world import SandboxSettings
from kustomer_sandbox.fleet.bodies import Answer, Answerer, replayed
from kustomer_sandbox.fleet.channel import Channel, WorkerGone, open_channel
from kustomer_sandbox.fleet.crew import Crew
from kustomer_sandbox.fleet.merging import metrics_of
from kustomer_sandbox.fleet.plan import ReplicaKind, plan_for
from kustomer_sandbox.fleet.process import WorkerProcess
from kustomer_sandbox.web.metrics.metrics import OF_ONE_PROCESS

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send


_METRICS = "/_sandbox/metrics"


def of_all(front: ASGIApp, main: Answerer) -> ASGIApp:
    """What a replica beside the main one serves: its own `front`, but for what `main` tells of all."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if _is_of_all(scope):
            await main(scope, b"", receive, send)
        else:
            await front(scope, receive, send)

    return app


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
        self._channels: dict[int, Channel] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if _is_of_all(scope):
            await self._gather(scope, receive, send)
            return
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

    async def _follow(self, process: WorkerProcess, end: socket) -> str:
        self._channels[process.number] = channel = await open_channel(end, app=self)
        await channel.run()
        return ""

    async def _gather(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Whoever may not ask hears so from the main one, and no other is asked."""
        mine = Answer()
        await self._front(scope, replayed(b"", receive), mine.send)
        if mine.status != HTTPStatus.OK:
            await mine.pass_on(send)
            return
        others = await asyncio.gather(*(_told(channel, scope, receive) for channel in self._channels.values()))
        told = [mine, *(other for other in others if other.status == HTTPStatus.OK)]
        await metrics_of(told, summed=OF_ONE_PROCESS).pass_on(send)


async def _told(channel: Channel, scope: Scope, receive: Receive) -> Answer:
    """A replica's answer; of one that has ended, one without a status."""
    answer = Answer()
    try:
        await channel.ask(scope, b"", receive, answer.send)
    except WorkerGone:
        return Answer()
    return answer


def _is_of_all(scope: Scope) -> bool:
    return bool(scope["type"] == "http") and scope["path"] == _METRICS and scope["method"] == "GET"
