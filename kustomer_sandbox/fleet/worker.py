"""A worker's process: of a fleet, or one of several replicas; and the channel to the main one."""

from __future__ import annotations

import asyncio
import gc
import json
import os
import signal
import sys
from collections.abc import Mapping
from socket import socket
from typing import TYPE_CHECKING, Any

from kustomer_sandbox.app import create_empty_sandbox
from kustomer_sandbox.command.asked_world import SandboxSettings, UpError, plan_of
from kustomer_sandbox.command.running.reaching import access_of, names_of, opened, origin_of
from kustomer_sandbox.command.running.served import Announce, serve_settled
from kustomer_sandbox.command.settings import TOKEN_ENV
from kustomer_sandbox.fleet.channel import Channel, WorkerGone, open_channel
from kustomer_sandbox.fleet.holder import Holder
from kustomer_sandbox.fleet.member import Member
from kustomer_sandbox.fleet.plan import settings_from
from kustomer_sandbox.fleet.process import READY
from kustomer_sandbox.fleet.replicas import of_all
from kustomer_sandbox.mcp_server.state.user_folder import folder_of_user
from kustomer_sandbox.serving import behind_proxies
from kustomer_sandbox.simulator.asgi import Front
from kustomer_sandbox.up import api_of, sandbox_front, sandbox_of, simulator_front

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send


def main() -> None:
    """Serve as the plan on standard input says, until told to stop or until the main process has ended."""
    gc.disable()
    end = socket(fileno=0)
    if not (line := _first_line(end)):
        return  # the main process could not start
    plan = json.loads(line)
    settings = settings_from(plan, control_token=os.environ.get(TOKEN_ENV, ""), environment=os.environ)
    listening, link = socket(fileno=plan["listening"]), Link(end)
    try:
        _serve(plan, settings, listening, link)
    except UpError as refusal:
        sys.exit(f"kustomer-sandbox: {refusal}")


def _serve(plan: Mapping[str, Any], settings: SandboxSettings, listening: socket, link: Link) -> None:
    if plan["kind"] == "worlds":
        _serve_worlds(settings, listening, link, api_token=plan["api_token"])
    elif plan["kind"] == "sandbox":
        _serve_sandbox(settings, listening, link)
    else:
        _serve_simulator(settings, listening, link)


class Link:
    """The worker's end of the channel; it works from `begin` on."""

    def __init__(self, end: socket) -> None:
        self._end = end
        self._channel: Channel | None = None
        self._following: asyncio.Task[None] | None = None

    def begin(self, app: ASGIApp) -> None:
        """Say that this worker is ready, and answer from now on; within the event loop."""
        self._following = asyncio.get_running_loop().create_task(self._follow(app))

    async def ask(self, scope: Scope, body: bytes, receive: Receive, send: Send) -> None:
        """Have the main process answer a request. Raises `WorkerGone`."""
        if self._channel is None:
            raise WorkerGone
        await self._channel.ask(scope, body, receive, send)

    def tell_gone(self, name: str) -> None:
        """Tell the main process that a world is no more."""
        if self._channel is not None:
            self._channel.tell({"gone": name})

    async def _follow(self, app: ASGIApp) -> None:
        self._end.sendall(READY)
        self._channel = await open_channel(self._end, app=app)
        await self._channel.run()
        # The main process has ended, or does not want this one any more: it ends as it does when told to.
        signal.raise_signal(signal.SIGTERM)


def _serve_worlds(settings: SandboxSettings, listening: socket, link: Link, *, api_token: str) -> None:
    """As a worker of a fleet, with no world until one is placed here."""
    api = api_of(settings)
    # The scenario is known, and played, before the first world is asked for.
    api.worlds.pristine(plan_of(settings, api))
    base_url = origin_of(settings, listening)
    names = names_of(settings, base_url)
    sandbox = create_empty_sandbox(
        api,
        base_url=base_url,
        names=names,
        api_token=api_token,
        access=access_of(settings),
        neighbours=folder_of_user(settings.environment),
    )
    holder = Holder(sandbox.app, worlds=api.worlds, episodes=sandbox.episodes, has_gone=link.tell_gone)
    sandbox.mcp.housekeeping.chores.append(holder.sweep)
    member = Member(sandbox.app, holder=holder, main=link.ask)
    front = Front(api, lambda: behind_proxies(member), knows_host=names.are_called)
    sandbox.metrics.fronts.append(front)
    serve_settled(opened(front, settings), listening, settings, {}, api=api, announce=_beginning(link, holder))


def _serve_sandbox(settings: SandboxSettings, listening: socket, link: Link) -> None:
    """As one of several sandboxes with one store, the tool servers' state in it, on the port of all."""
    sandbox = sandbox_of(settings, origin_of(settings, listening), access=access_of(settings))
    front = sandbox_front(sandbox, settings, sandbox.app)
    serve_settled(of_all(front, link.ask), listening, settings, {}, api=sandbox.api, announce=_beginning(link, front))


def _serve_simulator(settings: SandboxSettings, listening: socket, link: Link) -> None:
    """As one of several simulators with one store, on the port of all."""
    api = api_of(settings)
    _, key = api.opening(plan_of(settings, api))
    front = simulator_front(api, settings, origin_of(settings, listening), key)
    announce = _beginning(link, front)
    serve_settled(of_all(front, link.ask), listening, settings, {}, api=api, announce=announce, has_lifespan=False)


def _beginning(link: Link, app: ASGIApp) -> Announce:
    def begin(_: Mapping[str, Any]) -> None:
        gc.freeze()
        gc.enable()
        link.begin(app)

    return begin


def _first_line(end: socket) -> bytes:
    """What the main process sends first; nothing follows before it is told that this one is ready."""
    line = b""
    while not line.endswith(b"\n") and (more := end.recv(65_536)):
        line += more
    return line
