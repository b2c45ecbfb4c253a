"""What the server stores: one SQLite file (or none) with accounts, MCP servers, API tokens, leases and the call log.

Context: leases must be on disk before an unmasking window opens, while a log line must not cost a disk flush. Choice:
one file in WAL mode and two connections, one that flushes every commit and one that leaves it to the system.
Cost: log lines of the last moments may be lost when the machine (not the process) dies.
"""

from __future__ import annotations

import hmac
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

RandomHex = Callable[[int], str]
"""Gives so many random bytes as hexadecimal text (`secrets.token_hex`)."""

PATIENCE_SECONDS: Final = 2.0
"""How long a lock of another process is waited for. A transaction takes milliseconds; all else waits meanwhile."""

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


@contextmanager
def speaking() -> Iterator[None]:
    """Turn what SQLite raises when its file is of no use into `StateUnavailable`."""
    try:
        yield
    except sqlite3.IntegrityError:
        raise
    except sqlite3.DatabaseError as fault:
        raise StateUnavailable(explain(fault)) from None


def explain(fault: sqlite3.DatabaseError) -> str:
    """What is wrong with the state, as the beginning of a sentence."""
    code = getattr(fault, "sqlite_errorcode", 0) & 0xFF
    return f"the state {_FAULTS.get(code, 'cannot be read or written')}"


class StateDatabase:
    """An open state. `durable` is for what must survive a power cut, `journal` for the log."""

    def __init__(
        self, *, durable: sqlite3.Connection, journal: sqlite3.Connection, key: bytes, directory: Path | None
    ) -> None:
        self.durable = durable
        self.journal = journal
        self.directory = directory
        self._key = key

    def digest(self, purpose: str, text: str) -> str:
        """A keyed hash (HMAC-SHA256, hexadecimal): all that is ever stored of a token."""
        return hmac.digest(self._key, f"{purpose}\0{text}".encode("utf-8", "replace"), "sha256").hex()

    def derived_key(self, purpose: str) -> bytes:
        """A key of its own for another purpose."""
        return bytes.fromhex(self.digest("derived key", purpose))

    def read(self, sql: str, *values: str | int) -> list[sqlite3.Row]:
        """The rows a question finds. Raises `StateUnavailable`."""
        with speaking():
            return self.durable.execute(sql, values).fetchall()

    @contextmanager
    def transaction(self, *, patience: float | None = None) -> Iterator[sqlite3.Connection]:
        """One write transaction, committed to disk when the block ends and undone when it raises.

        Waits `patience` seconds (two if left out) for a lock that another process holds. Raises `StateUnavailable`.
        """
        with speaking():
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
