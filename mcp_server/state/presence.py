"""Which processes that share a state still live, by the file locks they hold: a lock ends with its process.

Context: after a crash the next process must close the dead one's windows at once, but must leave those of a living
neighbour alone. Choice: one locked file per process, since the system drops the lock however the process dies.
Cost: where there are no such locks (Windows) a dead neighbour counts as alive and its leases end by time alone; where
no file can be made (a full disk) we count as dead, and neighbours close our windows.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from kustomer_sandbox.mcp_server.state.file_locks import HAS_LOCKS, try_lock


class Presence:
    """Our own lock, and whether others hold theirs. Without a directory there is no other process."""

    def __init__(self, directory: Path | None, *, owner: str) -> None:
        self._owner = owner
        self._folder = None if directory is None else directory / "processes"
        self._handle: int | None = None
        if self._folder is not None:
            with contextlib.suppress(OSError):
                self._folder.mkdir(mode=0o700, exist_ok=True)
                self._handle = os.open(self._folder / owner, os.O_CREAT | os.O_RDWR, 0o600)
                try_lock(self._handle)

    def is_alive(self, owner: str) -> bool:
        """Whether the process of that name still runs."""
        if owner == self._owner or not HAS_LOCKS:
            return True
        if self._folder is None:
            return False
        try:
            handle = os.open(self._folder / owner, os.O_RDONLY)
        except OSError:
            return False
        try:
            if not try_lock(handle):
                return True
            with contextlib.suppress(OSError):
                (self._folder / owner).unlink()
            return False
        finally:
            os.close(handle)

    def end(self) -> None:
        """Give up our own lock and remove its file, as this process stops."""
        if self._folder is not None and self._handle is not None:
            with contextlib.suppress(OSError):
                (self._folder / self._owner).unlink()
            os.close(self._handle)
            self._handle = None
