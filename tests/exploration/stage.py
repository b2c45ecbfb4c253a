"""The real code, brought into any world: two tool servers of two accounts each, over one API without a socket."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

import pytest

from kustomer_sandbox.contracts import Contracts
from kustomer_sandbox.mcp_server.calling.calls import Caller
from kustomer_sandbox.mcp_server.calling.steps import ToolPipeline
from kustomer_sandbox.mcp_server.model import Account, Grant, Scope
from kustomer_sandbox.mcp_server.state.database import StateDatabase, StateUnavailable
from kustomer_sandbox.mcp_server.state.opening import open_state
from kustomer_sandbox.mcp_server.state.provisioning import Provisioning
from kustomer_sandbox.mcp_server.state.unhiding_trail import UnhidingTrail
from kustomer_sandbox.mcp_server.tools.teaching.finders import ToolCatalogue
from kustomer_sandbox.mcp_server.unmasking import book, leases
from kustomer_sandbox.mcp_server.unmasking.book import LeaseBook
from kustomer_sandbox.mcp_server.unmasking.leases import Lease, LeaseChange
from kustomer_sandbox.mcp_server.unmasking.memory import LeaseMemory
from kustomer_sandbox.mcp_server.unmasking.neighbours import Neighbours
from kustomer_sandbox.mcp_server.unmasking.windows import Windows
from kustomer_sandbox.mcp_server.upstream.upstream import Upstream
from tests.exploration.api import Api, Killed
from tests.exploration.world import GONE, NOW, UNIT, Flight, Side, World, later
from tests.mcp_server.fakes import JANE, KEY

OPEN: Final = "create_a_kustomer_customer_unmasking_window"
CLOSE: Final = "delete_a_kustomer_customer_unmasking_window_by_id"
READ: Final = "get_single_kustomer_customer_by_id"
ACCOUNTS: Final = tuple(
    Account(id=name, base_url="https://acme.api.example", key_env="KEY") for name in ("acme", "twin")
)
STATES: Final = ("one", "two")


def server_of(side: int, account: int) -> str:
    """The id of an account's MCP server in a state; its client's connection, too."""
    return f"{STATES[side]} {ACCOUNTS[account].id}"


class Still:
    """A clock at the present of every world, or as many seconds later as a call has lasted."""

    seconds = 0.0

    def now(self) -> datetime:
        return NOW + timedelta(seconds=self.seconds)

    async def sleep(self, seconds: float) -> None:
        raise NotImplementedError


class Disk(StateDatabase):
    """A state in memory whose disk may fail, and whose process may die."""

    def __init__(self, state: StateDatabase) -> None:
        super().__init__(durable=state.durable, journal=state.journal, key=state.derived_key("disk"), directory=None)
        self.health = "well"
        self.dead = False

    def read(self, sql: str, *values: str | int) -> list[sqlite3.Row]:
        if self.dead:
            raise Killed
        if self.health == "unreadable":
            raise StateUnavailable("the state is damaged")
        return super().read(sql, *values)

    @contextmanager
    def transaction(self, *, patience: float | None = None) -> Iterator[sqlite3.Connection]:
        if self.dead:
            raise Killed
        if self.health != "well":
            raise StateUnavailable("the state is on a full disk")
        with super().transaction(patience=patience) as db:
            yield db


@contextmanager
def few_instants(*, sliding: int, hard: int) -> Iterator[None]:
    """Durations in the same order as they are, but few units long: else the number of worlds is beyond counting.

    Closing again, trying again and waiting for an answer 1 unit, a lease `sliding` after each read, `hard` at most.
    """
    unit = timedelta(seconds=UNIT)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(leases, "_BACKOFF", (UNIT,))
        for module in (leases, book):
            patch.setattr(module, "SLIDING", sliding * unit)
            patch.setattr(module, "HARD", hard * unit)
        yield


class Board:
    """The notes of all processes: the side and the lease of each, and whether a living process holds it."""

    def __init__(self) -> None:
        self.notes: dict[str, tuple[int, str, bool]] = {}
        self.group = ""


class NotesOnBoard:
    """`Notes` of one process, without files."""

    def __init__(self, board: Board, side: int) -> None:
        self._board, self._side = board, side

    @property
    def held(self) -> frozenset[tuple[str, str]]:
        mine = (name for name, (side, _, held) in self._board.notes.items() if held and side == self._side)
        return frozenset((self._board.group, name) for name in mine)

    def leave(self, group: str, name: str) -> None:
        self._board.group = group
        self._board.notes[name] = (self._side, name.split(".")[2], True)

    def names(self, group: str) -> list[str]:  # noqa: ARG002 - there is one
        return list(self._board.notes)

    def is_abandoned(self, group: str, name: str) -> bool:  # noqa: ARG002
        return not self._board.notes[name][2]

    def remove(self, group: str, name: str) -> None:  # noqa: ARG002
        self._board.notes.pop(name, None)

    def release(self) -> None:
        for _, name in self.held:
            side, lease, _ = self._board.notes[name]
            self._board.notes[name] = (side, lease, False)


class Process:
    """The parts of one tool server that open, close and read."""

    def __init__(self, side: int, stage: Stage, contracts: Contracts) -> None:
        random_hex = partial(stage.random_hex, side=side)
        self.disk = Disk(open_state(None, random_hex=random_hex))
        self.memory = LeaseMemory()
        self.loaded: tuple[tuple[Lease, ...], float, int] | None = None
        provisioning = Provisioning(self.disk, random_hex=random_hex)
        for account in ACCOUNTS:
            provisioning.put_account(account)
            provisioning.account(account.id)
        upstream = Upstream(stage.api, secrets={"KEY": KEY})
        self.windows = Windows(
            book=LeaseBook(self.disk, owner=STATES[side], random_hex=random_hex, memory=self.memory),
            provisioning=provisioning,
            upstream=upstream,
            clock=stage.clock,
            contracts=contracts,
            is_alive=STATES[side].__eq__,
            neighbours=Neighbours(NotesOnBoard(stage.board, side), state_id=STATES[side]),
        )
        for account in ACCOUNTS:
            self.windows._accounts[account.id] = account  # noqa: SLF001 - as after any opening
        self.pipeline = ToolPipeline(
            contracts=contracts,
            upstream=upstream,
            windows=self.windows,
            unhidings=UnhidingTrail(self.disk, random_hex=random_hex),
            clock=stage.clock,
            cursor_key=b"",
        )


class Stage:
    """Two processes that live as long as the exploration; a world is loaded into them, a call made, the world saved."""

    def __init__(self, contracts: Contracts, tools: ToolCatalogue) -> None:
        self._tools = tools
        self._used: set[str] = set()
        self.api = Api()
        self.clock = Still()
        self.board = Board()
        self.processes = tuple(Process(side, self, contracts) for side in range(2))

    def random_hex(self, size: int, *, side: int = 0) -> str:
        """The smallest number of a side that is no lease's: ids are used again, so that there are few worlds."""
        number = next(n for n in range(16 * side + 1, 16 * side + 16) if self._id(n) not in self._used)
        self._used.add(self._id(number))
        return f"{number:0{2 * size}x}"

    @staticmethod
    def _id(number: int) -> str:
        return f"00000000-0000-4000-8000-{number:012x}"

    def load(self, world: World, *, seconds: float = 0.0) -> None:
        """Bring the real code into this world, `seconds` after a call that goes on in it has begun."""
        self.clock.seconds = seconds
        self._used = world.ids()
        self.api.is_open = world.is_open
        self.board.notes = {f"{JANE}.{STATES[side]}.{one}": (side, one, held) for side, one, held in world.notes}
        for number, (process, side) in enumerate(zip(self.processes, world.sides, strict=True)):
            process.memory.unanswered.clear()
            process.memory.unanswered.update(world.unanswered(number))
            process.disk.health, process.disk.dead = side.disk, not side.alive
            process.memory.own.clear()
            process.memory.own.update((lease.id, later(lease, seconds)) for lease in side.own)
            process.memory.unwritten.clear()
            process.memory.unwritten.update(
                (lease.id, [LeaseChange(lease=later(lease, seconds), at=NOW)]) for lease in side.unwritten
            )
            _load_rows(process, side.rows, seconds)

    def save(self, world: World) -> World:
        """The world as it has become; what is on its way is as it was."""
        first, second = map(self._saved, self.processes, world.sides)
        notes = frozenset(self.board.notes.values())
        return replace(world, sides=(first, second), notes=notes, is_open=self.api.is_open)

    def _saved(self, process: Process, side: Side) -> Side:
        back = -self.clock.seconds
        own = tuple(later(lease, back) for _, lease in sorted(process.memory.own.items()))
        unwritten = tuple(later(waiting[-1].lease, back) for _, waiting in sorted(process.memory.unwritten.items()))
        return Side(_saved_rows(process, back), side.alive, own, unwritten, side.disk)

    def call(self, kind: str, side: int, account: int) -> asyncio.Task[Any]:
        """Begin a call of a tool, or what else a process does of itself."""
        process, connection = self.processes[side], server_of(side, account)
        if kind == "sweep":
            return asyncio.ensure_future(process.windows.sweep())
        if kind in {"leave", "leave after one call"}:
            once = kind == "leave after one call"
            return asyncio.ensure_future(process.windows.close_connection(connection, was_for_one_call=once))
        if kind == "stop":
            return asyncio.ensure_future(process.windows.close_owner(STATES[side], reason="stopped"))
        grant = Grant(server_id=connection, name="all", account=ACCOUNTS[account], scope=Scope())
        caller = Caller(grant=grant, connection=connection)
        name = {"open": OPEN, "close": CLOSE, "read": READ}[kind]
        arguments = {"customer_id" if kind == "open" else "id": JANE}
        return asyncio.ensure_future(process.pipeline.run(caller, self._tools[name], arguments, available=self._tools))

    async def until_still(self, task: asyncio.Task[Any]) -> None:
        """Let a call go on until it ends or waits for the API."""
        for _ in range(100):
            if task.done() or self.api.waiting:
                break
            await asyncio.sleep(0)
        else:
            raise RuntimeError("a call waits for something else than the API")
        if not task.done():
            # What is done at the same time waits, too.
            for _ in range(2):
                await asyncio.sleep(0)

    async def resumed(self, flight: Flight, world: World) -> asyncio.Task[Any]:
        """The call at the point where it waits, in this world."""
        task: asyncio.Task[Any] | None = None
        for (before, seconds), answer in zip(flight.trail, ("", *flight.answers), strict=True):
            self.load(before, seconds=seconds)
            if task is None:
                task = self.call(flight.kind, flight.side, flight.account)
            else:
                self.api.answer(answer)
            await self.until_still(task)
        assert task is not None
        self.load(world, seconds=flight.began)
        return task

    async def kill(self, flight_task: asyncio.Task[Any]) -> None:
        """End a call as the death of its process does: nothing is heard of it any more. Load a world afterwards."""
        for process in self.processes:
            process.disk.dead = True
        self.api.kill()
        while not flight_task.done():
            await asyncio.sleep(0)
            self.api.kill()
        flight_task.exception()


