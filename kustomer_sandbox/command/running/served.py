"""Serving with all that goes with it: the log of calls, webhooks, the note for `status`, what a store keeps."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from kustomer_sandbox import __version__
from kustomer_sandbox.command.asked_world import SandboxSettings, reach_of
from kustomer_sandbox.command.keeping import begin_keeping, end_keeping, tick_kept
from kustomer_sandbox.command.request_log import LogForm, RequestLog
from kustomer_sandbox.command.running import found as running
from kustomer_sandbox.command.running.found import Running
from kustomer_sandbox.command.running.reaching import ANY
from kustomer_sandbox.serving import serve
from kustomer_sandbox.simulator.api import Api
from kustomer_sandbox.web.webhook_sending import WebhookSender

if TYPE_CHECKING:
    from starlette.types import ASGIApp

Announce = Callable[[Mapping[str, str]], None]


def serve_settled(
    front: ASGIApp,
    bound: socket.socket,
    settings: SandboxSettings,
    facts: Mapping[str, str],
    *,
    api: Api,
    announce: Announce,
    has_lifespan: bool = True,
) -> None:
    """Serve until told to stop, showing calls; with `facts`, `status` and `env` of the same user find it meanwhile."""
    log = _request_log(settings, api, main_world=facts.get("world", ""))
    sender = WebhookSender(api.worlds, reach_of(settings))
    sender.attach()
    begin_keeping(api, sender.under_way)
    address, port = bound.getsockname()[:2]
    here = "127.0.0.1" if address in ANY else address
    me = Running(host=here, port=port, pid=os.getpid(), version=__version__, facts=facts)
    notes = []

    def tell() -> None:
        # The note first: whoever reads what is announced may ask for the others at once.
        notes.append(running.announce(me, settings.environment) if settings.environment and facts else None)
        announce(facts)

    def tick() -> None:
        tick_kept(api, sender.tick)
        if log:
            log.show()

    try:
        serve(front, bound, on_ready=tell, on_tick=tick, has_lifespan=has_lifespan)
    finally:
        if log:
            log.show()
        for note in filter(None, notes):
            running.withdraw(note, me.pid)
        end_keeping(api)


def _request_log(settings: SandboxSettings, api: Api, *, main_world: str) -> RequestLog | None:
    if not settings.log or settings.log_stream is None:
        return None
    form: LogForm = "json" if settings.log == "json" else "text"
    log = RequestLog(api.worlds, settings.log_stream, form, main_world)
    if api.worlds.keeping is not None:
        log.skip()
    return log
