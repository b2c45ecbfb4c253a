"""What is to happen in a world, tied to its calls: after the second read of a conversation its customer replies.

A happening waits for calls by the words of a fault, and counts those that are made. At its call it does its acts, in
their order, between two calls. What waits is a value: it goes along with forks and snapshots, and comes back with a
reset, with the calls that were counted by then.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal, NamedTuple

from kustomer_sandbox.simulator.world.faults import Facts, FaultMatch, matches

Side = Literal["after", "before"]
Act = Mapping[str, Any]
"""One thing that is done, as a scenario file tells it; `operations/acting.py` says which there are."""


class WrongHappening(ValueError):
    """Something that cannot happen as it is told: where (`path`) and why (`reason`). Values are not repeated."""

    def __init__(self, path: tuple[str | int, ...], reason: str) -> None:
        super().__init__(f"{'.'.join(map(str, path)) or 'it'} {reason}")
        self.path = path
        self.reason = reason


@dataclass(frozen=True, kw_only=True, slots=True)
class Happening:
    """Acts (`do`) that wait for the `nth` matching call, to be done on one `side` of it, and of `left - 1` more.

    `seen` counts the matching calls so far.
    """

    match: FaultMatch
    side: Side
    nth: int
    left: int
    do: tuple[Act, ...]
    id: str = ""
    seen: int = 0

    def told(self) -> dict[str, Any]:
        """As a scenario file tells it, with `id`, the calls `seen`, and as `times` how often it is still to happen."""
        match = {name: value for name, value in asdict(self.match).items() if value}
        told = {"id": self.id, "match": match, self.side: self.nth}
        return told | {"times": self.left, "seen": self.seen, "do": list(self.do)}


class Due(NamedTuple):
    """The happenings that a call sets off, before it and after it."""

    before: list[Happening]
    after: list[Happening]


@dataclass(frozen=True, slots=True)
class Happenings:
    """All that waits in a world, oldest first; `made` counts what ever did, so no id comes twice."""

    made: int = 0
    waiting: tuple[Happening, ...] = ()

    def add(self, happening: Happening) -> Happenings:
        """The same and one more, which is given its id."""
        named = replace(happening, id=f"when-{self.made + 1}")
        return Happenings(self.made + 1, (*self.waiting, named))

    def without(self, id: str) -> Happenings:
        """The same but for one."""
        return Happenings(self.made, tuple(happening for happening in self.waiting if happening.id != id))

    def cleared(self) -> Happenings:
        """The same with nothing waiting."""
        return Happenings(self.made)

    def meet(self, facts: Facts) -> tuple[Happenings, Due]:
        """What waits once this call is counted, and what it sets off."""
        due, waiting = Due([], []), []
        for happening in self.waiting:
            if not matches(happening.match, facts):
                waiting.append(happening)
                continue
            seen = happening.seen + 1
            is_due = seen >= happening.nth
            if is_due:
                getattr(due, happening.side).append(happening)
            if happening.left > is_due:
                waiting.append(replace(happening, seen=seen, left=happening.left - is_due))
        return Happenings(self.made, tuple(waiting)), due


NOTHING = Happenings()
