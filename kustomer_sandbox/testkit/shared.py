"""One simulator for a whole test run, callable from several threads, which records what it answers."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from kustomer_sandbox.contracts.call_headers import TOOL_HEADER
from kustomer_sandbox.simulator.api import Api, create_api
from kustomer_sandbox.simulator.hosting.worlds import Worlds
from kustomer_sandbox.simulator.records.unit_of_work import WINDOW
from kustomer_sandbox.simulator.request.file_door import is_file
from kustomer_sandbox.simulator.values.http import Reply, Request
from kustomer_sandbox.simulator.world.views import windows
from kustomer_sandbox.simulator.world.world import World
from kustomer_sandbox.testkit.pii.sensitive import Baselines

UNAUTHORIZED = 401
TOO_MANY = 429
_RESET_HEADER = "x-ratelimit-reset"
MAX_RESPONSES = 1_000
"""How many answers of the present test are recorded; older ones are forgotten."""


Asked = tuple[str, str, str, bytes]
"""What makes two calls the same: method, path, query and body."""


class RecordedResponse(NamedTuple):
    """An answer, and what was asked: its number in the journal, the `Authorization` sent, whether a window was open.

    `at` is the world's instant, in seconds of the epoch, as is `back_at`, when a 429 says that there is budget again
    (0: at once). `is_by_tool` says whether the call was made for an MCP tool.
    """

    seq: int
    asked: Asked
    authorization: str
    status: int
    body: bytes
    is_window_open: bool
    at: float
    back_at: float
    is_by_tool: bool

    def __repr__(self) -> str:
        """Without the key and what was sent, which a traceback would show."""
        return f"<RecordedResponse #{self.seq} {self.status}>"


@dataclass(slots=True)
class ResponseLog:
    """The answers of each world that is watched, with what was asked, for `no_pii_leaks` and `no_careless_retries`.

    A world and its episodes share a simulator. Whose an answer is says the key, which names its world; one that came
    without a known key counts for all.
    """

    strangers: int = 0
    """Calls since that came without a key of any world."""

    _watched: dict[str, tuple[World, deque[RecordedResponse]]] = field(default_factory=dict)

    def watch(self, world: World) -> None:
        """Record this world's answers from now on; those recorded before are forgotten."""
        self.strangers = 0
        self._watched[world.name] = world, deque(maxlen=MAX_RESPONSES)

    def leave(self, world: World) -> None:
        """Record this world's answers no more, and forget them."""
        self._watched.pop(world.name, None)

    def responses_of(self, world: World) -> Sequence[RecordedResponse]:
        """What was recorded of a world."""
        return self._watched[world.name][1]

    def record(self, request: Request, reply: Reply) -> None:
        """Keep an answer of the API."""
        self.strangers += reply.status == UNAUTHORIZED
        if not self._watched or is_file(request.path):
            return
        key = request.headers.get("authorization", "")
        for world, responses in self._those(key):
            responses.append(_recorded(world, request, reply, key))

    def _those(self, key: str) -> Iterable[tuple[World, deque[RecordedResponse]]]:
        if len(self._watched) == 1:
            return self._watched.values()
        named = self._watched.get(key.removeprefix("Bearer sandbox_").rpartition("_")[0])
        return self._watched.values() if named is None else (named,)


@dataclass(frozen=True, kw_only=True, slots=True, repr=False)
class SharedApi(Api):
    """A simulator behind a lock: the test, a server's thread and the tools' thread may all call it.

    `through`, if given, has every request with what answers it, and gives the reply.
    """

    lock: threading.Lock = field(default_factory=threading.Lock)
    response_log: ResponseLog = field(default_factory=ResponseLog)
    baselines: Baselines = field(default_factory=dict)
    through: Callable[[Request, Callable[[Request], Reply]], Reply] | None = None

    def handle(self, request: Request) -> Reply:
        """Answer one request; one at a time, whoever asks."""
        return self._answered(request) if self.through is None else self.through(request, self._answered)

    def _answered(self, request: Request) -> Reply:
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


def _recorded(world: World, request: Request, reply: Reply, key: str) -> RecordedResponse:
    return RecordedResponse(
        seq=world.journal.last_call,
        asked=(request.method, request.path, request.query, request.body),
        authorization=key,
        status=reply.status,
        body=reply.body,
        is_window_open=is_window_open(world),
        at=world.clock.now().timestamp(),
        back_at=float(dict(reply.headers).get(_RESET_HEADER, 0)) if reply.status == TOO_MANY else 0,
        is_by_tool=TOOL_HEADER in request.headers,
    )


def is_window_open(world: World) -> bool:
    """Whether any customer's values are shown in clear now."""
    return bool(world.store.count(WINDOW)) and bool(windows(world))
