"""One simulator for a whole test run, callable from several threads, with an ear for what it answers."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass, field
from typing import NamedTuple

from kustomer_sandbox.simulator.api import Api, create_api
from kustomer_sandbox.simulator.records.unit_of_work import WINDOW
from kustomer_sandbox.simulator.values.http import Reply, Request
from kustomer_sandbox.simulator.world.world import World
from kustomer_sandbox.testkit.sensitive import Beginnings

KEPT = 1_000
"""Answers kept of the present test; older ones are forgotten."""


class Heard(NamedTuple):
    """An answer with a body: its number in the journal, whose key asked, and whether a window was open then."""

    seq: int
    authorization: str
    body: bytes
    is_window_open: bool


@dataclass(slots=True)
class ResponseLog:
    """Keeps the answers of one world at a time; a leak is looked for when the test asks."""

    world: World | None = None
    heard: deque[Heard] = field(default_factory=lambda: deque(maxlen=KEPT))

    def attend(self, world: World | None) -> None:
        """Listen to this world from now on; what was heard before is forgotten."""
        self.world = world
        self.heard.clear()

    def hear(self, request: Request, reply: Reply) -> None:
        """Keep an answer, if there is one."""
        world = self.world
        if world is not None and reply.body:
            key = request.headers.get("authorization", "")
            self.heard.append(Heard(world.journal.total, key, reply.body, is_window_open(world)))


@dataclass(frozen=True, kw_only=True, slots=True, repr=False)
class SharedApi(Api):
    """A simulator behind a lock: the test, a server's thread and the tools' thread may all call it."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    response_log: ResponseLog = field(default_factory=ResponseLog)
    beginnings: Beginnings = field(default_factory=dict)

    def handle(self, request: Request) -> Reply:
        """Answer one request; one at a time, whoever asks."""
        with self.lock:
            reply = self.gate.handle(request)
            self.response_log.hear(request, reply)
            return reply


def create_shared_api() -> SharedApi:
    """A simulator without worlds."""
    return shared(create_api())


def shared(api: Api) -> SharedApi:
    """A simulator with its lock and its ear."""
    return SharedApi(contracts=api.contracts, worlds=api.worlds, gate=api.gate)


def is_window_open(world: World) -> bool:
    """Whether any customer's values are shown in clear now."""
    if not world.store.count(WINDOW):
        return False
    now = world.clock.now()
    return any(world.is_unmasked(row.id, now) for row in world.store.find(WINDOW, "id"))
