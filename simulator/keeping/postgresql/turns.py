"""Turns: when a replica may change worlds, and what others have changed since it did so last.

A turn is a transaction that begins with a lock: of one world, shared with calls of other worlds, or of the whole store.
So everything that happens in a world has one order, and whoever has the turn knows all of it. What a turn has written
is seen with its commit, which ends the lock.
"""

from __future__ import annotations

import contextlib
import zlib
from typing import Any, Final, NamedTuple

import psycopg

from kustomer_sandbox.simulator.keeping.database import OutcomeUnknown, StoreUnavailable
from kustomer_sandbox.simulator.keeping.postgresql.connection import (
    REPLICA_LOCKS,
    STORE_LOCKS,
    PostgresDatabase,
    WorldVersion,
    unavailable,
)

_WORLD_LOCKS: Final = STORE_LOCKS + 2
"""The class of the locks of worlds, each by a number that follows from its name."""


class NewLine(NamedTuple):
    """A line that another replica has written."""

    world: str
    number: int
    entry: bytes


class News(NamedTuple):
    """What is new: lines, in their order, and how each world is in the tables that was written whole.

    `gone` are the names of the worlds that are no more, `dead` the numbers of replicas that have ended.
    """

    lines: list[NewLine]
    whole: dict[str, WorldVersion]
    gone: list[str]
    dead: list[int]


