"""What goes wrong, and where: a fault of this name at the call of this number."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from kustomer_sandbox.contracts.vocabulary.complaints import nearest
from kustomer_sandbox.testkit.faults import FaultOptions

CRASHES = ("crash_before", "crash_after")
OUTAGE = "outage"
"""This call and all like it from now on are refused: a client has to give up at some time."""
REJECTED = "refused_400"
FOR_GOOD = (OUTAGE, REJECTED)
"""What no client can have its way against."""

FAULTS: Mapping[str, FaultOptions] = {
    "refused_429": {"rate_limited": 60},
    "refused_503": {"status": 503},
    REJECTED: {"status": 400},
    OUTAGE: {"status": 503},
    "lost_answer": {"lost_answer": True},
    "timeout": {"timeout": True},
    "slow": {"delay": 3600},
    "cut_body": {"cut_body": 20},
    "page": {"page": True},
    "reset": {"connection_reset": True},
    "crash_before": {},
    "crash_after": {},
}
"""Each fault as it is armed. Crashes are the client's: before it has sent the call, or before it hears the answer."""


class Point(NamedTuple):
    """One run of the job: `fault` meets its call `number`, counted from 1. Number 0: nothing goes wrong."""

    number: int = 0
    fault: str = ""


def points(calls: Sequence[bool], faults: Sequence[str]) -> Iterator[Point]:
    """Every fault at every call. Of each call it is said whether a tool makes it: tools do not die with the client."""
    for number, is_by_tool in enumerate(calls, 1):
        yield from (Point(number, fault) for fault in faults if not (is_by_tool and fault in CRASHES))


def known_faults(names: Sequence[str]) -> Sequence[str]:
    """The names, if there are faults of these names. Raises `ValueError`, and names the nearest there is."""
    for name in names:
        if name not in FAULTS:
            raise ValueError(
                f"explore knows no fault {name!r}{nearest(name, list(FAULTS))}; it has {', '.join(FAULTS)}"
            )
    return names
