"""What can happen in a world, and the worlds that follow, by the real code."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

from tests.exploration.stage import Stage, crashed, with_side
from tests.exploration.world import NOW, PLENTY, UNIT, Flight, Left, World, settled


@dataclass(frozen=True, kw_only=True, slots=True)
class Bounds:
    """How large the explored part is. Everything that can happen within is tried in every order.

    `left` is how often what may happen, `flights` the calls that wait for the API at the same time, of the
    kinds of `flying`; `disks` what may be wrong with a state's disk, `endings` how clients and processes may leave.
    A lease lasts `sliding` after it was opened or read through, and `hard` at most, in units of time.
    """

    accounts: int = 2
    sides: int = 2
    left: Left = PLENTY
    flights: int = 1
    flying: tuple[str, ...] = ("open",)
    sliding: int = 1
    hard: int = 1
    disks: tuple[str, ...] = ()
    endings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Move:
    """Something that happens. `how` is how the API answers, or what becomes of a request on its way."""

    kind: str
    side: int = 0
    account: int = 0
    how: str = ""
    flight: int = 0

    def __str__(self) -> str:
        return " ".join(str(part) for part in (self.kind, self.side, self.account, self.how, self.flight) if part != "")


@dataclass(frozen=True, slots=True)
class Outcome:
    """The world after a move, and what a read that ended in it has shown: `clear`, `masked`, `refused`, or nothing."""

    world: World
    shown: str = ""
    reader: tuple[int, int] | None = None


PATIENCE: Final = UNIT
"""How many seconds an answer is waited for: as long as between two closings, less than a lease."""

ARRIVES_AT_ONCE: Final = frozenset({"lost", "failed", "refused"})
"""Answers of which it makes no difference how long they take."""

OUTCOMES: Final = {
    "POST": ("ok", "mute", "refused", "failed", "lost", "late"),
    "DELETE": ("ok", "failed"),
    "GET": ("ok",),
}


FAILURES: Final = frozenset({"failed", "lost", "late", "mute"})


def possible(world: World, bounds: Bounds) -> Iterator[Move]:
    """Every move of this world."""
    for move in _imaginable(world, bounds):
        if min(_spent(world.left, move)) >= 0:
            yield move


def _spent(left: Left, move: Move) -> Left:
    """What is left after a move."""
    return Left(
        left.opens - (move.kind == "open"),
        left.deaths - (move.kind == "crash"),
        left.failures - (move.kind != "crash" and move.how in FAILURES),
    )


def _imaginable(world: World, bounds: Bounds) -> Iterator[Move]:
    room = len(world.flights) < bounds.flights
    for side, state in enumerate(world.sides[: bounds.sides]):
        busy = any(flight.side == side for flight in world.flights)
        if not state.alive:
            yield Move("start", side)
        else:
            yield from _of_process(world, bounds, side, room=room)
            if "stop" in bounds.endings and not busy:
                yield from (Move("stop", side, how=how) for how in ("ok", "failed"))
        disks = {"well", *bounds.disks} - {state.disk}
        yield from (Move("disk", side, how=disk) for disk in sorted(disks))
    yield from _on_the_way(world)
    waits = any(flight.age >= PATIENCE for flight in world.flights)
    if (world.unclosed() or world.flights or world.late) and not waits:
        yield Move("tick")


def _of_process(world: World, bounds: Bounds, side: int, *, room: bool) -> Iterator[Move]:
    for how in ("ok", "failed"):
        yield Move("sweep", side, how=how)
    asking = [flight for flight in world.flights if flight.side == side and flight.asks == "POST" and not flight.answer]
    yield Move("crash", side, how="lost")
    if asking:
        yield Move("crash", side, how="late")
    if room and "sweep" in bounds.flying:
        yield Move("sweep", side)
    for account in range(bounds.accounts):
        yield Move("read", side, account, "ok")
        for how in ("ok", "failed"):
            yield Move("close", side, account, how)
            yield from (Move(end, side, account, how) for end in bounds.endings if end != "stop")
        for kind in bounds.flying if room else ():
            if kind != "sweep":
                yield Move(kind, side, account)


def _on_the_way(world: World) -> Iterator[Move]:
    for number, flight in enumerate(world.flights):
        if flight.answer:
            yield Move("answer", flight=number)
        else:
            yield from (Move("reach", how=how, flight=number) for how in OUTCOMES[flight.asks])
    if world.late:
        yield Move("land")


class Mover:
    """Makes moves."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    async def make(self, world: World, move: Move) -> Outcome:
        """The world after a move, in its canonical form."""
        world = replace(world, left=_spent(world.left, move))
        if move.kind == "tick":
            return Outcome(settled(world, UNIT))
        if move.kind in {"reach", "answer"}:
            outcome = await self._on_the_way(world, move)
        elif move.kind in AT_ONCE:
            outcome = Outcome(AT_ONCE[move.kind](world, move))
        else:
            outcome = await self._called(world, move)
        return replace(outcome, world=settled(outcome.world))

    async def _called(self, world: World, move: Move) -> Outcome:
        stage = self._stage
        stage.load(world)
        stage.api.at_once = (lambda _: move.how) if move.how else None
        task = stage.call(move.kind, move.side, move.account)
        await stage.until_still(task)
        stage.api.at_once = None
        flight = Flight(move.kind, move.side, move.account, "", (), trail=((_alone(world), 0.0),))
        return await self._after(world, flight, task)

    async def _on_the_way(self, world: World, move: Move) -> Outcome:
        flight = world.flights[move.flight]
        others = world.flights[: move.flight] + world.flights[move.flight + 1 :]
        answer = flight.answer
        if move.kind == "reach":
            world, answer = _reached(world, flight.asks, move.how)
            if answer not in ARRIVES_AT_ONCE:
                return Outcome(replace(world, flights=(*others, replace(flight, answer=answer))))
        before = _alone(world)
        task = await self._stage.resumed(flight, before)
        self._stage.api.answer(answer)
        await self._stage.until_still(task)
        answers, trail = (*flight.answers, answer), (*flight.trail, (before, flight.began))
        further = replace(flight, answers=answers, answer="", trail=trail)
        return await self._after(replace(world, flights=others), further, task)

    async def _after(self, world: World, flight: Flight, task: asyncio.Task[Any]) -> Outcome:
        """The world once a call waits, or has ended."""
        after = self._stage.save(world)
        if task.done():
            return _ended(after, flight, task.result())
        flight = replace(flight, asks=self._stage.api.waiting[0][0], age=0.0)
        await self._stage.kill(task)
        return Outcome(replace(after, flights=(*after.flights, replace(flight, knows=_known(flight, after)))))


