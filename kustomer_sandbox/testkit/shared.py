"""One simulator for a whole test run, callable from several threads, which records what it answers."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from kustomer_sandbox.simulator.api import Api, create_api
from kustomer_sandbox.simulator.hosting.worlds import Worlds
from kustomer_sandbox.simulator.records.unit_of_work import WINDOW
from kustomer_sandbox.simulator.request.file_door import is_file
from kustomer_sandbox.simulator.values.http import Reply, Request
from kustomer_sandbox.simulator.world.views import windows
from kustomer_sandbox.simulator.world.world import World
from kustomer_sandbox.testkit.pii.sensitive import Baselines

UNAUTHORIZED = 401
MAX_RESPONSES = 1_000
"""How many answers of the present test are recorded; older ones are forgotten."""


class RecordedResponse(NamedTuple):
    """An answer with a body: its number in the journal, the `Authorization` sent, and whether a window was open."""

    seq: int
    authorization: str
    body: bytes
    is_window_open: bool


@dataclass(slots=True)
class ResponseLog:
    """The answers of one world at a time, in which `no_pii_leaks` looks for sensitive values."""

    world: World | None = None
    strangers: int = 0
    """Calls since that came without a key of any world."""

    responses: deque[RecordedResponse] = field(default_factory=lambda: deque(maxlen=MAX_RESPONSES))

    def watch(self, world: World | None) -> None:
        """Record this world's answers from now on, none with None; those recorded before are forgotten."""
        self.world = world
        self.strangers = 0
        self.responses.clear()

    def record(self, request: Request, reply: Reply) -> None:
        """Keep an answer of the API, unless it has no body."""
        world = self.world
        self.strangers += reply.status == UNAUTHORIZED
        if world is not None and reply.body and not is_file(request.path):
            key = request.headers.get("authorization", "")
            self.responses.append(RecordedResponse(world.journal.total, key, reply.body, is_window_open(world)))


@dataclass(frozen=True, kw_only=True, slots=True, repr=False)
class SharedApi(Api):
    """A simulator behind a lock: the test, a server's thread and the tools' thread may all call it."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    response_log: ResponseLog = field(default_factory=ResponseLog)
    baselines: Baselines = field(default_factory=dict)

    def handle(self, request: Request) -> Reply:
        """Answer one request; one at a time, whoever asks."""
        with self.lock:
            reply = Api.handle(self, request)
            self.response_log.record(request, reply)
            return reply


Prepare = Callable[[Worlds], None]
PREPARING: list[Prepare] = []
"""Who is told of every simulator that is made here, before it has worlds."""


def create_shared_api() -> SharedApi:
    """A simulator without worlds."""
    return shared(create_api())


def shared(api: Api) -> SharedApi:
    """The same simulator with a lock and a response log."""
    for prepare in PREPARING:
        prepare(api.worlds)
    return SharedApi(contracts=api.contracts, worlds=api.worlds, gate=api.gate, files=api.files)


def is_window_open(world: World) -> bool:
    """Whether any customer's values are shown in clear now."""
    return bool(world.store.count(WINDOW)) and bool(windows(world))
