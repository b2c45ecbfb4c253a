"""One state of everything that has to do with the windows of one customer, as a value in a canonical form.

Two worlds that behave alike are equal: instants are seconds from now, what is past is now, what nothing looks at any
more is gone. That is what makes the number of worlds finite.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final, NamedTuple

from kustomer_sandbox.mcp_server.unmasking.leases import AGAIN, Lease

NOW: Final = datetime(2026, 6, 9, 12, 0, tzinfo=UTC)
"""The present of every world."""

GONE: Final = "gone"
"""The owner of what a dead process has left."""

UNIT: Final = AGAIN.total_seconds()
"""Time passes in steps of so many seconds, of which every duration is a multiple: see `stage.few_instants`."""


@dataclass(frozen=True, slots=True)
class Side:
    """One state of the tool server: its rows, and what the process on it (`alive`) remembers.

    `disk` is `well`, `full` (nothing can be written) or `unreadable`.
    """

    rows: tuple[Lease, ...] = ()
    alive: bool = True
    own: tuple[Lease, ...] = ()
    unwritten: tuple[Lease, ...] = ()
    disk: str = "well"


@dataclass(frozen=True, slots=True)
class Flight:
    """A call that waits for the API: what it is, whose, the requests it waits for, and what it was answered so far.

    `answer` has left the API and not arrived yet. `age` is how many seconds ago the
    request was sent. `knows` is what the call keeps for itself meanwhile; `trail` are the
    worlds in which its parts began, and the seconds since its first: enough to bring it to the same point again.
    """

    kind: str
    side: int
    account: int
    asks: str
    knows: tuple[str, ...]
    answers: tuple[str, ...] = ()
    answer: str = ""
    age: float = 0.0
    trail: tuple[tuple[World, float], ...] = field(default=(), compare=False, repr=False)

    @property
    def began(self) -> float:
        """The seconds since the first of its requests was sent."""
        return (self.trail[-1][1] if self.trail else 0.0) + self.age


class Left(NamedTuple):
    """How often something may still happen: a window is opened, a process dies, the API fails."""

    opens: int = 3
    deaths: int = 1
    failures: int = 1


PLENTY: Final = Left()


@dataclass(frozen=True, slots=True)
class World:
    """Two states, the notes between them, the API, and what is on its way.

    `notes` are the lease's side, its id, and whether a living process holds it; `late` counts the requests to open that
    may still arrive, though their callers have given up or died.
    """

    sides: tuple[Side, Side] = (Side(), Side())
    notes: frozenset[tuple[int, str, bool]] = frozenset()
    is_open: bool = False
    late: int = 0
    flights: tuple[Flight, ...] = ()
    left: Left = PLENTY

    def unanswered(self, side: int) -> set[str]:
        """The leases of a side whose window a living process waits for."""
        opening = (flight for flight in self.flights if flight.side == side and flight.asks == "POST")
        return {one for flight in opening for one in flight.knows}

    def unclosed(self) -> list[Lease]:
        """The leases of both states whose end is not confirmed."""
        return [lease for side in self.sides for lease in side.rows if lease.status != "closed"]

    def ids(self) -> set[str]:
        """The ids in use."""
        known = {lease.id for side in self.sides for lease in (*side.rows, *side.own, *side.unwritten)}
        return known | {note for _, note, _ in self.notes} | {one for flight in self.flights for one in flight.knows}


@lru_cache(maxsize=1 << 17)
def canonical(lease: Lease, seconds: float = 0.0) -> Lease:
    """The lease as it is `seconds` later."""
    now, back = NOW + timedelta(seconds=seconds), timedelta(seconds=seconds)
    lease = replace(lease, reads=0, close_reason="", opened_at=NOW, call_id="", attempts=0)
    if lease.status == "closed":
        return replace(lease, closed_at=NOW, retry_at=NOW, expires_at=NOW, hard_at=NOW, wanted=0)
    if lease.status == "closing":
        due = max(NOW, (lease.retry_at or now) - back)
        once = None if lease.closed_at is None else max(NOW - AGAIN, lease.closed_at - back)
        return replace(lease, retry_at=due, closed_at=once, expires_at=NOW, hard_at=NOW)
    ends = NOW if lease.ends_at <= now else None
    expires, hard = ends or lease.expires_at - back, ends or lease.hard_at - back
    return replace(lease, expires_at=expires, hard_at=hard, retry_at=None, closed_at=None)


def settled(world: World, seconds: float = 0.0) -> World:
    """The world in its canonical form, `seconds` later. What has been on its way for so long never arrives."""
    known = {one for flight in world.flights for one in flight.knows}
    first, second = (_in_canonical_form(side, known, seconds) for side in world.sides)
    late, flights = 0 if seconds else world.late, world.flights
    if seconds:
        flights = tuple(replace(flight, age=flight.age + seconds) for flight in flights)
    return World((first, second), world.notes, world.is_open, late, tuple(sorted(flights, key=repr)), world.left)


def _in_canonical_form(side: Side, known: set[str], seconds: float) -> Side:
    kept = known | {lease.id for lease in (*side.own, *side.unwritten)}
    rows = [canonical(lease, seconds) for lease in side.rows if lease.status != "closed" or lease.id in kept]
    own, unwritten = (tuple(canonical(lease, seconds) for lease in some) for some in (side.own, side.unwritten))
    return replace(side, rows=tuple(sorted(rows, key=_id)), own=own, unwritten=unwritten)


def later(lease: Lease, seconds: float) -> Lease:
    """The same at another present: all of its instants are `seconds` later."""
    if not seconds:
        return lease
    by = timedelta(seconds=seconds)
    return replace(
        lease,
        opened_at=lease.opened_at + by,
        expires_at=lease.expires_at + by,
        hard_at=lease.hard_at + by,
        closed_at=lease.closed_at and lease.closed_at + by,
        retry_at=lease.retry_at and lease.retry_at + by,
    )


def _id(lease: Lease) -> str:
    return lease.id
