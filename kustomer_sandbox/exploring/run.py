"""One run of a job: its calls, counted and spoilt where the run's point is, and what came of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from kustomer_sandbox.contracts.call_headers import TOOL_HEADER
from kustomer_sandbox.exploring.effects import Effects
from kustomer_sandbox.exploring.points import CRASHES, FAULTS, FOR_PROGRAMS, OUTAGE, Point
from kustomer_sandbox.simulator.request.responses import NO_ANSWER
from kustomer_sandbox.simulator.values.http import Reply, Request
from kustomer_sandbox.simulator.world.faults import FaultMatch
from kustomer_sandbox.simulator.world.journal import JournalEntry
from kustomer_sandbox.simulator.world.world import World
from kustomer_sandbox.testkit.clock import ClockControl
from kustomer_sandbox.testkit.shared import SharedApi
from kustomer_sandbox.testkit.webhooks import WebhookControl

_EVER = 1_000_000
_RESET_HEADER = "x-ratelimit-reset"
_TOO_MANY = 429

Asked = tuple[str, str, str, bytes]
"""What makes two calls the same: method, path, query and body."""


class Died(BaseException):
    """The client is no more. No `Exception`, since no code of a process that was killed goes on."""


class Stuck(Exception):
    """A program was still running when its time was over."""


class JobCall(NamedTuple):
    """One call: its number in the journal, the reply's status, when it was made, and when budget is back (0: now)."""

    seq: int
    asked: Asked
    status: int
    at: float
    back_at: float
    is_by_tool: bool


@dataclass(slots=True)
class JobRun:
    """One run of a job in a world of its own. `usual` says how often a clean run makes each call.

    `deliveries` are the events brought to a receiver of webhooks, `refused` those that it never took, and `forged` its
    answers to forged ones that it took. `overdone` is the call that was made more than `most` times too often; the
    client is stopped then. `kill` ends a client that is another process; one in this process is ended by `Died`.

    In the end `answer` is what the job returned, in short, `fault` what it raised, `windows` are the customers whose
    unmasking windows it left open, `leaks` says where sensitive values were found, `entries` are the journal's.
    """

    world: World
    point: Point
    usual: Mapping[Asked, int]
    most: int
    kill: Callable[[], None] | None = None
    calls: list[JobCall] = field(default_factory=list)
    deliveries: list[str] = field(default_factory=list)
    forged: list[int] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    overdone: Asked | None = None
    is_dead: bool = False
    lives: int = 1
    answer: str = ""
    fault: BaseException | None = None
    windows: tuple[str, ...] = ()
    leaks: tuple[str, ...] = ()
    entries: Mapping[int, JournalEntry] = field(default_factory=dict)
    effects: Effects = field(default_factory=Counter)
    _made: Counter[Asked] = field(default_factory=Counter)

    @property
    def is_done(self) -> bool:
        """Whether the job returned as if all were well."""
        return self.fault is None and not self.is_dead

    def operation(self, call: JobCall) -> str:
        """What a call asked for: `CreateCustomer`, or its method where the API has no such operation."""
        return self.entries[call.seq].operation or call.asked[0]

    def inserts(self, call: JobCall) -> bool:
        """Whether a call made records."""
        return any(change.kind == "insert" for change in self.entries[call.seq].changes)

    def call(self, request: Request, answer: Callable[[Request], Reply]) -> Reply:
        """The answer to a call, unless the client dies of it. Raises `Died`."""
        is_by_tool = TOOL_HEADER in request.headers
        is_hit = self.lives == 1 and len(self.calls) + 1 == self.point.number and self.point.fault in FAULTS
        if (self.is_dead and not is_by_tool) or (is_hit and self.point.fault == "crash_before"):
            return self._end()
        if is_hit:
            self._spoil(request)
        total = self.world.journal.total
        reply = answer(request)
        if self.world.journal.total == total:  # a call of nobody's, such as one without a key
            return reply
        asked = (request.method, request.path, request.query, request.body)
        back_at = float(dict(reply.headers).get(_RESET_HEADER, 0)) if reply.status == _TOO_MANY else 0
        now = self.world.clock.now().timestamp()
        self.calls.append(JobCall(self.world.journal.total, asked, reply.status, now, back_at, is_by_tool))
        self._made[asked] += 1
        if self._made[asked] > self.usual.get(asked, 0) * self.lives + self.most:
            self.overdone = asked
        if (is_hit and self.point.fault == "crash_after") or (self.overdone and not is_by_tool):
            return self._end()
        return reply

    def _spoil(self, request: Request) -> None:
        name = self.point.fault
        fault = FOR_PROGRAMS.get(name, FAULTS[name]) if self.kill else FAULTS[name]
        if name == OUTAGE:
            self.world.faults.arm(FaultMatch(method=request.method, path=request.path), fault, times=_EVER)
        elif name not in CRASHES:
            self.world.faults.arm(FaultMatch(), fault)

    def _end(self) -> Reply:
        self.is_dead = True
        if self.kill is None:
            raise Died
        self.kill()
        return NO_ANSWER


class KustomerLike(Protocol):
    """A `Kustomer`: the one that is explored, and those on its forks that jobs are given."""

    world: World
    api: SharedApi
    api_key: str
    clock: ClockControl
    webhooks: WebhookControl

    def on_fork(self, api: SharedApi, world: World) -> KustomerLike: ...

    def close(self) -> None: ...
