"""What the server stores: one SQLite file (or none) with accounts, MCP servers, API tokens, leases and the call log.

Context: leases must be on disk before an unmasking window opens, while a log line must not cost a disk flush. Choice:
one file in WAL mode and two connections, one that flushes every commit and one that leaves it to the system.
Cost: log lines of the last moments may be lost when the machine (not the process) dies.
"""

from __future__ import annotations

import hmac
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

RandomHex = Callable[[int], str]
"""Gives so many random bytes as hexadecimal text (`secrets.token_hex`)."""

_KEY_BYTES: Final = 32
_PATIENCE_SECONDS: Final = 2.0
"""How long a lock of another process is waited for. A transaction takes milliseconds; all else waits meanwhile."""

_LOG_PATIENCE_SECONDS: Final = 0.25
"""How long a line of the log waits for a lock: it is rather lost than a call held up."""

_FAULTS: Final = {
    sqlite3.SQLITE_FULL: "is on a full disk",
    sqlite3.SQLITE_READONLY: "is read-only",
    sqlite3.SQLITE_BUSY: "is locked by another process",
    sqlite3.SQLITE_LOCKED: "is locked by another process",
    sqlite3.SQLITE_CORRUPT: "is damaged",
    sqlite3.SQLITE_NOTADB: "is damaged",
}
MIGRATIONS: Final = (
    """
    CREATE TABLE accounts (id TEXT PRIMARY KEY, base_url TEXT NOT NULL, key_env TEXT NOT NULL) STRICT;
    CREATE TABLE servers (
        id TEXT PRIMARY KEY, token_hash TEXT NOT NULL UNIQUE, account_id TEXT NOT NULL REFERENCES accounts (id),
        name TEXT NOT NULL, config TEXT NOT NULL, created_by TEXT NOT NULL, expires_at TEXT,
        created_at TEXT NOT NULL, updated_at TEXT NOT NULL
    ) STRICT;
    CREATE INDEX servers_by_account ON servers (account_id, created_at, id);
    CREATE TABLE api_tokens (
        id TEXT PRIMARY KEY, token_hash TEXT NOT NULL UNIQUE, name TEXT NOT NULL, created_at TEXT NOT NULL
    ) STRICT;
    CREATE TABLE leases (
        id TEXT PRIMARY KEY, account_id TEXT NOT NULL, customer_id TEXT NOT NULL, server_id TEXT NOT NULL,
        tool TEXT NOT NULL, connection TEXT NOT NULL, owner TEXT NOT NULL, status TEXT NOT NULL,
        opened_at TEXT NOT NULL, expires_at TEXT NOT NULL, hard_at TEXT NOT NULL, closed_at TEXT,
        reason TEXT NOT NULL DEFAULT '', close_reason TEXT NOT NULL DEFAULT '', reads INTEGER NOT NULL DEFAULT 0,
        attempts INTEGER NOT NULL DEFAULT 0, retry_at TEXT NOT NULL DEFAULT '', wanted INTEGER NOT NULL DEFAULT 1
    ) STRICT;
    CREATE INDEX leases_unclosed ON leases (account_id, customer_id) WHERE status <> 'closed';
    CREATE TABLE lease_events (
        sequence INTEGER PRIMARY KEY, lease_id TEXT NOT NULL, at TEXT NOT NULL, event TEXT NOT NULL,
        tool TEXT NOT NULL DEFAULT '', upstream_status INTEGER
    ) STRICT;
    CREATE INDEX lease_events_by_lease ON lease_events (lease_id, sequence);
    CREATE TABLE calls (
        sequence INTEGER PRIMARY KEY, at TEXT NOT NULL, request_id TEXT NOT NULL, server_id TEXT NOT NULL,
        server_name TEXT NOT NULL, account_id TEXT NOT NULL, mcp_method TEXT NOT NULL, tool TEXT NOT NULL,
        resource TEXT NOT NULL, method TEXT NOT NULL, client_name TEXT NOT NULL, client_version TEXT NOT NULL,
        outcome TEXT NOT NULL, upstream_status INTEGER, result_count INTEGER, duration_ms REAL NOT NULL
    ) STRICT;
    CREATE INDEX calls_by_time ON calls (at);
    """,
    """
    ALTER TABLE leases ADD COLUMN call_id TEXT NOT NULL DEFAULT '';
    ALTER TABLE calls ADD COLUMN call_id TEXT NOT NULL DEFAULT '';
    """,
)


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
            self.durable.execute(f"PRAGMA busy_timeout = {_PATIENCE_SECONDS * 1000:.0f}")

    def close(self) -> None:
        """Close the file. The state cannot be used afterwards."""
        for connection in (self.journal, self.durable):
            # Closing tidies up, which a full or damaged disk may not allow: what is committed stays.
            with suppress(sqlite3.Error):
                connection.close()


def open_state(directory: Path | None, *, random_hex: RandomHex) -> StateDatabase:
    """The state kept in a directory (made if missing, private to its owner), or one in memory that ends with us."""
    if directory is None:
        memory = _connect(":memory:", flush="OFF")
        _migrate(memory)
        return StateDatabase(durable=memory, journal=memory, key=bytes.fromhex(random_hex(_KEY_BYTES)), directory=None)
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    key = _key(directory / "key", random_hex)
    file = directory / "state.sqlite3"
    os.close(os.open(file, os.O_CREAT | os.O_RDWR, 0o600))
    durable = _connect(str(file), flush="FULL")
    _migrate(durable)
    journal = _connect(str(file), flush="NORMAL", patience=_LOG_PATIENCE_SECONDS)
    return StateDatabase(durable=durable, journal=journal, key=key, directory=directory)


def _connect(path: str, *, flush: str, patience: float = _PATIENCE_SECONDS) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=patience)
    connection.row_factory = sqlite3.Row
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute(f"PRAGMA synchronous = {flush}")
    connection.execute("PRAGMA foreign_keys = ON")
    return connection


def _migrate(connection: sqlite3.Connection) -> None:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > len(MIGRATIONS):
        raise ValueError("the state was written by a newer version of this program")
    for number, script in enumerate(MIGRATIONS[version:], start=version + 1):
        connection.executescript(f"BEGIN IMMEDIATE; {script} PRAGMA user_version = {number}; COMMIT;")


def _key(file: Path, random_hex: RandomHex) -> bytes:
    try:
        handle = os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        key = bytes.fromhex(file.read_text(encoding="ascii"))
        if len(key) != _KEY_BYTES:
            raise ValueError("the key file of the state is damaged") from None
        return key
    with os.fdopen(handle, "w", encoding="ascii") as new:
        text = random_hex(_KEY_BYTES)
        new.write(text)
    return bytes.fromhex(text)
