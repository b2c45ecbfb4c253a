"""Faults as a test arms them: `faults.arm(operation="CreateCustomer", status=503, times=2)`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypedDict, Unpack

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
    `connection_reset`, `lost_answer` (True), `cut_body` (bytes that arrive), `content_type`, `crash` (a point), or
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
    crash: CrashPoint
    fault: Fault


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
    "crash": lambda value: Crash(at=value),
    "fault": lambda value: value,
}


class FaultControl:
    """What is to go wrong in the test's world."""

    def __init__(self, world: World) -> None:
        self._world = world

    def arm(self, *, times: int = 1, **options: Unpack[FaultOptions]) -> str:
        """Have a fault meet exactly the next `times` matching calls; gives its id.

        Raises `TypeError` for options it does not know or not exactly one fault, `ValueError` for an operation that
        does not exist.
        """
        which = {name: value for name, value in options.items() if name in _WHICH}
        what = {name: value for name, value in options.items() if name not in _WHICH}
        return self._world.faults.arm(FaultMatch(**which), _fault(what), times=times)  # type: ignore[arg-type]

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


def _fault(what: dict[str, Any]) -> Fault:
    unknown = sorted(what.keys() - _FAULTS.keys())
    if unknown or len(what) != 1:
        known = f"which calls: {', '.join(sorted(_WHICH))}; one of {', '.join(_FAULTS)}"
        wrong = f"does not know {', '.join(unknown)}" if unknown else f"takes one fault, not {len(what)}"
        raise TypeError(f"faults.arm {wrong} ({known})")
    (name, value), *_ = what.items()
    return _FAULTS[name](value)


def _duration(given: float | str | timedelta) -> timedelta:
    if isinstance(given, timedelta):
        return given
    return parse_duration(given) if isinstance(given, str) else timedelta(seconds=given)