def crashed(world: World, side: int) -> World:
    """The world after the process of a side has died."""
    old = world.sides[side]
    rows = tuple(lease if lease.owner == GONE else replace(lease, owner=GONE) for lease in old.rows)
    dead = Side(rows, alive=False, disk=old.disk)
    notes = frozenset((of, one, held and of != side) for of, one, held in world.notes)
    flights = tuple(flight for flight in world.flights if flight.side != side)
    return with_side(replace(world, notes=notes, flights=flights), side, dead)


def with_side(world: World, number: int, side: Side) -> World:
    """The same with another side."""
    sides = (side, world.sides[1]) if number == 0 else (world.sides[0], side)
    return replace(world, sides=sides)


_ROWS: dict[tuple[Lease, float], list[str | int]] = {}


def _load_rows(process: Process, rows: tuple[Lease, ...], seconds: float) -> None:
    db = process.disk.durable
    if process.loaded == (rows, seconds, db.total_changes):
        return
    db.execute("DELETE FROM leases")
    db.execute("DELETE FROM lease_events")
    for lease in rows:
        if (lease, seconds) not in _ROWS:
            _ROWS[lease, seconds] = book._row(later(lease, seconds))  # noqa: SLF001 - as it stores them itself
        db.execute(book._ADD, _ROWS[lease, seconds])  # noqa: SLF001
    process.loaded = (rows, seconds, db.total_changes)


def _saved_rows(process: Process, back: float) -> tuple[Lease, ...]:
    db = process.disk.durable
    if process.loaded is not None and process.loaded[2] == db.total_changes:
        return process.loaded[0]
    found = map(book._lease, db.execute("SELECT * FROM leases ORDER BY id"))  # noqa: SLF001
    return tuple(later(lease, back) for lease in found)
