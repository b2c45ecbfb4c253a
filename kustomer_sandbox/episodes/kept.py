"""What a state keeps of episodes: how each began and every call since, one file an episode.

Context: worlds are in memory, and a restart must not lose an episode. Choice: the calls are written down and made again
at the next start; ids and time are injected, so that gives the same world to the byte. A dump of the world would cost
more at each call, and be tied to how it is stored. Cost: a start takes as long as the calls of all open episodes
did, and what did not happen by calls is lost: what the control API did, contents of files, and answers to webhooks.

The calls are kept as they were sent, without the key, readable by this user alone, and deleted with the episode.
Each is written before its answer goes out, which outlives the process but not a power cut.
"""

from __future__ import annotations

import json
import os
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from kustomer_sandbox.mcp_server.state.file_locks import try_lock
from kustomer_sandbox.simulator.values.clock import WorldClock
from kustomer_sandbox.simulator.values.http import Reply, Request
from kustomer_sandbox.simulator.world.recording import CallRecording
from kustomer_sandbox.simulator.world.spending.run import RunCall

_FOLDER = "episodes"
_SUFFIX = ".jsonl"
_KEY = "authorization"

Facts = Mapping[str, Any]
"""How an episode began, as JSON."""


class KeptCalls(CallRecording):
    """A recording that is written down call by call instead of kept in memory."""

    def __init__(self, file: Path) -> None:
        super().__init__()
        self._file = file
        self.is_whole = True
        """Whether every call could be written: a full disk must not fail calls."""

    def keep(self, at: datetime, call: RunCall, request: Request, reply: Reply, *, is_made: bool = True) -> None:
        """Write a call down, unless it was not made: the fault that stood in for it is not kept either."""
        if not is_made:
            return
        headers = {name: value for name, value in request.headers.items() if name.lower() != _KEY}
        asked = [request.method, request.path, request.query, headers, b64encode(request.body).decode(), request.scheme]
        line = {"at": at.isoformat(), "key": call.key, "request": asked, "answer": _print_of(reply)}
        try:
            # Not kept open: a thousand episodes would be a thousand open files.
            handle = os.open(self._file, os.O_WRONLY | os.O_APPEND)
            with os.fdopen(handle, "ab", buffering=0) as file:
                file.write(json.dumps(line).encode() + b"\n")
        except OSError:
            self.is_whole = False


@dataclass(frozen=True, kw_only=True, slots=True)
class KeptEpisode:
    """An episode as it was kept. `replay` makes its calls again."""

    id: str
    facts: Facts
    _lines: tuple[bytes, ...]

    def replay(self, clock: WorldClock, handle: Callable[[Request], Reply], *, keys: Mapping[str, str]) -> int:
        """Make every call again, each at its instant; gives how many were answered otherwise or had a key not kept.

        `keys` are the world's keys by their ids.
        """
        differing = 0
        for line in self._lines:
            call = json.loads(line)
            method, path, query, headers, body, scheme = call["request"]
            if call["key"] and call["key"] not in keys:
                differing += 1
                continue
            own = {_KEY: f"Bearer {keys[call['key']]}"} if call["key"] else {}
            clock.move_to(datetime.fromisoformat(call["at"]))
            reply = handle(Request(method, path, query, {**headers, **own}, b64decode(body), scheme))
            differing += _print_of(reply) != call["answer"]
        return differing

    def __len__(self) -> int:
        return len(self._lines)


class KeptEpisodes:
    """The episodes of one state, as long as this process has them to itself; see `open_kept`."""

    def __init__(self, folder: Path, lock: int) -> None:
        self._folder = folder
        self._lock = lock

    def begin(self, id: str, facts: Facts) -> KeptCalls:
        """Keep an episode from now on."""
        file = self._file(id)
        with os.fdopen(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as new:
            new.write(json.dumps(facts).encode() + b"\n")
        return KeptCalls(file)

    def go_on(self, id: str) -> KeptCalls:
        """Keep what follows of an episode that was restored."""
        return KeptCalls(self._file(id))

    def forget(self, id: str) -> None:
        """Delete what was kept of an episode."""
        self._file(id).unlink(missing_ok=True)

    def all(self) -> Iterator[KeptEpisode]:
        """Every episode that is kept, oldest first. A line that a crash has cut short is left out."""
        for file in sorted(self._folder.glob(f"*{_SUFFIX}"), key=_began_at):
            whole = file.read_bytes().rpartition(b"\n")[0]
            with file.open("r+b") as kept:
                kept.truncate(len(whole) + 1 if whole else 0)
            if whole:
                first, *lines = whole.split(b"\n")
                yield KeptEpisode(id=file.name.removesuffix(_SUFFIX), facts=json.loads(first), _lines=tuple(lines))

    def close(self) -> None:
        """Let another process have them."""
        os.close(self._lock)

    def _file(self, id: str) -> Path:
        return self._folder / f"{id}{_SUFFIX}"


def open_kept(state: Path) -> KeptEpisodes | None:
    """The episodes of a state; None while another process has them: then this one's are not kept."""
    folder = state / _FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    lock = os.open(folder / "lock", os.O_CREAT | os.O_RDWR, 0o600)
    if try_lock(lock):
        return KeptEpisodes(folder, lock)
    os.close(lock)
    return None


def _began_at(file: Path) -> str:
    with file.open("rb") as kept:
        first = kept.readline()
    return str(json.loads(first)["began_at"]) if first.endswith(b"\n") else ""


def _print_of(reply: Reply) -> str:
    """By which an answer is known again: its status and a digest of its body."""
    return f"{reply.status} {sha256(reply.body).hexdigest()[:16]}"
