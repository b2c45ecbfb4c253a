"""Every target of the benchmark, by the name of its figure. A figure that is not here is shown and not judged.

They are goals: one that is not met today stands as missed, and none is lowered to be met.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Target:
    """The bound that the median of the rounds is held against, without a margin."""

    sense: Literal["at least", "at most"]
    bound: float

    def __str__(self) -> str:
        return f"{'>=' if self.sense == 'at least' else '<='} {self.bound:g}"

    def is_missed_by(self, value: float) -> bool:
        """Whether a figure is on the wrong side of it."""
        return value < self.bound if self.sense == "at least" else value > self.bound


def _at_least(bound: float) -> Target:
    return Target("at least", bound)


def _at_most(bound: float) -> Target:
    return Target("at most", bound)


TARGETS: dict[str, Target] = {
    "GET one customer / floor": _at_least(1.5),
    "GET different customers / floor": _at_least(2.5),
    "GET different customers / constant bytes": _at_least(0.4),
    "list of 100 customers / floor": _at_least(2.0),
    "POST conversation / floor": _at_least(1.5),
    "POST conversation / constant bytes": _at_least(0.15),
    "GET, SQLite store / memory": _at_least(0.6),
    "POST conversation, SQLite store / memory": _at_least(0.6),
    "cold start of `simulator` / floor": _at_most(1.3),
    "cold start of `up` / floor": _at_most(2.0),
    "in-process GET / one respx route": _at_most(0.8),
    "in-process GET / eighty respx routes": _at_most(0.3),
    "journal, of a call in process": _at_most(10.0),
    "fork of 10,000 records": _at_most(1.0),
    "reset of 10,000 records": _at_most(1.0),
    "snapshot of 10,000 records": _at_most(1.0),
    "restore of 10,000 records": _at_most(1.0),
    "fork, key and first write at 100,000": _at_most(200.0),
    "memory of one of them": _at_most(16.0),
    "memory of 1,000 written worlds": _at_most(150.0),
    "worlds made, used for ten calls, dropped": _at_least(1000.0),
    "worlds of a fleet of two / of one worker": _at_least(1.8),
    "indexed search, 100,000 / 1,000 conversations": _at_most(3.0),
    "memory of a conversation, with columns": _at_most(2.5),
    **{
        f"broad search, {what}, page {page} of 100,000": _at_most(milliseconds)
        for what, milliseconds in (("status open", 3), ("two filters", 3), ("or of three", 10), ("contains", 25))
        for page in (1, 50)
    },
    **{
        f"broad search, {what}, page 1, 100,000 / 1,000": _at_most(3.0)
        for what in ("status open", "two filters", "or of three", "contains")
    },
    "tools/call of a customer / an empty tool": _at_most(1.3),
    "tool calls a second": _at_least(1000.0),
    "tools/call with 170 tools / with one": _at_most(1.2),
    "tokens of a tool, mean": _at_most(230),
    "tokens of the largest tool": _at_most(1_000),
    "tokens of tools/list in discovery mode": _at_most(800),
    "tokens of both scenarios, with fields": _at_most(6_000),
    "1,000 tests, a world and 10 calls each, -n 2": _at_most(20.0),
}
