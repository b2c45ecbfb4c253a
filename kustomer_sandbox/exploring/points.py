"""What goes wrong, and where: a fault of this name at the call, or at the delivery, of this number."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import NamedTuple

from kustomer_sandbox.contracts.vocabulary.complaints import nearest
from kustomer_sandbox.simulator.world import faults as kinds

CRASHES = ("crash_before", "crash_after")
OUTAGE = "outage"
"""This call and all like it from now on are refused: a client has to give up at some time."""
REJECTED = "refused_400"
FOR_GOOD = (OUTAGE, REJECTED)
"""What no client can have its way against."""

FAULTS: Mapping[str, kinds.Fault] = {
    "refused_429": kinds.RateLimited(reset=60),
    "refused_503": kinds.Status(status=503),
    REJECTED: kinds.Status(status=400),
    OUTAGE: kinds.Status(status=503),
    "lost_answer": kinds.LostAnswer(),
    "timeout": kinds.Timeout(),
    "slow": kinds.Latency(duration=timedelta(hours=1), clock="real"),
    "cut_body": kinds.CutBody(after=20),
    "page": kinds.ContentType(applied=False),
    "reset": kinds.ConnectionReset(),
    "crash_before": kinds.Crash(at="before_rule"),
    "crash_after": kinds.Crash(),
}
"""Each fault as it is armed; crashes are not, for they are the client's: before it has sent the call, or after that."""

FOR_PROGRAMS = {**FAULTS, "refused_429": kinds.RateLimited(reset=3), "slow": kinds.Timeout(applied=True)}
"""The same for programs, which wait in real time, and give up after a time that nobody else knows."""


class Point(NamedTuple):
    """One run of the job: `fault` meets its call or delivery `number`, counted from 1. Number 0: nothing goes wrong."""

    number: int = 0
    fault: str = ""


def point_of(text: str) -> Point:
    """The point that `3:timeout` means. Raises `ValueError`."""
    number, _, fault = text.partition(":")
    if not number.isdecimal():
        raise ValueError(f"{text!r} is no point; one is a call and a fault, such as 3:timeout")
    return Point(int(number), fault)


def known_faults(names: Sequence[str], known: Collection[str]) -> Sequence[str]:
    """The names, or all that there are. Raises `ValueError` for one that is not, and names the nearest there is."""
    for name in names:
        if name not in known:
            raise ValueError(f"explore knows no fault {name!r}{nearest(name, list(known))}; it has {', '.join(known)}")
    return names or list(known)
