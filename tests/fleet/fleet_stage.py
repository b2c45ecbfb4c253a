"""A fleet whose workers are all in this process: the real desk, directory, holders and channels."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from socket import socketpair
from typing import Any

import httpx2

from kustomer_sandbox.app import create_empty_sandbox, create_sandbox
from kustomer_sandbox.fleet.channel import Channel, open_channel
from kustomer_sandbox.fleet.desk import Desk
from kustomer_sandbox.fleet.directory import Directory
from kustomer_sandbox.fleet.holder import Holder
from kustomer_sandbox.fleet.member import Member
from kustomer_sandbox.fleet.merging import merges_of
from kustomer_sandbox.mcp_server.host_names import HostNames
from kustomer_sandbox.simulator.api import create_api
from kustomer_sandbox.simulator.asgi import Front
from kustomer_sandbox.simulator.control.access_rules import Access
from kustomer_sandbox.simulator.hosting.worlds import WorldSpec

ORIGINS = ("http://127.0.0.1:8700", "http://127.0.0.1:9001", "http://127.0.0.1:9002")


@dataclass
class Stage:
    """`ports` are clients of the workers, the main one first; `links` the main ends of the others' channels."""

    ports: list[httpx2.AsyncClient]
    links: dict[int, Channel]
    directory: Directory

    @property
    def main(self) -> httpx2.AsyncClient:
        return self.ports[0]

    async def make(self, **asked: Any) -> dict[str, Any]:
        """A new world, of the empty scenario unless asked otherwise."""
        answer = await self.main.post("/_sandbox/worlds", json={"scenario": "empty", **asked})
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        return made

    def port_of(self, made: Mapping[str, Any]) -> httpx2.AsyncClient:
        """The worker to which the answer of a creation points."""
        return self.ports[ORIGINS.index(made["base_url"])]

    async def names(self, port: httpx2.AsyncClient) -> list[str]:
        """The worlds as a worker lists them."""
        return [world["name"] for world in (await port.get("/_sandbox/worlds")).json()]


@asynccontextmanager
async def running(access: Access | None = None) -> AsyncIterator[Stage]:
    """A main worker with an empty world called `main`, and two others."""
    access = access or Access()
    api = create_api()
    sandbox = create_sandbox(WorldSpec(name="main", scenario="empty"), base_url=ORIGINS[0], api=api, access=access)
    directory, links = Directory(), dict[int, Channel]()

    async def ask(worker: int, *call: Any) -> None:
        await links[worker].ask(*call)

    holder = Holder(sandbox.app, worlds=api.worlds, episodes=sandbox.episodes, has_gone=partial(directory.dropped, 0))
    directory.opened(0)
    directory.placed(0, "main")
    desk = Desk(
        holder,
        directory=directory,
        workers={number: partial(ask, number) for number in (1, 2)},
        access=access,
        merges=merges_of(directory),
    )
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(sandbox.mcp.lifespan())
        first = Front(api, lambda: desk)
        sandbox.metrics.fronts.append(first)
        others = [await _worker(stack, number, desk, directory, links, access) for number in (1, 2)]
        clients = [
            httpx2.AsyncClient(transport=httpx2.ASGITransport(app=front), base_url=origin)
            for front, origin in zip([first, *others], ORIGINS, strict=True)
        ]
        for client in clients:
            await stack.enter_async_context(client)
            # One after the other: where several threads make pages, pydantic's warnings are not those of one.
            await client.get("/")
        yield Stage(clients, links, directory)


async def _worker(
    stack: AsyncExitStack, number: int, desk: Desk, directory: Directory, links: dict[int, Channel], access: Access
) -> Front:
    """One of the others, with its lifespan and both ends of its channel running until the stack ends."""
    api, names = create_api(), HostNames(public_url=ORIGINS[number])
    sandbox = create_empty_sandbox(api, base_url=ORIGINS[number], names=names, api_token="of the fleet", access=access)
    ours, theirs = socketpair()
    holder = Holder(sandbox.app, worlds=api.worlds, episodes=sandbox.episodes)
    there = await open_channel(theirs, app=holder)
    holder.has_gone = lambda name: there.tell({"gone": name})
    links[number] = await open_channel(ours, app=desk, hear=lambda news: directory.dropped(number, news["gone"]))
    await stack.enter_async_context(sandbox.mcp.lifespan())
    for channel in (there, links[number]):
        task = asyncio.create_task(channel.run())
        stack.callback(task.cancel)
    directory.opened(number)
    front = Front(api, lambda: Member(sandbox.app, holder=holder, main=there.ask))
    sandbox.metrics.fronts.append(front)
    return front
