"""A recording of a world's calls that can be played again: what a journal without values cannot do.

A recording holds whole requests, personal data included, so it is kept only on demand, only in memory, and is
never shown or written down, not by a store either: that keeps its run alone. Played in a world in the state the
recording began in, every answer is the same. What can be written down is its run: which calls were made, and what they
drew on, without what they said.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b, sha256
from typing import NamedTuple

from kustomer_sandbox.simulator.values.clock import WorldClock
from kustomer_sandbox.simulator.values.http import Reply, Request
from kustomer_sandbox.simulator.world.journal import CAPACITY
from kustomer_sandbox.simulator.world.spending.run import RunCall, RunNotes


@dataclass(frozen=True, slots=True)
class RecordedCall:
    """One call: when, by which key (its id), what was asked and answered. Its text shows none of it."""

    at: datetime = field(repr=False)
    key: str
    request: Request = field(repr=False)
    reply: Reply = field(repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Difference:
    """A call whose answer was another one when played again; `number` counts from 1."""

    number: int
    method: str
    recorded: int
    replayed: int


@dataclass(slots=True)
class CallRecording:
    """The calls since `World.record`, in order. One that is not `whole` keeps no requests, so it cannot be replayed."""

    whole: bool = True
    calls: list[RecordedCall] = field(default_factory=list, repr=False)
    notes: RunNotes = field(default_factory=RunNotes, repr=False)

    def keep(self, at: datetime, call: RunCall, request: Request, reply: Reply, *, is_made: bool = True) -> None:  # noqa: ARG002
        """Add a call; it is not `is_made` where an armed fault has answered in its place."""
        if self.whole:
            self.calls.append(RecordedCall(at, call.key, request, reply))
        asked = _digest(call.key, request.method, request.path, request.query, request.body)
        self.notes.note(call, asked=asked, answered=_digest(str(reply.status), reply.body))

    def replay(
        self, clock: WorldClock, handle: Callable[[Request], Reply], *, keys: Mapping[str, str]
    ) -> list[Difference]:
        """Send every call again, each at its instant, and tell which answers differ in status, headers or bytes.

        `keys` gives the world's API key for each key id of the recording. Raises `KeyError` for one it lacks.
        """
        found = []
        for number, call in enumerate(self.calls, 1):
            clock.move_to(call.at)
            reply = handle(_with_key(call.request, keys[call.key] if call.key else None))
            if reply != call.reply:
                found.append(
                    Difference(
                        number=number,
                        method=call.request.method,
                        recorded=call.reply.status,
                        replayed=reply.status,
                    )
                )
        return found


class GradedCall(NamedTuple):
    """One call as grading needs it beside its journal entry, `seq`: what was asked, how much was answered.

    `answer` is the status and a digest of the body, by which the same answer is known again.
    """

    seq: int
    at: datetime
    key: str
    request: Request
    answer: str
    characters: int


class GradedCalls:
    """The calls of a world whose scenario has criteria, by their numbers in the journal; the newest `CAPACITY`."""

    def __init__(self) -> None:
        self._kept: deque[GradedCall] = deque(maxlen=CAPACITY)

    def keep(self, seq: int, at: datetime, key: str, request: Request, reply: Reply) -> None:
        """Add a call. A journal that begins anew begins these anew."""
        if self._kept and self._kept[-1].seq >= seq:
            self._kept.clear()
        text = reply.body.decode("utf-8", errors="replace")
        self._kept.append(GradedCall(seq, at, key, request, answer_of(reply), len(text)))

    def up_to(self, total: int) -> list[GradedCall]:
        """Those of a journal with so many entries, oldest first."""
        return list(self._kept) if self._kept and self._kept[-1].seq <= total else []


def answer_of(reply: Reply) -> str:
    """By which an answer is known again: its status and a digest of its body."""
    return f"{reply.status} {sha256(reply.body).hexdigest()[:16]}"


def _digest(*parts: str | bytes) -> bytes:
    """Tells equal texts from others without keeping them."""
    found = blake2b(digest_size=16)
    for part in parts:
        raw = part.encode(errors="surrogatepass") if isinstance(part, str) else part
        found.update(len(raw).to_bytes(8, "big") + raw)
    return found.digest()


def _with_key(request: Request, key: str | None) -> Request:
    """The request with another key; one that needs none is sent without, as its own would lead to its own world."""
    if key is None:
        kept = {name: value for name, value in request.headers.items() if name != "authorization"}
        return request._replace(headers=kept)
    return request._replace(headers={**request.headers, "authorization": f"Bearer {key}"})
