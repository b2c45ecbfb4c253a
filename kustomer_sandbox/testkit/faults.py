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
from kustomer_sandbox.simulator.world.world import World


class FaultOptions(TypedDict, total=False):
    """Which calls a fault waits for, and exactly one option for what it does to them.

    Which: `operation`, `method`, `path`, `customer`, `tool`, as in `FaultMatch`; with none
    of them, every call.
    What: `status` (a 4xx or 5xx), `rate_limited` (seconds until budget comes back), `latency` (seconds, an ISO 8601
    duration or a `timedelta`, on the world's clock), `delay` (the same in real time), `timeout`, `applied_timeout`,
    `connection_reset`, `lost_answer` (True), `cut_body` (bytes that arrive), `content_type`, `page` (True: HTML with
    status 200 in place of the call), `crash` (a point), or
    `fault`: one built from `kustomer_sandbox.simulator.world.faults`.
    """

    operation: str
    method: str
    path: str
    customer: str
    tool: str
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


_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")
_WHICH = frozenset({"operation", "method", "path", "customer", "tool"})
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


class FaultControl:
    """What is to go wrong in the test's world."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._must_fire: dict[str, int] = {}

    def arm(self, *, times: int = 1, optional: bool = False, **options: Unpack[FaultOptions]) -> str:
        """Have a fault meet exactly the next `times` matching calls; gives its id.

        One that never fires, and has not been disarmed, fails the test at its end, unless it is `optional`. Raises
        `TypeError` for options it does not know or not exactly one fault, `ValueError` for an operation, tool or
        method that does not exist; each names the nearest there is.
        """
        which = {name: value for name, value in options.items() if name in _WHICH}
        what = {name: value for name, value in options.items() if name not in _WHICH}
        fault = _fault(what)
        self._check_known("tool", which.get("tool"), list(self._world.contracts.tools))
        self._check_known("method", which.get("method"), _METHODS)
        id = self._world.faults.arm(FaultMatch(**which), fault, times=times)  # type: ignore[arg-type]
        if not optional:
            self._must_fire[id] = times
        return id

    def never_fired(self) -> str:
        """What to say of the faults that were to fire and never have; nothing if there are none."""
        waiting = [armed for armed in self.armed if self._must_fire.get(armed.id) == armed.left]
        lines = [f"  {described(armed)}" for armed in waiting]
        hint = "disarm it, or arm it with optional=True, if that is as it should be"
        return "\n".join(["armed faults have never fired:", *lines, hint]) if waiting else ""

    @staticmethod
    def _check_known(what: str, given: object, known: Sequence[str]) -> None:
        if given is not None and str(given) not in known and str(given).upper() not in known:
            raise ValueError(f"There is no {what} {given!r}{nearest(str(given), known)}.")

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
    match = _without_defaults(armed.match) if armed.match != FaultMatch() else "all calls"
    return f"{_without_defaults(armed.fault)} for {armed.left} more of {match}"


def _without_defaults(value: FaultMatch | Fault) -> str:
    """The value with what is not as by default."""
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
        names = [f"{name}{nearest(name, [*_WHICH, *_FAULTS, 'times', 'optional'])}" for name in unknown]
        wrong = f"does not know {', '.join(names)}" if unknown else f"takes one fault, not {len(what)}"
        raise TypeError(f"faults.arm {wrong} ({known})")
    (name, value), *_ = what.items()
    return _FAULTS[name](value)


def _duration(given: float | str | timedelta) -> timedelta:
    if isinstance(given, timedelta):
        return given
    return parse_duration(given) if isinstance(given, str) else timedelta(seconds=given)
