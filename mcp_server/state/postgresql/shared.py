"""A state that several processes share, and which of them live.

Context: SQLite lets one process write at a time, and the rules of leases rely on that. Choice: a write transaction here
begins with one lock that all of them take, so that whoever changes a lease has read what the others made of it; a
process holds a lock of its own as long as its connection lives, which ends however the process does. Cost: where
PostgreSQL restarts, all count as dead until their next question, and their windows may be closed: that is safe.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

import psycopg
from psycopg.rows import DictRow

from kustomer_sandbox.mcp_server.state.database import PATIENCE_SECONDS, Keyed, StateUnavailable
from kustomer_sandbox.mcp_server.state.postgresql.connection import PostgresConnection, state_errors
from kustomer_sandbox.mcp_server.state.protocol import Writing

STATE_LOCKS: Final = 0x4B4D4350
"""The class of our advisory locks: of the whole state (0), and of a change of its tables (1)."""

# Waits for the disk even where the database does not by itself: leases must be there before a window opens.
FLUSHED: Final = """
    SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'
"""
_UNFLUSHED: Final = "SET synchronous_commit = off"


class SharedState(Keyed):
    """An open state in PostgreSQL, as `State` says. `owner` is this process's name among those that share it."""

    is_of_one_process = False

    def __init__(self, conninfo: dict[str, Any], *, key: bytes, owner: str = "") -> None:
        super().__init__(key)
        self._owner = owner
        self._journal = PostgresConnection(conninfo, flush=_UNFLUSHED)
        # The lock of this process is on the connection that is used once a second, so that a lost one is soon missed.
        self._durable = PostgresConnection(conninfo, flush=FLUSHED, on_connect=self._take_owner_lock)

    def read(self, sql: str, *values: str | int) -> list[DictRow]:
        """As `State` says."""
        with state_errors():
            return self._durable.execute(sql, values).fetchall()

    def add_lines(self, sql: str, lines: list[tuple[object, ...]]) -> None:
        """As `State` says."""
        with state_errors():
            for line in lines:
                self._journal.execute(sql, line)

    def read_lines(self, sql: str, values: Sequence[str | int]) -> list[DictRow]:
        """As `State` says."""
        with state_errors():
            return self._journal.execute(sql, values).fetchall()

    def delete_lines(self, sql: str, *values: str) -> None:
        """As `State` says."""
        with state_errors():
            self._journal.execute(sql, values)

    @contextmanager
    def transaction(self, *, patience: float | None = None) -> Iterator[Writing]:
        """As `State` says."""
        connection, milliseconds = self._durable, 1000 * (PATIENCE_SECONDS if patience is None else patience)
        with state_errors():
            try:
                # Each statement sees what was committed before it: the first one waits for the others' commits.
                connection.begin(
                    f"BEGIN ISOLATION LEVEL READ COMMITTED;SET LOCAL lock_timeout = {milliseconds:.0f};"
                    f"SELECT pg_advisory_xact_lock({STATE_LOCKS}, 0)"
                )
                yield connection
                connection.end("COMMIT")
            except BaseException:
                with contextlib.suppress(psycopg.Error):
                    connection.end("ROLLBACK")
                raise

    def close(self) -> None:
        """The state cannot be used afterwards; this process does not live any more, as the others see it."""
        self._journal.close()
        self._durable.close()

    def _take_owner_lock(self, connection: psycopg.Connection[DictRow]) -> None:
        if self._owner:
            connection.execute("SELECT pg_advisory_lock_shared(%s)", (_number_of(self._owner),))

    def is_alive(self, owner: str) -> bool:
        """Whether the process of that name still runs; so it seems while nobody can be asked."""
        if owner == self._owner:
            return True
        try:
            # Not on the connection of transactions, within which this is asked.
            rows = self.read_lines("SELECT NOT pg_try_advisory_xact_lock(?) AS lives", (_number_of(owner),))
        except StateUnavailable:
            return True
        return bool(rows[0]["lives"])

    def end(self) -> None:
        """This process stops."""
        self.close()


def _number_of(owner: str) -> int:
    """A number of eight bytes for a process, whose name is 32 random hexadecimal digits."""
    return int(owner[:16].ljust(16, "0"), 16) - 2**63
