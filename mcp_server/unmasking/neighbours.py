"""What the tool servers of one machine tell each other of their windows, whatever state each of them keeps.

Context: an upstream has one window for a customer, open to everyone with a key; two tool servers with a state each
know nothing of each other's leases. Choice: a note for each window, a file in a folder of the user's, named by
upstream, customer, state and lease, and locked by its process for as long as that lives. Cost: other users and other
machines stay unknown, and systems without such locks (Windows) have no notes; each tool call looks into a folder.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Collection
from pathlib import Path
from typing import Final
from urllib.parse import quote, unquote

from kustomer_sandbox.mcp_server.model import UpstreamIdentity
from kustomer_sandbox.mcp_server.state.database import StateUnavailable
from kustomer_sandbox.mcp_server.state.file_locks import HAS_LOCKS, try_lock
from kustomer_sandbox.mcp_server.state.user_folder import refuse_a_foreign_folder
from kustomer_sandbox.mcp_server.unmasking.leases import Lease

_DOTS: Final = 2


class Neighbours:
    """Our notes and those of others. Without a folder there are none."""

    def __init__(self, folder: Path | None, *, state_id: str) -> None:
        self._folder = folder if HAS_LOCKS else None
        self._state_id = state_id
        self._held: dict[Path, int] = {}

    def announce(self, lease: Lease) -> None:
        """Leave a note before the window is asked for. Raises `StateUnavailable`."""
        if self._folder is None:
            return
        note = self._note(lease)
        try:
            note.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            refuse_a_foreign_folder(self._folder)
            # Locked before it has its name: a note without a lock is one that a dead process has left.
            draft = note.with_name(f"{note.name}.new")
            handle = os.open(draft, os.O_CREAT | os.O_RDWR, 0o600)
            try_lock(handle)
            draft.rename(note)
        except OSError:
            raise StateUnavailable(f"the folder {self._folder}, where windows are noted, cannot be written") from None
        self._held[note] = handle

    def withdraw(self, lease: Lease) -> None:
        """The window has ended."""
        if self._folder is not None:
            self._drop(self._note(lease))

    def customers(self, upstream: UpstreamIdentity) -> frozenset[str]:
        """Ids of the customers for whom the tool server of another state has, or left, a window."""
        return frozenset(map(_customer, self._foreign(upstream)))

    def left_behind(self, upstream: UpstreamIdentity) -> set[str]:
        """Ids of the customers whose windows were left by a process that lives no more."""
        return {_customer(note) for note in self._foreign(upstream) if _is_abandoned(note)}

    def forget(self, upstream: UpstreamIdentity, customer_id: str) -> None:
        """Remove the notes of a customer that no living process holds."""
        for note in self._foreign(upstream):
            if _customer(note) == customer_id and _is_abandoned(note):
                self._drop(note)

    def keep(self, leases: Collection[Lease]) -> None:
        """Drop the notes of this process for other leases than these: another process has closed them."""
        kept = {self._note(lease) for lease in leases} if self._folder is not None else set()
        for note in set(self._held) - kept:
            self._drop(note)

    def end(self) -> None:
        """This process stops: what is still noted is of use to whoever comes next."""
        for handle in self._held.values():
            os.close(handle)
        self._held.clear()

    def _drop(self, note: Path) -> None:
        with contextlib.suppress(OSError):
            note.unlink()
        handle = self._held.pop(note, None)
        if handle is not None:
            os.close(handle)

    def _foreign(self, upstream: UpstreamIdentity) -> list[Path]:
        if self._folder is None:
            return []
        try:
            notes = list(_inside(self._folder, upstream).iterdir())
        except OSError:
            return []
        return [note for note in notes if note.name.count(".") == _DOTS and note.name.split(".")[1] != self._state_id]

    def _note(self, lease: Lease) -> Path:
        if self._folder is None:
            raise ValueError("there is no folder for notes")
        name = f"{quote(lease.customer_id, safe='').replace('.', '%2E')}.{self._state_id}.{lease.id}"
        return _inside(self._folder, lease.upstream) / name


def _inside(folder: Path, upstream: UpstreamIdentity) -> Path:
    return folder / hashlib.sha256(upstream.key.encode()).hexdigest()[:32]


def _customer(note: Path) -> str:
    return unquote(note.name.split(".")[0])


def _is_abandoned(note: Path) -> bool:
    if not HAS_LOCKS:
        return False
    try:
        handle = os.open(note, os.O_RDWR)
    except OSError:
        return False
    try:
        return try_lock(handle)
    finally:
        os.close(handle)