class Turns:
    """The turns of one replica, one at a time."""

    def __init__(self, database: PostgresDatabase) -> None:
        self._database = database
        self._serial = 0
        self._transaction_id: str | None = None
        self.is_open = False
        self.is_stale = True
        """Whether what this replica has in memory is not what is kept: worlds are to be taken up again."""

    def begin_with(self, world: str) -> News:
        """Begin a turn with one world, which this replica has. Raises `StoreUnavailable`."""
        database = self._database
        name, version = database.quoted(world), database.versions[world]
        _, ids, _, found, lines = self._begin(
            f"BEGIN;SELECT pg_advisory_xact_lock_shared({STORE_LOCKS}, 0), pg_current_xact_id()::text;"
            f"SELECT pg_advisory_xact_lock({_WORLD_LOCKS}, {_number_of(world)});"
            f"SELECT generation, era, settled FROM worlds WHERE name = {name};"
            f"SELECT world, number, entry FROM changes WHERE world = {name} AND number > {version.line} ORDER BY number"
        )
        self._transaction_id = ids[0][1]
        if not found:
            return News([], {}, [world], [])
        known = WorldVersion(*found[0])
        is_whole = known.generation != version.generation
        return News([NewLine(*line) for line in lines], {world: known} if is_whole else {}, [], [])

    def begin(self) -> News:
        """Begin a turn with the whole store. Raises `StoreUnavailable`."""
        database, me = self._database, self._database.number
        _, _, [(generation,)], lines, dead = self._begin(
            f"BEGIN;SELECT pg_advisory_xact_lock({STORE_LOCKS}, 0);SELECT generation FROM store;"
            f"SELECT serial, world, number, entry FROM changes WHERE serial > {self._serial} AND replica <> {me} "
            f"ORDER BY serial;SELECT number FROM replicas WHERE number <> {me} "
            f"AND pg_try_advisory_xact_lock({REPLICA_LOCKS}, number)"
        )
        self._transaction_id = None
        if lines:
            self._serial = lines[-1][0]
        whole, gone = {}, []
        if generation != database.generation:
            found = {name: WorldVersion(*version) for name, *version in database.execute(_VERSIONS)}
            whole = {
                name: version for name, version in found.items() if not _is_known(database.versions.get(name), version)
            }
            gone = [name for name in database.versions if name not in found]
            database.generation = generation
        return News([NewLine(*line[1:]) for line in lines], whole, gone, [number for (number,) in dead])

    def begin_anew(self) -> None:
        """Begin a turn with the whole store, all of whose worlds are about to be taken up. Raises as `begin`."""
        database = self._database
        if database.is_lost:
            database.reconnect()
        database.versions.clear()
        database.generation = -1
        _, _, [(serial,)], [(database.generation,)] = self._begin(
            f"BEGIN;SELECT pg_advisory_xact_lock({STORE_LOCKS}, 0);SELECT COALESCE(max(serial), 0) FROM changes;"
            "SELECT generation FROM store"
        )
        self._serial, self._transaction_id = serial, None

    def _begin(self, script: str) -> list[list[Any]]:
        database = self._database
        try:
            found = database.script(script)
        except psycopg.Error as fault:
            self._roll_back()
            raise unavailable(fault) from None
        self.is_open, database.has_written = True, False
        return found

    def commit(self) -> None:
        """End the turn; what was written is seen by all. Raises `StoreUnavailable`, and it is not."""
        database = self._database
        begun = database.times.begun()
        try:
            if database.has_written and self._transaction_id is None:
                database.flush()
                [(self._transaction_id,)] = database.execute("SELECT pg_current_xact_id_if_assigned()::text")
            script = ";".join([*database.take_pending(), "COMMIT"])
            with database.connection.cursor() as cursor:
                cursor.execute(script.encode())
                while cursor.nextset():
                    pass
                is_done = cursor.statusmessage == "COMMIT"
        except psycopg.Error as fault:
            if database.is_lost and database.has_written:
                self._ask_what_became_of_it()
                return
            database.times.failures += 1
            self.abandon()
            raise unavailable(fault) from None
        self.is_open = False
        if not is_done:
            self.is_stale = True
            database.times.failures += 1
            raise StoreUnavailable("the store cannot be written")
        if database.has_written:
            database.times.done(begun)

    def _ask_what_became_of_it(self) -> None:
        """Whether the commit whose answer was lost was done; returns if it was. Raises `StoreUnavailable`.

        The old connection's lock ends when its transaction has: only then there is an answer.
        """
        self.is_open = False
        transaction_id = self._transaction_id
        try:
            self._database.reconnect()
            self.begin_anew()
            [(status,)] = self._database.execute("SELECT pg_xact_status(?::xid8)", (transaction_id,))
        except StoreUnavailable:
            raise OutcomeUnknown("the store has ended its connection") from None
        finally:
            self.abandon()
        if status != "committed":
            raise StoreUnavailable("the store has ended its connection")

    def abandon(self) -> None:
        """End the turn; nothing of it is written, so what it has changed in memory is not as it is kept."""
        self.is_stale = True
        self._roll_back()

    def _roll_back(self) -> None:
        self.is_open = False
        self._database.take_pending()
        with contextlib.suppress(psycopg.Error):
            if not self._database.is_lost:
                self._database.connection.execute("ROLLBACK")

    def publish(self, held: list[int]) -> None:
        """Tell the others on which layers something in this process stands."""
        self._database.execute("UPDATE replicas SET held = ? WHERE number = ?", (held, self._database.number))

    def let_go_of_layers(self) -> None:
        """Nothing stands on any layer in any process: this one has none yet, and no other lives."""
        self._database.execute("UPDATE replicas SET held = '{}'")

    def forget_replicas(self, dead: list[int]) -> None:
        """What dead replicas have left is dealt with."""
        self._database.execute("DELETE FROM replicas WHERE number = ANY(?)", (dead,))

    def is_alone(self) -> bool:
        """Whether no other replica lives. In a turn with the whole store."""
        me = self._database.number
        found = self._database.execute(
            "SELECT pg_try_advisory_xact_lock(?, number) FROM replicas WHERE number <> ?", (REPLICA_LOCKS, me)
        )
        return all(is_dead for (is_dead,) in found)

    def version_of(self, world: str) -> WorldVersion:
        """How a world is in the tables, its lines included."""
        statement = f"{_VERSIONS} WHERE name = ?"
        [(_, generation, era, line)] = self._database.execute(statement, (world,))
        return WorldVersion(generation, era, line)


_VERSIONS: Final = """SELECT name, generation, era, GREATEST(
    settled, (SELECT max(number) FROM changes WHERE world = name)) FROM worlds"""


def _is_known(mine: WorldVersion | None, other: WorldVersion) -> bool:
    return mine is not None and mine.generation == other.generation


def _number_of(world: str) -> int:
    """A number of four bytes; two worlds of the same only wait for one another."""
    return zlib.crc32(world.encode()) - 2**31
