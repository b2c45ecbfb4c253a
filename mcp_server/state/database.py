"""What the server stores in SQLite: one file (or none) with accounts, MCP servers, API tokens, leases and the call log.

Context: leases must be on disk before an unmasking window opens, while a log line must not cost a disk flush. Choice:
one file in WAL mode and two connections, one that flushes every commit and one that leaves it to the system.
Cost: log lines of the last moments may be lost when the machine (not the process) dies.

A state in memory has one connection, which counts every row it changes. While that count stands still, beside the lines
of the log, a question has the answer it had: it is kept, since each tool call asks three.
"""

from __future__ import annotations

import hmac
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Final

RandomHex = Callable[[int], str]
"""Gives so many random bytes as hexadecimal text (`secrets.token_hex`)."""

PATIENCE_SECONDS: Final = 2.0
"""How long a lock of another process is waited for. A transaction takes milliseconds; all else waits meanwhile."""

_ANSWERS: Final = 8192
"""How many answers are kept; beyond it all are forgotten."""

_FAULTS: Final = {
    sqlite3.SQLITE_FULL: "is on a full disk",
    sqlite3.SQLITE_READONLY: "is read-only",
    sqlite3.SQLITE_BUSY: "is locked by another process",
    sqlite3.SQLITE_LOCKED: "is locked by another process",
    sqlite3.SQLITE_CORRUPT: "is damaged",
    sqlite3.SQLITE_NOTADB: "is damaged",
}


class StateUnavailable(Exception):
    """The state cannot be read or written now. The message says why and repeats nothing of what is stored."""


class Conflict(Exception):
    """A change breaks a rule of the tables: what must be there once is there already. Nothing of it is stored."""


class _StateErrors(AbstractContextManager[None]):
    """A class, because a generator takes three times as long, and a tool call enters several."""

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(fault, sqlite3.IntegrityError):
            raise Conflict from None
        if isinstance(fault, sqlite3.DatabaseError):
            raise StateUnavailable(explain(fault)) from None


_STATE_ERRORS: Final = _StateErrors()


def state_errors() -> AbstractContextManager[None]:
    """Turn what SQLite raises when its file is of no use into `StateUnavailable`."""
    return _STATE_ERRORS


def explain(fault: sqlite3.DatabaseError) -> str:
    """What is wrong with the state, as the beginning of a sentence."""
    code = getattr(fault, "sqlite_errorcode", 0) & 0xFF
    return f"the state {_FAULTS.get(code, 'cannot be read or written')}"


class Keyed:
    """What is worked out with the key of a state."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def digest(self, purpose: str, text: str) -> str:
        """A keyed hash (HMAC-SHA256, hexadecimal): all that is ever stored of a token."""
        return hmac.digest(self._key, f"{purpose}\0{text}".encode("utf-8", "replace"), "sha256").hex()

    def derived_key(self, purpose: str) -> bytes:
        """A key of its own for another purpose."""
        return bytes.fromhex(self.digest("derived key", purpose))


class StateDatabase(Keyed):
    """An open state in SQLite. `durable` is for what must survive a power cut, `journal` for the log."""

    def __init__(
        self, *, durable: sqlite3.Connection, journal: sqlite3.Connection, key: bytes, directory: Path | None
    ) -> None:
        super().__init__(key)
        self.durable = durable
        self.journal = journal
        self.directory = directory
        self.is_of_one_process = directory is None
        self._lines = 0
        self._answers: dict[tuple[str, tuple[str | int, ...]], list[sqlite3.Row]] = {}
        self._answered_at = -1

    def read(self, sql: str, *values: str | int) -> list[sqlite3.Row]:
        """The rows a question finds, of any table but the log's. Raises `StateUnavailable`."""
        with state_errors():
            # What another process changes in a file is counted by none of ours; what may be undone is not kept.
            if not self.is_of_one_process or self.durable.in_transaction:
                return self.durable.execute(sql, values).fetchall()
            return self._kept(sql, values).copy()

    def _kept(self, sql: str, values: tuple[str | int, ...]) -> list[sqlite3.Row]:
        changes = self.durable.total_changes - self._lines
        if changes != self._answered_at or len(self._answers) >= _ANSWERS:
            self._answers.clear()
            self._answered_at = changes
        found = self._answers.get((sql, values))
        if found is None:
            found = self._answers[sql, values] = self.durable.execute(sql, values).fetchall()
        return found

    def add_lines(self, sql: str, lines: list[tuple[object, ...]]) -> None:
        """Add lines to the log. Raises `StateUnavailable`."""
        with state_errors():
            before = self.journal.total_changes
            self.journal.executemany(sql, lines)
            self._lines += self.journal.total_changes - before

    def read_lines(self, sql: str, values: Sequence[str | int]) -> list[sqlite3.Row]:
        """Lines of the log. Raises `StateUnavailable`."""
        with state_errors():
            return self.journal.execute(sql, values).fetchall()

    def delete_lines(self, sql: str, *values: str) -> None:
        """Delete lines of the log. Raises `StateUnavailable`."""
        with state_errors():
            self.journal.execute(sql, values)

    @contextmanager
    def transaction(self, *, patience: float | None = None) -> Iterator[sqlite3.Connection]:
        """One write transaction, committed to disk when the block ends and undone when it raises.

        Waits `patience` seconds (two if left out) for a lock that another process holds. Raises `StateUnavailable`, and
        `Conflict` for what breaks a rule of the tables.
        """
        with state_errors():
            self._begin(patience)
            try:
                yield self.durable
                self.durable.execute("COMMIT")
            except BaseException:
                # After some faults SQLite has undone it by itself; a commit that failed is still to be undone.
                with suppress(sqlite3.Error):
                    self.durable.execute("ROLLBACK")
                raise

    def _begin(self, patience: float | None) -> None:
        if patience is None:
            self.durable.execute("BEGIN IMMEDIATE")
            return
        self.durable.execute(f"PRAGMA busy_timeout = {patience * 1000:.0f}")
        try:
            self.durable.execute("BEGIN IMMEDIATE")
        finally:
            self.durable.execute(f"PRAGMA busy_timeout = {PATIENCE_SECONDS * 1000:.0f}")

    def close(self) -> None:
        """Close the file. The state cannot be used afterwards."""
        for connection in (self.journal, self.durable):
            # Closing tidies up, which a full or damaged disk may not allow: what is committed stays.
            with suppress(sqlite3.Error):
                connection.close()