def _alone(world: World) -> World:
    """Without the worlds that its calls remember: these would grow into a chain."""
    return replace(world, flights=tuple(replace(flight, trail=()) for flight in world.flights))


def _ended(world: World, flight: Flight, result: Any) -> Outcome:
    if flight.kind == "stop":
        return Outcome(crashed(world, flight.side))
    if flight.kind != "read":
        return Outcome(world)
    if result.is_error:
        return Outcome(world, "refused", (flight.side, flight.account))
    shown = result.document["attributes"]["phones"][0]["phone"]
    return Outcome(world, "masked" if shown == "***" else "clear", (flight.side, flight.account))


def _known(flight: Flight, world: World) -> tuple[str, ...]:
    """The ids of the leases that the call goes on with."""
    side = world.sides[flight.side]
    rows = side.own if side.disk == "unreadable" else side.rows
    if flight.kind == "read":
        return ("mine",) if any(lease.status != "closed" for lease in rows) else ()
    if flight.kind == "open":
        return flight.knows or tuple(lease.id for lease in rows if lease.status == "opening")
    return tuple(
        lease.id for lease in rows if lease.status == "closing" and (flight.kind == "close" or lease.is_due(NOW))
    )


def _reached(world: World, asks: str, how: str) -> tuple[World, str]:
    """A request arrives, or does not; the world after, and the answer that leaves."""
    if asks == "GET":
        return world, "clear" if world.is_open else "masked"
    if how == "ok":
        return replace(world, is_open=asks == "POST"), "ok"
    if how == "mute":
        return replace(world, is_open=True), "lost"
    if how == "late":
        return replace(world, late=1), "lost"
    return world, how


def _landed(world: World, _move: Move) -> World:
    return replace(world, is_open=True, late=0)


def _started(world: World, move: Move) -> World:
    return with_side(world, move.side, replace(world.sides[move.side], alive=True))


def _disk_changed(world: World, move: Move) -> World:
    return with_side(world, move.side, replace(world.sides[move.side], disk=move.how))


def _crashed(world: World, move: Move) -> World:
    late = 1 if move.how == "late" else world.late
    return crashed(replace(world, late=late), move.side)


AT_ONCE: Final[dict[str, Callable[[World, Move], World]]] = {
    "land": _landed,
    "start": _started,
    "disk": _disk_changed,
    "crash": _crashed,
}
