"""Faults: what goes wrong with the next calls of a world, armed for an exact number of matching calls.

Nothing here is left to chance: a fault fires at the first calls that match, or from the nth of them on, as often as it
was armed, and a call meets one fault at most, the one armed first. Faults belong to one world; forks start without any.

Some faults stand in front of the API: the call is not made, nothing changes and no budget is drawn on
(`Status`, `RateLimited`, `ConnectionReset`, `Timeout` unless told otherwise, `ContentType` if told so). The others
spoil the answer of a call that was made.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from threading import Lock
from typing import Literal

from kustomer_sandbox.contracts.model import Contracts
from kustomer_sandbox.simulator.world.waiting.calls import AllWaiting, Facts, FaultMatch, Waiting, refuse_unknown

__all__ = [
    "Armed", "ConnectionReset", "ContentType", "Crash", "CrashPoint", "Crashed", "CutBody", "Fault", "FaultMatch",
    "Faults", "Latency", "LostAnswer", "RateLimited", "Status", "Timeout",
]  # fmt: skip

CrashPoint = Literal["before_rule", "before_commit", "after_rule"]
PAGE = "<html><body><h1>502 Bad Gateway</h1></body></html>"


class Crashed(Exception):
    """The call ended at a crash point. What was not committed is undone."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Status:
    """A refusal of 4xx or 5xx instead of an answer, with a code of its own or, unless given, that of the status."""

    status: int
    code: str = ""
    message: str = "An armed fault answered this call."


@dataclass(frozen=True, kw_only=True, slots=True)
class RateLimited:
    """A 429 that says budget comes back after so many seconds, with the headers of a real one."""

    reset: float = 60


@dataclass(frozen=True, kw_only=True, slots=True)
class Latency:
    """The answer takes its time: on the world's clock, which moves on before the call, or in real time."""

    duration: timedelta
    clock: Literal["world", "real"] = "world"


@dataclass(frozen=True, kw_only=True, slots=True)
class Timeout:
    """The answer never comes; the call is made only if `applied`."""

    applied: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class ConnectionReset:
    """The connection is torn down before the call is made."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CutBody:
    """The call is made; only so many bytes of the answer's body arrive, of more that were promised."""

    after: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class ContentType:
    """Something in between answers in its own words; `status` stays unless given, and is 200 if no call was made."""

    content_type: str = "text/html"
    body: str = PAGE
    status: int | None = None
    applied: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class LostAnswer:
    """The call is made, and the connection ends before its answer is sent."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Crash:
    """The process dies in the middle of the call, and is there again for the next one.

    `before_rule`: nothing was begun. `before_commit`: all was done and is undone. `after_rule`: it is kept.
    """

    at: CrashPoint = "after_rule"


Fault = Status | RateLimited | Latency | Timeout | ConnectionReset | CutBody | ContentType | LostAnswer | Crash


Armed = Waiting[Fault]
UNARMED: AllWaiting[Fault] = AllWaiting("fault")


@dataclass(slots=True)
class Faults:
    """The armed faults of one world, oldest first."""

    contracts: Contracts
    all: AllWaiting[Fault] = UNARMED
    _lock: Lock = field(default_factory=Lock, repr=False)
    """A test arms and disarms in its own thread while a server's calls meet what is armed."""

    def __bool__(self) -> bool:
        return bool(self.all.waiting)

    def arm(self, match: FaultMatch, fault: Fault, *, nth: int = 1, times: int = 1) -> str:
        """Have the fault fire for `times` matching calls, the next ones or from the `nth` on; gives its id.

        `ValueError` if it could never fire: below one call, or for an operation, method or tool that does not exist.
        """
        if min(nth, times) < 1:
            raise ValueError("A fault is armed for at least one call, and not before the first.")
        refuse_unknown(match, self.contracts)
        with self._lock:
            self.all = self.all.add(match, fault, nth=nth, times=times)
            return self.all.waiting[-1].id

    def disarm(self, id: str) -> bool:
        """Forget an armed fault; whether there was one."""
        with self._lock:
            before, self.all = self.all, self.all.without(id)
            return self.all != before

    def clear(self) -> None:
        with self._lock:
            self.all = self.all.cleared()

    def armed(self) -> list[Armed]:
        """Those that still wait for calls."""
        return list(self.all.waiting)

    def take(self, facts: Facts) -> Armed | None:
        """The fault that this call meets, if any: it is then armed for one call less. All others count the call."""
        with self._lock:
            self.all, met = self.all.meet(facts, most=1)
        return met[0] if met else None
