"""What is to happen in a world, tied to its calls: after the second read of a conversation its customer replies.

What waits is a value: it goes along with forks and snapshots, and comes back with a reset, with the calls that were
counted by then.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from kustomer_sandbox.simulator.world.waiting.calls import AllWaiting, Waiting

Side = Literal["after", "before"]
Act = Mapping[str, Any]
"""One thing that is done, as a scenario file tells it."""


class WrongTrigger(ValueError):
    """Something that cannot happen as it is told: where (`path`) and why (`reason`). Values are not repeated."""

    def __init__(self, path: tuple[str | int, ...], reason: str) -> None:
        super().__init__(f"{'.'.join(map(str, path)) or 'it'} {reason}")
        self.path = path
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Trigger:
    """Acts that are done in their order, between two calls: on one side of the call that was waited for."""

    side: Side
    do: tuple[Act, ...]


Triggers = AllWaiting[Trigger]
NOTHING: Triggers = AllWaiting("when")


def told(one: Waiting[Trigger]) -> dict[str, Any]:
    """As a scenario file tells it, with `id`, the calls `seen`, and as `times` how often it is still to happen."""
    told = {"id": one.id, "match": one.match.given(), one.what.side: one.nth}
    return told | {"times": one.left, "seen": one.seen, "do": list(one.what.do)}
