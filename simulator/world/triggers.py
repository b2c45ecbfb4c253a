"""What is to happen in a world, tied to its calls: after the second read of a conversation its customer replies.

A trigger waits for calls by the words of a fault, and counts those that are made. At its call it does its acts, in
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


class WrongTrigger(ValueError):
    """Something that cannot happen as it is told: where (`path`) and why (`reason`). Values are not repeated."""

    def __init__(self, path: tuple[str | int, ...], reason: str) -> None:
        super().__init__(f"{'.'.join(map(str, path)) or 'it'} {reason}")
        self.path = path
        self.reason = reason


@dataclass(frozen=True, kw_only=True, slots=True)
class Trigger:
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
    """The triggers that a call sets off, before it and after it."""

    before: list[Trigger]
    after: list[Trigger]


@dataclass(frozen=True, slots=True)
class Triggers:
    """All that waits in a world, oldest first; `made` counts what ever did, so no id comes twice."""

    made: int = 0
    waiting: tuple[Trigger, ...] = ()

    def add(self, trigger: Trigger) -> Triggers:
        """The same and one more, which is given its id."""
        named = replace(trigger, id=f"when-{self.made + 1}")
        return Triggers(self.made + 1, (*self.waiting, named))

    def without(self, id: str) -> Triggers:
        """The same but for one."""
        return Triggers(self.made, tuple(trigger for trigger in self.waiting if trigger.id != id))

    def cleared(self) -> Triggers:
        """The same with nothing waiting."""
        return Triggers(self.made)

    def meet(self, facts: Facts) -> tuple[Triggers, Due]:
        """What waits once this call is counted, and what it sets off."""
        due, waiting = Due([], []), []
        for trigger in self.waiting:
            if not matches(trigger.match, facts):
                waiting.append(trigger)
                continue
            seen = trigger.seen + 1
            is_due = seen >= trigger.nth
            if is_due:
                getattr(due, trigger.side).append(trigger)
            if trigger.left > is_due:
                waiting.append(replace(trigger, seen=seen, left=trigger.left - is_due))
        return Triggers(self.made, tuple(waiting)), due


NOTHING = Triggers()
