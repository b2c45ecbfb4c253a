"""What must hold in every world, and how a world ends when all goes well from now on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from kustomer_sandbox.mcp_server.unmasking.leases import Lease
from tests.exploration.moves import Move, Outcome
from tests.exploration.stage import server_of
from tests.exploration.world import GONE, NOW, World


def complaints(before: World, move: Move, outcome: Outcome) -> list[str]:
    """What does not hold after a move."""
    found = [*_written(outcome.world)]
    if outcome.reader is not None:
        found += _read(before, outcome)
    if move.kind == "sweep" and move.how == "ok":
        found += _swept(outcome.world, move.side)
    return found


def _written(world: World) -> Iterator[str]:
    """Written before it opens: what is open, or may open yet, is written down as something still to be closed."""
    asking = any(flight.asks == "POST" and not flight.answer for flight in world.flights)
    if (world.is_open or world.late or asking) and not world.unclosed():
        yield "a window is or may be open, and no lease says so"


def _read(before: World, outcome: Outcome) -> Iterator[str]:
    """In clear for the opener, while its lease lasts and is not being closed; refused while any end is uncertain."""
    assert outcome.reader is not None
    side, account = outcome.reader
    mine = server_of(side, account)
    unwritten = {lease.id: lease for lease in before.sides[side].unwritten}
    known = (unwritten.get(lease.id, lease) for lease in before.sides[side].rows if lease.status != "closed")
    leases = [lease for lease in known if lease.status != "closed"]
    own = [lease for lease in leases if lease.server_id == mine and _lasts(lease)]
    if outcome.shown == "clear" and not own:
        yield "read in clear by one who has no window"
    if outcome.shown != "refused" and any(lease not in own for lease in leases):
        yield "read while a window is uncertain or another's"
    others = (lease for lease in before.sides[1 - side].rows if lease.status != "closed" and lease.owner != GONE)
    if outcome.shown == "clear" and any(others):
        yield "read in clear through the window of another state"


def _swept(world: World, side: int) -> Iterator[str]:
    """After a sweep, with an API that is well, a window is open only under a lease that lasts or is being closed.

    What another living process has open it closes itself.
    """
    if not world.is_open or world.sides[side].disk != "well":
        return
    for number, state in enumerate(world.sides):
        for lease in state.rows:
            waits = lease.status == "closing" and (lease.retry_at or NOW) > NOW
            if state.alive and lease.status != "closed" and (number != side or waits or _lasts(lease)):
                return
    yield "a window is open after a sweep, past its lease"


def _lasts(lease: Lease) -> bool:
    return lease.status in {"opening", "open"} and lease.ends_at > NOW


def is_at_rest(world: World) -> bool:
    """Nothing is open and nothing is left to be done."""
    busy = world.is_open or world.late or world.flights or world.notes or world.unclosed()
    return not busy and all(side.alive and not side.unwritten for side in world.sides)


def recovery(world: World, following: Mapping[Move, Outcome]) -> World | None:
    """The next world when all goes well from now on: calls end, processes start, disks are mended, time passes."""
    for move, outcome in following.items():
        if move.kind in {"land", "answer", "start"} or (move.kind, move.how) in {("reach", "ok"), ("disk", "well")}:
            return outcome.world
    for move, outcome in following.items():
        if (move.kind, move.how) == ("sweep", "ok") and outcome.world != world:
            return outcome.world
    return next((outcome.world for move, outcome in following.items() if move.kind == "tick"), None)
