"""Ways in which the state of a running tool server becomes useless, and how each is mended."""

from __future__ import annotations

import contextlib
import errno
import itertools
import os
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path
from shutil import which

import pytest

from kustomer_sandbox.mcp_server.app import McpServer
from kustomer_sandbox.mcp_server.state.database import StateDatabase

DISK = 2 * 1024 * 1024
"""Bytes of a disk that is to be filled."""

FILE = "state.sqlite3"


@contextlib.contextmanager
def mounted(folder: Path) -> Iterator[Path]:
    """A file system in memory at `folder`. Skips the test where mounting one is not permitted."""
    folder.mkdir()
    mount = which("mount")
    made = mount and subprocess.run(
        [mount, "-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", str(folder)], check=False, capture_output=True
    )
    if not made or made.returncode:
        pytest.skip("mounting a small file system is not permitted here")
    try:
        yield folder
    finally:
        subprocess.run([which("umount") or "umount", "--lazy", str(folder)], check=True)


@contextlib.contextmanager
def full(disk: Path) -> Iterator[None]:
    """No byte more can be written to the disk."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file:
        for size in (4096, 1):
            with contextlib.suppress(OSError):
                while True:
                    file.write(b"x" * size)
    with pytest.raises(OSError, match=os.strerror(errno.ENOSPC)), (disk / "one more").open("wb", buffering=0) as file:
        file.write(b"x")
    try:
        yield
    finally:
        filler.unlink()
        (disk / "one more").unlink()


def database_of(server: McpServer) -> StateDatabase:
    """The SQLite that keeps a server's state."""
    assert isinstance(server._state, StateDatabase)  # noqa: SLF001
    return server._state  # noqa: SLF001


@contextlib.contextmanager
def without_room(server: McpServer) -> Iterator[None]:
    """SQLite may take no page more, and those it has are full: its own error for a full disk."""
    db = database_of(server).durable
    (pages,) = db.execute("PRAGMA page_count").fetchone()
    db.execute(f"PRAGMA max_page_count = {pages}")
    event = "INSERT INTO lease_events (lease_id, at, event) VALUES ('filler', '', '')"
    with pytest.raises(sqlite3.OperationalError, match="full"):
        db.executemany(event, itertools.repeat(()))
    try:
        yield
    finally:
        with contextlib.suppress(sqlite3.ProgrammingError):  # the server has ended meanwhile
            db.execute("PRAGMA max_page_count = 1000000")
            db.execute("DELETE FROM lease_events WHERE lease_id = 'filler'")


@contextlib.contextmanager
def read_only(server: McpServer) -> Iterator[None]:
    """SQLite refuses to write, as on a file system that was mounted read-only."""
    connections = (database_of(server).durable, database_of(server).journal)
    for db in connections:
        db.execute("PRAGMA query_only = ON")
    try:
        yield
    finally:
        for db in connections:
            with contextlib.suppress(sqlite3.ProgrammingError):  # the server has ended meanwhile
                db.execute("PRAGMA query_only = OFF")


@contextlib.contextmanager
def locked(state: Path) -> Iterator[None]:
    """Another process writes and does not end."""
    other = sqlite3.connect(state / FILE, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        other.close()


@contextlib.contextmanager
def corrupted(state: Path) -> Iterator[None]:
    """The files hold something else from now on.

    They are written in place: a process that has mapped a file which grows shorter is killed.
    """
    for file in state.glob(f"{FILE}*"):
        length = file.stat().st_size
        with file.open("r+b") as opened:
            opened.write(b"\xa5" * length)
    yield
