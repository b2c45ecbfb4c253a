"""The SQLite file in which worlds are kept: opened for this process alone, or refused in one sentence.

Decision: WAL with `synchronous = NORMAL`. What was answered outlives the process however it dies, for the system has
it; a power cut may take the last moments, and leaves what was before them whole. A flush to the disk for each call
costs six milliseconds, against a twentieth of one.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

APPLICATION: Final = 0x4B4D4353
"""`PRAGMA application_id` of a store of worlds."""

SCHEME: Final = "sqlite:///"
_PATIENCE_SECONDS: Final = 1.0
_CHECKPOINT_PAGES: Final = 4000
"""So many pages of four kilobytes are added before they go to their places, which waits for the disk."""

MIGRATIONS: Final = (
    """
    CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
    CREATE TABLE layers (number INTEGER PRIMARY KEY AUTOINCREMENT, below INTEGER REFERENCES layers (number)) STRICT;
    CREATE TABLE rows (
        layer INTEGER NOT NULL REFERENCES layers (number) ON DELETE CASCADE, kind TEXT NOT NULL, id TEXT NOT NULL,
        rev INTEGER NOT NULL, data BLOB, keys TEXT, PRIMARY KEY (layer, kind, id)
    ) STRICT;
    CREATE TABLE worlds (
        name TEXT PRIMARY KEY, layer INTEGER NOT NULL REFERENCES layers (number),
        spec TEXT NOT NULL, form TEXT NOT NULL
    ) STRICT;
    CREATE TABLE states (
        world TEXT NOT NULL REFERENCES worlds (name) ON DELETE CASCADE, id TEXT NOT NULL,
        layer INTEGER NOT NULL REFERENCES layers (number), form TEXT NOT NULL, PRIMARY KEY (world, id)
    ) STRICT;
    CREATE TABLE journal (
        world TEXT NOT NULL REFERENCES worlds (name) ON DELETE CASCADE, number INTEGER NOT NULL, line TEXT NOT NULL,
        PRIMARY KEY (world, number)
    ) STRICT;
    CREATE TABLE recordings (
        world TEXT NOT NULL REFERENCES worlds (name) ON DELETE CASCADE, part TEXT NOT NULL, number INTEGER NOT NULL,
        line TEXT NOT NULL, PRIMARY KEY (world, part, number)
    ) STRICT;
    CREATE TABLE files (digest TEXT PRIMARY KEY, content BLOB NOT NULL) STRICT;
    CREATE TABLE changes (
        number INTEGER PRIMARY KEY, world TEXT NOT NULL, entry BLOB NOT NULL
    ) STRICT
    """,
)
"""The steps in which the tables came to be."""

_FAULTS: Final = {
    sqlite3.SQLITE_FULL: ("is on a full disk", "make room for it"),
    sqlite3.SQLITE_READONLY: ("is read-only", "give this user the right to write it, and its folder"),
    sqlite3.SQLITE_PERM: ("is read-only", "give this user the right to write it, and its folder"),
    sqlite3.SQLITE_CANTOPEN: ("cannot be opened", "its folder must be there, and this user's to write"),
    sqlite3.SQLITE_BUSY: ("is used by another process", "end that one, or name another file"),
    sqlite3.SQLITE_LOCKED: ("is used by another process", "end that one, or name another file"),
    sqlite3.SQLITE_CORRUPT: ("is damaged", "restore it from a backup, or name another file"),
    sqlite3.SQLITE_NOTADB: ("is no store of this program", "name another file"),
}


class CannotOpenStore(Exception):
    """The URL leads to no store that can be used. The message is for the operator: what is wrong, and what to do."""


class StoreUnavailable(Exception):
    """The store cannot be read or written now. The message says why and repeats nothing of what is stored."""


def path_of(url: str) -> Path:
    """The file that a URL such as `sqlite:///kept.db` names. Raises `CannotOpenStore`."""
    name = url.removeprefix(SCHEME)
    if name == url or not name or name == ":memory:":
        raise CannotOpenStore(f"--store must be {SCHEME}PATH, such as {SCHEME}sandbox.db")
    return Path(name)


def open_database(path: Path) -> sqlite3.Connection:
    """The store in a file, which is made if it is missing, readable by this user alone. Raises `CannotOpenStore`."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as fault:
        raise CannotOpenStore(f"the store {path} cannot be opened: {fault.strerror}; name another file") from None
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=_PATIENCE_SECONDS)
    try:
        # One process has the worlds in memory, so no other may write them. The lock ends with the process.
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        _migrate(connection, path)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute(f"PRAGMA wal_autocheckpoint = {_CHECKPOINT_PAGES}")
    except sqlite3.DatabaseError as fault:
        connection.close()
        what, remedy = _explained(fault)
        raise CannotOpenStore(f"the store {path} {what}; {remedy}") from None
    except BaseException:
        connection.close()
        raise
    return connection


def _migrate(connection: sqlite3.Connection, path: Path) -> None:
    """Bring the tables up to date, all of them or none. Raises `CannotOpenStore`."""
    with transaction(connection):
        version: int = connection.execute("PRAGMA user_version").fetchone()[0]
        application: int = connection.execute("PRAGMA application_id").fetchone()[0]
        is_new = not connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
        if not is_new and application != APPLICATION:
            raise CannotOpenStore(f"{path} belongs to another program; name another file")
        if version > len(MIGRATIONS):
            raise CannotOpenStore(
                f"the store {path} was written by a newer version of this program; update it, or name another file"
            )
        for script in MIGRATIONS[version:]:
            for statement in script.split(";"):
                connection.execute(statement)
        if version < len(MIGRATIONS):
            connection.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")
            connection.execute(f"PRAGMA application_id = {APPLICATION}")


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """All or nothing of what is written inside."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        with contextlib.suppress(sqlite3.Error):  # after some faults SQLite has undone it by itself
            connection.execute("ROLLBACK")
        raise


@contextmanager
def speaking() -> Iterator[None]:
    """Turn what SQLite raises into `StoreUnavailable`."""
    try:
        yield
    except sqlite3.DatabaseError as fault:
        raise unavailable(fault) from None


def unavailable(fault: sqlite3.DatabaseError) -> StoreUnavailable:
    """What SQLite raised, in words."""
    return StoreUnavailable(f"the store {_explained(fault)[0]}")


def _explained(fault: sqlite3.DatabaseError) -> tuple[str, str]:
    """What is wrong with the store, as the end of a sentence, and what helps."""
    code = getattr(fault, "sqlite_errorcode", 0) & 0xFF
    return _FAULTS.get(code, ("cannot be read or written", "name another file"))
