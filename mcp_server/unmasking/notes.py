"""Notes that programs of one user leave for each other: files in a folder, locked by their process while it lives."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import Protocol

from kustomer_sandbox.mcp_server.state.database import StateUnavailable
from kustomer_sandbox.mcp_server.state.file_locks import HAS_LOCKS, try_lock
from kustomer_sandbox.mcp_server.state.user_folder import refuse_a_foreign_folder


class Notes(Protocol):
    """Where notes are left, each by its name in a group. `held` are those of this process."""

    @property
    def held(self) -> frozenset[tuple[str, str]]: ...

    def leave(self, group: str, name: str) -> None:
        """Leave a note, or keep one that is held already. Raises `StateUnavailable`."""

    def names(self, group: str) -> list[str]:
        """The notes of every process, living or dead."""

    def is_abandoned(self, group: str, name: str) -> bool:
        """Whether the process that left the note is gone."""

    def remove(self, group: str, name: str) -> None:
        """Remove a note, if it is there."""

    def release(self) -> None:
        """Hold no note any more: from now on ours count as abandoned."""


class NoteFolder:
    """`Notes` as locked files. It refuses to write into a folder that another user has made or can change."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._handles: dict[tuple[str, str], int] = {}

    @property
    def held(self) -> frozenset[tuple[str, str]]:
        return frozenset(self._handles)

    def leave(self, group: str, name: str) -> None:
        inside = self._folder / group
        try:
            inside.mkdir(mode=0o700, parents=True, exist_ok=True)
            refuse_a_foreign_folder(self._folder)
            # Locked before it has its name: a note without a lock is one that a dead process has left.
            draft = inside / f"{name}.new"
            handle = os.open(draft, os.O_CREAT | os.O_RDWR, 0o600)
            try_lock(handle)
            draft.rename(inside / name)
        except OSError:
            raise StateUnavailable(f"the folder {self._folder}, where windows are noted, cannot be written") from None
        before, self._handles[group, name] = self._handles.get((group, name)), handle
        if before is not None:
            os.close(before)

    def names(self, group: str) -> list[str]:
        try:
            return [note.name for note in (self._folder / group).iterdir()]
        except OSError:
            return []

    def is_abandoned(self, group: str, name: str) -> bool:
        try:
            handle = os.open(self._folder / group / name, os.O_RDWR)
        except OSError:
            return False
        try:
            return try_lock(handle)
        finally:
            os.close(handle)

    def remove(self, group: str, name: str) -> None:
        with contextlib.suppress(OSError):
            (self._folder / group / name).unlink()
        handle = self._handles.pop((group, name), None)
        if handle is not None:
            os.close(handle)

    def release(self) -> None:
        for handle in self._handles.values():
            os.close(handle)
        self._handles.clear()


def notes_in(folder: Path | None) -> Notes | None:
    """The notes of a folder; none without one, and on systems without file locks."""
    return NoteFolder(folder) if folder is not None and HAS_LOCKS else None
