"""One run of a job in a fork of its own: its calls, spoilt where the run's point is, and what came of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from kustomer_sandbox.contracts.call_headers import TOOL_HEADER
from kustomer_sandbox.exploring.points import CRASHES, FAULTS, FOR_PROGRAMS, OUTAGE, Point
from kustomer_sandbox.simulator.request.responses import NO_ANSWER
from kustomer_sandbox.simulator.values.http import Reply, Request
from kustomer_sandbox.simulator.world.faults import FaultMatch
from kustomer_sandbox.simulator.world.journal import JournalEntry
from kustomer_sandbox.simulator.world.world import World
from kustomer_sandbox.testkit.asserting.effects import Effects
from kustomer_sandbox.testkit.asserting.retries import named
from kustomer_sandbox.testkit.clock import ClockControl
from kustomer_sandbox.testkit.seeding import Acts, WhenControl
from kustomer_sandbox.testkit.shared import Asked, RecordedResponse, SharedApi
from kustomer_sandbox.testkit.webhooks.control import WebhookControl

_EVER = 1_000_000


class Died(BaseException):
    """The client is no more. No `Exception`, since no code of a process that was killed goes on."""


class Stuck(Exception):
    """A program was still running when its time was over."""


class KustomerLike(Protocol):
    """A `Kustomer`: the one that is explored, and those on its forks that jobs are given."""

    world: World
    api: SharedApi
    api_key: str
    clock: ClockControl
    webhooks: WebhookControl
    when: WhenControl

    def on_fork(self, api: SharedApi, world: World) -> KustomerLike: ...

    def close(self) -> None: ...


@dataclass(slots=True, repr=False)
class JobRun:
    """One run. `usual` says how often a clean run makes each call, `kill` ends a client that is another process.

    `acts` happen in the world before the call of the point, tied to it as `tied`, if it is the world that varies.
    `overdone` is the call that was made more than `most` times too often; the client is stopped then, by `Died` if it
    is in this process. `events` are those of the deliveries brought to a receiver of webhooks, `refused` those that it
    never took, `forged` its answers to forged ones that it took.

    In the end (`is_over`) `answer` is what the job returned, in short, `fault` what it raised, `broken` what does not
    hold that should, `windows` are the customers whose unmasking windows it left open, `leaks` says where sensitive
    values were found, `entries` are the journal's.
    """

    kustomer: KustomerLike
    point: Point
    usual: Mapping[Asked, int]
    most: int
    kill: Callable[[], None] | None = None
    acts: Acts | None = None
    calls: list[RecordedResponse] = field(default_factory=list)
    events: Sequence[str] = ()
    forged: Sequence[int] = ()
    refused: Sequence[str] = ()
    overdone: Asked | None = None
    is_dead: bool = False
    lives: int = 1
    is_over: bool = False
    tied: str = ""
    answer: str = ""
    fault: BaseException | None = None
    broken: str = ""
    windows: tuple[str, ...] = ()
    leaks: tuple[str, ...] = ()
    entries: Mapping[int, JournalEntry] = field(default_factory=dict)
    effects: Effects = field(default_factory=Counter)
    _made: Counter[Asked] = field(default_factory=Counter)

    @property
    def is_done(self) -> bool:
        """Whether the job returned as if all were well."""
        return self.fault is None and not self.is_dead

    def journalled(self) -> list[tuple[RecordedResponse, JournalEntry]]:
        """The calls with their entries in the journal."""
        return [(call, self.entries[call.seq]) for call in self.calls]

    def operation(self, number: int) -> str:
        """What the call of a number, counted from 1, asked for."""
        return named(self.entries[self.calls[number - 1].seq])

    def call(self, request: Request, answer: Callable[[Request], Reply]) -> Reply:
        """The answer to a call, unless the client dies of it. Raises `Died`."""
        world, is_by_tool = self.kustomer.world, TOOL_HEADER in request.headers
        if self.is_over:
            return answer(request)
        is_hit = self.lives == 1 and len(self.calls) + 1 == self.point.number and self._is_of_calls
        if (self.is_dead and not is_by_tool) or (is_hit and self.point.fault == "crash_before"):
            return self._end()
        if is_hit:
            self._spoil(request)
        total = world.journal.total
        reply = answer(request)
        if world.journal.total == total:  # a call of nobody's, such as one without a key
            return reply
        self.calls.append(self.kustomer.api.response_log.responses_of(world)[-1])
        asked = self.calls[-1].asked
        self._made[asked] += 1
        if self._made[asked] > self.usual.get(asked, 0) * self.lives + self.most:
            self.overdone = asked
        if (is_hit and self.point.fault == "crash_after") or (self.overdone and not is_by_tool):
            return self._end()
        return reply

    @property
    def _is_of_calls(self) -> bool:
        return self.point.fault in FAULTS or self.acts is not None

    def _spoil(self, request: Request) -> None:
        if self.acts is not None:
            self.tied = self.kustomer.when(do=self.acts, before=1, optional=True)
            return
        name, armed = self.point.fault, self.kustomer.world.faults
        fault = (FOR_PROGRAMS if self.kill else FAULTS)[name]
        if name == OUTAGE:
            armed.arm(FaultMatch(method=request.method, path=request.path), fault, times=_EVER)
        elif name not in CRASHES:
            armed.arm(FaultMatch(), fault)

    def _end(self) -> Reply:
        self.is_dead = True
        if self.kill is None:
            raise Died
        self.kill()
        return NO_ANSWER
