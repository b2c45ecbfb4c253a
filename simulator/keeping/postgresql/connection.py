"""The PostgreSQL database in which several processes keep the same worlds: how it is reached, and what it says.

Decision: `synchronous_commit = off` unless the URL, the database or the user says otherwise, as the SQLite store does
not wait for the disk. What was answered outlives the process; where PostgreSQL itself is killed, its last moments may
be lost. Every call waits for its turn, and a flush makes each turn four milliseconds instead of a fifth of one.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import psycopg

from kustomer_sandbox.simulator.keeping.database import StoreUnavailable, WriteTimes

STORE_LOCKS: Final = 0x4B4D4353
"""The class of our advisory locks: of the whole store (0), and of a change of its tables (1)."""
REPLICA_LOCKS: Final = STORE_LOCKS + 1
"""The class of the locks that a replica holds by its number as long as it lives."""

SCHEMA: Final = "kustomer_sandbox"
_CONNECTING: Final = {
    "connect_timeout": "3",
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "20000",
    "application_name": "kustomer-sandbox",
}
_SETTINGS: Final = f"""
    SET search_path = {SCHEMA};
    SET client_min_messages = warning;
    SET standard_conforming_strings = on;
    SET idle_in_transaction_session_timeout = '30s';
    SET tcp_keepalives_idle = 10;
    SET tcp_keepalives_interval = 5;
    SET tcp_keepalives_count = 3;
    SELECT set_config('synchronous_commit', 'off', false) FROM pg_settings
        WHERE name = 'synchronous_commit' AND source NOT IN ('client', 'database', 'user', 'database user')
"""
_LOCK_TIMEOUT_AT_START: Final = "5min"
"""So long a start waits for its turn: another replica may be writing a large world."""
_LOCK_TIMEOUT_OF_CALLS: Final = "5s"
_NEW_ROWS: Final = "COPY rows (layer, kind, id, rev, data, keys) FROM STDIN"
_LINES_LEFT: Final = 1024
"""So many lines of a world stay when they are in the tables: for replicas that have not seen them yet."""

_SWEEP: Final = """
    WITH RECURSIVE needed (number) AS (
        SELECT layer FROM worlds UNION SELECT layer FROM states UNION SELECT unnest(held) FROM replicas
        UNION SELECT below FROM layers JOIN needed USING (number) WHERE below IS NOT NULL
    )
    DELETE FROM layers WHERE number NOT IN (SELECT number FROM needed)
"""
_SWEEP_FILES: Final = """
    DELETE FROM files WHERE digest NOT IN (SELECT json_array_elements_text(form::json -> 'files') FROM worlds)
