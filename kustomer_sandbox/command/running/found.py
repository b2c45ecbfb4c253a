"""Which sandboxes of this user run on this machine: a note for each port, for `status` and `env` to read.

The folder is the user's own and closed to others: a note holds the keys that the start has printed. It goes when its
sandbox ends; one that a killed sandbox has left is taken away by whoever finds that nothing listens on its port.
"""

from __future__ import annotations

import contextlib
import json
import socket
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from kustomer_sandbox.mcp_server.state.user_folder import folder_of_user, own_folder, refuse_a_foreign_folder

_NAME = "running"
_WAIT_SECONDS = 1.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Running:
    """A sandbox that runs: where it listens, its version, and what its start has told."""

    host: str
    port: int
    pid: int
    version: str
    facts: Mapping[str, str]


def announce(running: Running, environment: Mapping[str, str]) -> Path | None:
    """Leave a note; gives where, None where it cannot be written: a sandbox runs without as well."""
    folder = own_folder(environment, _NAME)
    if folder is None:
        return None
    note = folder / f"{running.port}.json"
    try:
        draft = note.with_suffix(f".{running.pid}")
        draft.touch(mode=0o600)
        draft.write_text(json.dumps(asdict(running)), "utf-8")
        draft.rename(note)
    except OSError:
        return None
    return note


def withdraw(note: Path, pid: int) -> None:
    """Take a note away, unless it is another's by now."""
    with contextlib.suppress(OSError, ValueError, TypeError, KeyError):
        if json.loads(note.read_text("utf-8"))["pid"] == pid:
            note.unlink()


def find_running(environment: Mapping[str, str]) -> list[Running]:
    """All that run, in the order of their ports."""
    return sorted(_alive(_folder(environment)), key=lambda running: running.port)


def _alive(folder: Path) -> Iterator[Running]:
    try:
        refuse_a_foreign_folder(folder)
        notes = sorted(folder.glob("*.json"))
    except OSError:
        return
    for note in notes:
        try:
            running = Running(**json.loads(note.read_text("utf-8")))
        except (OSError, ValueError, TypeError):
            continue
        if _listens(running):
            yield running
        else:
            withdraw(note, running.pid)


def _listens(running: Running) -> bool:
    try:
        with socket.create_connection((running.host, running.port), timeout=_WAIT_SECONDS):
            return True
    except OSError:
        return False


def _folder(environment: Mapping[str, str]) -> Path:
    return folder_of_user(environment) / _NAME
