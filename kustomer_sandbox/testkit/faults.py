"""Faults as a test arms them: `faults.arm(operation="CreateCustomer", status=503, times=2)`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import fields
from datetime import timedelta
from typing import Any, TypedDict, Unpack

from kustomer_sandbox.contracts.vocabulary.complaints import nearest
from kustomer_sandbox.simulator.values.durations import parse_duration
from kustomer_sandbox.simulator.world.faults import (
    Armed,
    ConnectionReset,
    ContentType,
    Crash,
    CrashPoint,
    CutBody,
    Fault,
    FaultMatch,
    Latency,
    LostAnswer,
    RateLimited,
    Status,
    Timeout,
)
from kustomer_sandbox.simulator.world.waiting.calls import T, Waiting
from kustomer_sandbox.simulator.world.world import World


class CallsMeant(TypedDict, total=False):
    """Which calls are meant, as in `FaultMatch`: all that is given must hold; nothing given means every call."""

    operation: str
    method: str
    path: str
    customer: str
    tool: str


class FaultOptions(CallsMeant, total=False):
    """Which calls a fault waits for, and exactly one option for what it does to them.

    What: `status` (a 4xx or 5xx), `rate_limited` (seconds until budget comes back), `latency` (seconds, an ISO 8601
    duration or a `timedelta`, on the world's clock), `delay` (the same in real time), `timeout`, `applied_timeout`,
    `connection_reset`, `lost_answer` (True), `cut_body` (bytes that arrive), `content_type`, `page` (True: HTML with
    status 200 in place of the call), `crash` (a point), or
    `fault`: one built from `kustomer_sandbox.simulator.world.faults`.
    """

    status: int
    rate_limited: float
    latency: float | str | timedelta
    delay: float | str | timedelta
    timeout: bool
    applied_timeout: bool
    connection_reset: bool
    lost_answer: bool
    cut_body: int
    content_type: str
    page: bool
    crash: CrashPoint
    fault: Fault


_WHICH = CallsMeant.__optional_keys__
_FAULTS: dict[str, Callable[[Any], Fault]] = {
    "status": lambda value: Status(status=value),
    "rate_limited": lambda value: RateLimited(reset=value),
    "latency": lambda value: Latency(duration=_duration(value)),
    "delay": lambda value: Latency(duration=_duration(value), clock="real"),
    "timeout": lambda _: Timeout(),
    "applied_timeout": lambda _: Timeout(applied=True),
    "connection_reset": lambda _: ConnectionReset(),
    "lost_answer": lambda _: LostAnswer(),
    "cut_body": lambda value: CutBody(after=value),
    "content_type": lambda value: ContentType(content_type=value),
    "page": lambda _: ContentType(applied=False),
    "crash": lambda value: Crash(at=value),
    "fault": lambda value: value,
}


class MustCome:
    """Which of the things that a test has wait for calls must come: it fails if one never has by its end."""

    def __init__(self, head: str, way_out: str) -> None:
        self._head, self._way_out = head, way_out
        self._times: dict[str, int] = {}

    def add(self, id: str, times: int, *, optional: bool) -> str:
        """Take note of one that was just told, unless it may wait for ever; gives its id."""
        self.forget(id)  # an earlier one, that a restored snapshot has taken back
        if not optional:
            self._times[id] = times
        return id

    def forget(self, id: str) -> None:
        """One need not come any more."""
        self._times.pop(id, None)

    def __contains__(self, id: str) -> bool:
        return id in self._times

    def complaint(self, waiting: Sequence[Waiting[T]], told: Callable[[Waiting[T]], str], *further: str) -> str:
        """What to say of those that never have come, and of what else is wrong; nothing if there is nothing to say."""
        lines = [*(told(one) for one in waiting if self._times.get(one.id) == one.left), *further]
        return "\n".join([self._head, *(f"  {line}" for line in lines), self._way_out]) if lines else ""


class FaultControl:
    """What is to go wrong in the test's world."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._must_fire = MustCome(
            "armed faults have never fired:", "disarm it, or arm it with optional=True, if that is as it should be"
        )

    def arm(self, *, nth: int = 1, times: int = 1, optional: bool = False, **options: Unpack[FaultOptions]) -> str:
        """Have a fault meet exactly `times` matching calls, the next ones or from the `nth` on; gives its id.

        One that never fires, and has not been disarmed, fails the test at its end, unless it is `optional`. Raises
        `TypeError` for options it does not know or not exactly one fault, `ValueError` for an operation, tool or
        method that does not exist; each names the nearest there is.
        """
        which = {name: value for name, value in options.items() if name in _WHICH}
        what = {name: value for name, value in options.items() if name not in _WHICH}
        fault = _fault(what)
        id = self._world.faults.arm(FaultMatch(**which), fault, nth=nth, times=times)  # type: ignore[arg-type]
        return self._must_fire.add(id, times, optional=optional)

    def never_fired(self) -> str:
        """What to say of the faults that were to fire and never have; nothing if there are none."""
        return self._must_fire.complaint(self.armed, described)

    def disarm(self, id: str) -> bool:
        """Forget an armed fault; whether it was still armed."""
        return self._world.faults.disarm(id)

    def clear(self) -> None:
        """Forget all armed faults."""
        self._world.faults.clear()

    @property
    def armed(self) -> list[Armed]:
        """The faults that still wait for calls: empty once every one has fired as often as it was to."""
        return self._world.faults.armed()


def described(armed: Armed) -> str:
    """An armed fault in words."""
    return f"{_without_defaults(armed.what)} for {armed.awaited}"


def _without_defaults(value: Fault) -> str:
    """The fault with what is not as by default."""
    given = [
        (field.name, getattr(value, field.name))
        for field in fields(value)
        if getattr(value, field.name) != field.default
    ]
    return f"{type(value).__name__}({', '.join(f'{name}={content!r}' for name, content in given)})"


def _fault(what: dict[str, Any]) -> Fault:
    unknown = sorted(what.keys() - _FAULTS.keys())
    if unknown or len(what) != 1:
        known = f"which calls: {', '.join(sorted(_WHICH))}; one of {', '.join(_FAULTS)}"
        names = [f"{name}{nearest(name, [*_WHICH, *_FAULTS, 'nth', 'times', 'optional'])}" for name in unknown]
        wrong = f"does not know {', '.join(names)}" if unknown else f"takes one fault, not {len(what)}"
        raise TypeError(f"faults.arm {wrong} ({known})")
    (name, value), *_ = what.items()
    return _FAULTS[name](value)


def _duration(given: float | str | timedelta) -> timedelta:
    if isinstance(given, timedelta):
        return given
    return parse_duration(given) if isinstance(given, str) else timedelta(seconds=given)
