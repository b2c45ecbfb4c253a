"""How a state is opened, or refused in one sentence that says what to do."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from kustomer_sandbox.mcp_server.state.database import PATIENCE_SECONDS, RandomHex, StateDatabase, explain
from kustomer_sandbox.mcp_server.state.file_locks import HAS_LOCKS, lock
from kustomer_sandbox.mcp_server.state.migrations import CannotOpenState, ForeignDatabase, NewerState, migrate
from kustomer_sandbox.mcp_server.state.presence import Presence
from kustomer_sandbox.mcp_server.state.protocol import LivingProcesses, State

__all__ = ["FILE", "KEY", "CannotOpenState", "open_attended", "open_state"]

FILE: Final = "state.sqlite3"
KEY: Final = "key"
_KEY_BYTES: Final = 32
_LOG_PATIENCE_SECONDS: Final = 0.25
"""How long a line of the log waits for a lock: it is rather lost than a call held up."""

_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO
_LOGS: Final = "'calls', 'lease_events'"
"""Tables that grow long, and without which the server can serve."""

_ANEW: Final = "restore it from a backup, or start with another --state, whose MCP URL and API token are new ones"


def open_attended(place: Path | str | None, *, random_hex: RandomHex, owner: str) -> tuple[State, LivingProcesses]:
    """A state, and which of the processes that share it live; `owner` is the name of this one.

    It is in a directory, in the PostgreSQL of a URL, or in memory. Raises `CannotOpenState`.
    """
    if not isinstance(place, str):
        return open_state(place, random_hex=random_hex), Presence(place, owner=owner)
    from kustomer_sandbox.mcp_server.state.postgresql.opening import open_shared  # noqa: PLC0415 - only if asked for

    shared = open_shared(place, random_hex=random_hex, key_bytes=_KEY_BYTES, owner=owner)
    return shared, shared


def open_state(directory: Path | None, *, random_hex: RandomHex) -> StateDatabase:
    """The state kept in a directory (made if missing, private to its owner), or one in memory that ends with us.

    Raises `CannotOpenState`.
    """
    if directory is None:
        memory = _connect(":memory:", flush="OFF")
        migrate(memory)
        return StateDatabase(durable=memory, journal=memory, key=bytes.fromhex(random_hex(_KEY_BYTES)), directory=None)
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _alone(directory):
            _refuse_an_open_door(directory)
            return _opened(directory, random_hex)
    except (FileExistsError, NotADirectoryError):
        raise CannotOpenState(f"the state {directory} is not a directory; name another") from None
    except OSError as fault:
        raise CannotOpenState(
            f"the state {directory} cannot be used: {fault.strerror}; give this user the right to write it, and room"
        ) from None


def _opened(directory: Path, random_hex: RandomHex) -> StateDatabase:
    file = directory / FILE
    if file.is_dir():
        raise CannotOpenState(f"there is a directory in the way at {file}; move it, or start with another --state")
    key = _key(directory, random_hex)
    os.close(os.open(file, os.O_CREAT | os.O_RDWR, 0o600))
    try:
        durable = _connect(str(file), flush="FULL")
        migrate(durable)
        _read_through(durable)
        journal = _connect(str(file), flush="NORMAL", patience=_LOG_PATIENCE_SECONDS)
    except ForeignDatabase:
        raise CannotOpenState(f"{file} belongs to another program; start with another --state") from None
    except NewerState:
        raise CannotOpenState(
            f"the state {directory} was written by a newer version of this program; update it, or start with another"
        ) from None
    except sqlite3.DatabaseError as fault:
        raise CannotOpenState(f"{explain(fault)} ({file}); {_remedy(fault)}") from None
    return StateDatabase(durable=durable, journal=journal, key=key, directory=directory)


def _read_through(connection: sqlite3.Connection) -> None:
    """Damage speaks now, and not in the middle of a call."""
    names = f"SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT IN ({_LOGS})"  # noqa: S608 - our own
    for (name,) in connection.execute(names).fetchall():
        connection.execute(f"SELECT count(*) FROM {name} NOT INDEXED").fetchall()  # noqa: S608 - a name of our own


def _remedy(fault: sqlite3.DatabaseError) -> str:
    code = getattr(fault, "sqlite_errorcode", 0) & 0xFF
    if code in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}:
        return _ANEW
    if code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
        return "end what holds it, and start again"
    return "give this user the right to write it, and room"


def _connect(path: str, *, flush: str, patience: float = PATIENCE_SECONDS) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=patience)
    connection.row_factory = sqlite3.Row
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute(f"PRAGMA synchronous = {flush}")
    connection.execute("PRAGMA foreign_keys = ON")
    return connection


@contextlib.contextmanager
def _alone(directory: Path) -> Iterator[None]:
    """While no other process opens the same state: of two first starts one makes it, and the other finds it made."""
    if not HAS_LOCKS:
        yield
        return
    handle = os.open(directory, os.O_RDONLY)
    try:
        lock(handle)
        yield
    finally:
        os.close(handle)


def _refuse_an_open_door(directory: Path) -> None:
    """Raises `CannotOpenState` where others of this machine may read or change the state.

    It is not mended in silence: they may have read the key by then, from which the default tokens are derived.
    """
    if os.name != "posix" or not directory.stat().st_mode & _OTHERS:
        return
    files = [directory / KEY, *directory.glob(f"{FILE}*")]
    if any(file.stat().st_mode & _OTHERS for file in files if file.is_file()):
        raise CannotOpenState(
            f"other users may read the state {directory}: close it with `chmod -R go= {directory}`, and since they may "
            "know its URLs by now, make new ones with `kustomer-sandbox mcp rotate --state …`"
        )


def _key(directory: Path, random_hex: RandomHex) -> bytes:
    file = directory / KEY
    if file.is_dir():
        raise CannotOpenState(f"there is a directory in the way at {file}; move it, or start with another --state")
    if not file.exists():
        if (directory / FILE).exists() and (directory / FILE).stat().st_size:
            raise CannotOpenState(f"the key of the state, {file}, is missing; {_ANEW}")
        return _new_key(file, random_hex)
    try:
        key = bytes.fromhex(file.read_text(encoding="ascii"))
    except ValueError:
        key = b""
    if len(key) != _KEY_BYTES:
        raise CannotOpenState(f"the key of the state, {file}, is damaged; {_ANEW}")
    return key


def _new_key(file: Path, random_hex: RandomHex) -> bytes:
    """Written whole or not at all: a crash in between leaves no half of a key."""
    text = random_hex(_KEY_BYTES)
    draft = file.with_name(f"{KEY}.new")
    draft.unlink(missing_ok=True)
    handle = os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as new:
        new.write(text)
        new.flush()
        os.fsync(new.fileno())
    draft.replace(file)
    return bytes.fromhex(text)