"""
_FAULTS: Final = {
    "53100": "is on a full disk",
    "53": "has no room left",
    "55P03": "is busy: another replica has had its turn for too long",
    "25006": "is read-only",
    "42501": "may not be written by this user",
}


@dataclass(slots=True)
class WorldVersion:
    """Which state of a world somebody has: its generation, the one in which it was made or reset, its last line."""

    generation: int
    era: int
    line: int


class PostgresDatabase:
    """A store in a database. `number` is this process's among those that are connected."""

    is_shared = True
    order = "made"

    def __init__(self, conninfo: dict[str, Any]) -> None:
        self._conninfo = conninfo
        self.versions: dict[str, WorldVersion] = {}
        """How each world was as this process saw it last."""
        self.generation = -1
        self.number = 0
        self.has_written = False
        self.times = WriteTimes()
        self._lock_timeout = _LOCK_TIMEOUT_AT_START
        self._pending: list[str] = []
        self._quoted: dict[str, str] = {}
        self.connection = self._connected()

    def _connected(self) -> psycopg.Connection[Any]:
        connection = psycopg.connect(**{**_CONNECTING, **self._conninfo}, autocommit=True)
        connection.execute(_SETTINGS)
        connection.execute(f"SET lock_timeout = '{self._lock_timeout}'")
        return connection

    def shorten_lock_timeout(self) -> None:
        """From now on wait for a turn only so long that whoever calls is still there."""
        self._lock_timeout = _LOCK_TIMEOUT_OF_CALLS
        self.execute(f"SET lock_timeout = '{self._lock_timeout}'")

    @property
    def is_lost(self) -> bool:
        """Whether the connection has ended."""
        return self.connection.closed

    def reconnect(self) -> None:
        """Connect anew, as another replica. Raises `StoreUnavailable`."""
        self.drop_connection()
        try:
            self.connection = self._connected()
        except psycopg.Error:
            raise StoreUnavailable("the store cannot be reached") from None
        self.register()

    def drop_connection(self) -> None:
        """End the connection, and with it whatever it was about to do."""
        self._pending.clear()
        with contextlib.suppress(psycopg.Error):
            self.connection.close()

    def register(self) -> None:
        """Be one of the replicas, until the connection ends."""
        [(self.number,)] = self.execute("SELECT nextval('replica_numbers')")
        self.execute("SELECT pg_advisory_lock(?, ?)", (REPLICA_LOCKS, self.number))
        self.execute("INSERT INTO replicas VALUES (?, '{}')", (self.number,))

    def execute(self, statement: str, values: Sequence[Any] = ()) -> list[Any]:
        self.has_written = self.has_written or not statement.startswith("SELECT")
        try:
            self.flush()
            cursor = self.connection.execute(_for_psycopg(statement), values)
            return cursor.fetchall() if cursor.description else []
        except psycopg.Error as fault:
            raise unavailable(fault) from None

    def executemany(self, statement: str, rows: Iterable[Sequence[Any]]) -> None:
        self.has_written = True
        try:
            self.flush()
            with self.connection.cursor() as cursor:
                cursor.executemany(_for_psycopg(statement), rows)
        except psycopg.Error as fault:
            raise unavailable(fault) from None

    def put_new_rows(self, rows: Iterable[Sequence[Any]]) -> None:
        self.has_written = True
        try:
            self.flush()
            with self.connection.cursor() as cursor, cursor.copy(_NEW_ROWS) as copy:
                for row in rows:
                    copy.write_row(row)
        except psycopg.Error as fault:
            raise unavailable(fault) from None

    @contextmanager
    def transaction(self) -> Iterator[None]:
        try:
            self.flush()
            with self.connection.transaction():
                yield
                self.flush()
        except psycopg.Error as fault:
            raise unavailable(fault) from None

    def script(self, statements: str) -> list[list[Any]]:
        """Run statements that hold their values, all in one trip; gives the rows of each. Raises psycopg's errors."""
        found: list[list[Any]] = []
        with self.connection.cursor() as cursor:
            cursor.execute(statements.encode())
            while True:
                found.append(cursor.fetchall() if cursor.description else [])
                if not cursor.nextset():
                    return found

    def flush(self) -> None:
        """Send the lines that wait for the next trip. Raises psycopg's errors."""
        if self._pending:
            self.script(";".join(self.take_pending()))

    def take_pending(self) -> list[str]:
        """The statements that wait for the next trip, which is now."""
        taken, self._pending = self._pending, []
        return taken

    def quoted(self, text: str) -> str:
        """A text as it stands in a statement."""
        found = self._quoted.get(text)
        if found is None:
            found = self._quoted[text] = "'" + text.replace("'", "''") + "'"
        return found

    def add_line(self, world: str, line: bytes) -> None:
        self.has_written = True
        version = self.versions[world]
        version.line = number = version.line + 1
        self._pending.append(
            "INSERT INTO changes (world, number, replica, entry) "
            f"VALUES ({self.quoted(world)}, {number}, {self.number}, '\\x{line.hex()}')"
        )

    def waiting_lines(self, world: str) -> list[bytes]:
        found = self.execute(
            "SELECT entry FROM changes JOIN worlds ON name = world WHERE world = ? AND number > settled "
            "ORDER BY number",
            (world,),
        )
        return [entry for (entry,) in found]

    def lines_are_settled(self, world: str) -> None:
        self.execute(
            "UPDATE worlds SET settled = GREATEST(settled, (SELECT max(number) FROM changes WHERE world = name)) "
            "WHERE name = ?",
            (world,),
        )
        self.execute(
            "DELETE FROM changes USING worlds WHERE name = world AND name = ? AND number <= settled - ?",
            (world, _LINES_LEFT),
        )

    def is_written_whole(self, world: str, *, is_anew: bool) -> None:
        generation = self._next_generation()
        [(era, line)] = self.execute(
            "UPDATE worlds SET generation = ?, era = CASE WHEN ? THEN ? ELSE era END WHERE name = ? "
            "RETURNING era, settled",
            (generation, is_anew, generation, world),
        )
        known = self.versions.get(world)
        self.versions[world] = WorldVersion(generation, era, line if known is None else max(line, known.line))

    def is_gone(self, world: str) -> None:
        self.execute("DELETE FROM changes WHERE world = ?", (world,))
        self._next_generation()
        self.versions.pop(world, None)

    def _next_generation(self) -> int:
        [(generation,)] = self.execute("UPDATE store SET generation = generation + 1 RETURNING generation")
        if generation == self.generation + 1:  # nobody else has written anything whole since
            self.generation = generation
        return int(generation)

    def sweep(self, held: Iterable[int]) -> None:
        del held
        self.execute(_SWEEP)
        self.execute(_SWEEP_FILES)

    def close(self) -> None:
        self.drop_connection()


@lru_cache(maxsize=256)
def _for_psycopg(statement: str) -> str:
    return statement.replace("?", "%s")


def unavailable(fault: psycopg.Error) -> StoreUnavailable:
    """What psycopg raised, in words."""
    code = fault.sqlstate or ""
    if not code or code[:2] in {"08", "57"}:
        return StoreUnavailable("the store has ended its connection")
    found = _FAULTS.get(code) or _FAULTS.get(code[:2]) or "cannot be read or written"
    return StoreUnavailable(f"the store {found}")
