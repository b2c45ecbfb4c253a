"""The SQLite file in which worlds are kept: opened for this process alone, or refused in one sentence.

Decision: WAL with `synchronous = NORMAL`. What was answered outlives the process however it dies, for the system has
it; a power cut may take the last moments, and leaves what was before them whole. A flush to the disk for each call
costs six milliseconds, against a twentieth of one.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from kustomer_sandbox.simulator.keeping import tables
from kustomer_sandbox.simulator.keeping.database import CannotOpenStore, StoreUnavailable, WriteTimes

APPLICATION_ID: Final = 0x4B4D4353
"""`PRAGMA application_id` of a store of worlds."""

SCHEME: Final = "sqlite:///"
_PATIENCE_SECONDS: Final = 1.0
_CHECKPOINT_PAGES: Final = 4000
"""So many pages of four kilobytes are added before they go to their places, which waits for the disk."""

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


_SWEEP: Final = """
    WITH RECURSIVE needed (number) AS (
        SELECT layer FROM worlds UNION SELECT layer FROM states UNION SELECT value FROM json_each(?)
        UNION SELECT below FROM layers JOIN needed USING (number) WHERE below IS NOT NULL
    )
    DELETE FROM layers WHERE number NOT IN (SELECT number FROM needed)
"""
_SWEEP_FILES: Final = """
    DELETE FROM files WHERE digest NOT IN (SELECT value FROM worlds, json_each(worlds.form, '$.files'))
"""


class SQLiteDatabase:
    """A store in a file."""

    is_shared = False
    order = "rowid"

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        self.times = WriteTimes()

    def execute(self, statement: str, values: Sequence[Any] = ()) -> list[Any]:
        try:
            return self.connection.execute(statement, values).fetchall()
        except sqlite3.Error as fault:
            raise _unavailable(fault) from None

    def executemany(self, statement: str, rows: Iterable[Sequence[Any]]) -> None:
        try:
            self.connection.executemany(statement, rows)
        except sqlite3.Error as fault:
            raise _unavailable(fault) from None

    def put_new_rows(self, rows: Iterable[Sequence[Any]]) -> None:
        self.executemany("INSERT INTO rows VALUES (?, ?, ?, ?, ?, ?)", rows)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        begun = self.times.begun()
        try:
            with _transaction(self.connection):
                yield
        except sqlite3.Error as fault:
            self.times.failures += 1
            raise _unavailable(fault) from None
        self.times.done(begun)

    def add_line(self, world: str, line: bytes) -> None:
        begun = self.times.begun()
        try:
            self.connection.execute("INSERT INTO changes (world, entry) VALUES (?, ?)", (world, line))
        except sqlite3.Error as fault:
            self.times.failures += 1
            raise _unavailable(fault) from None
        self.times.done(begun)

    def waiting_lines(self, world: str) -> list[bytes]:
        found = self.execute("SELECT entry FROM changes WHERE world = ? ORDER BY number", (world,))
        return [entry for (entry,) in found]

    def lines_are_settled(self, world: str) -> None:
        self.execute("DELETE FROM changes WHERE world = ?", (world,))

    def is_written_whole(self, world: str, *, is_anew: bool) -> None:
        """Nobody else need know."""

    def is_gone(self, world: str) -> None:
        self.lines_are_settled(world)

    def sweep(self, held: Iterable[int]) -> None:
        with self.transaction():
            self.execute(_SWEEP, (str(list(held)),))
            self.execute(_SWEEP_FILES)

    def overwrite_deleted(self) -> None:
        """From now on nothing that was deleted can be read in the file."""
        self.execute("PRAGMA secure_delete = ON")

    def close(self) -> None:
        with contextlib.suppress(sqlite3.Error):
            self.connection.close()


def path_of(url: str) -> Path:
    """The file that a URL such as `sqlite:///kept.db` names. Raises `CannotOpenStore`."""
    name = url.removeprefix(SCHEME)
    if name == url or not name or name == ":memory:":
        raise CannotOpenStore(f"--store must be {SCHEME}PATH, such as {SCHEME}sandbox.db")
    return Path(name)


def open_sqlite(path: Path) -> SQLiteDatabase:
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
    return SQLiteDatabase(connection)


def _migrate(connection: sqlite3.Connection, path: Path) -> None:
    """Bring the tables up to date, all of them or none. Raises `CannotOpenStore`."""
    with _transaction(connection):
        version: int = connection.execute("PRAGMA user_version").fetchone()[0]
        application: int = connection.execute("PRAGMA application_id").fetchone()[0]
        is_new = not connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
        if not is_new and application != APPLICATION_ID:
            raise CannotOpenStore(f"{path} belongs to another program; name another file")
        if version > len(tables.SQLITE):
            raise CannotOpenStore(
                f"the store {path} was written by a newer version of this program; update it, or name another file"
            )
        for script in tables.SQLITE[version:]:
            for statement in script.split(";"):
                connection.execute(statement)
        if version < len(tables.SQLITE):
            connection.execute(f"PRAGMA user_version = {len(tables.SQLITE)}")
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")


@contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        with contextlib.suppress(sqlite3.Error):  # after some faults SQLite has undone it by itself
            connection.execute("ROLLBACK")
        raise


def _unavailable(fault: sqlite3.Error) -> StoreUnavailable:
    """What SQLite raised, in words."""
    return StoreUnavailable(f"the store {_explained(fault)[0]}")


def _explained(fault: sqlite3.Error) -> tuple[str, str]:
    """What is wrong with the store, as the end of a sentence, and what helps."""
    code = getattr(fault, "sqlite_errorcode", 0) & 0xFF
    return _FAULTS.get(code, ("cannot be read or written", "name another file"))
