"""A recording of a world's calls that can be played again: what a journal without values cannot do.

A tape holds whole requests, personal data included, so it is kept only on demand, only in memory, and is
never shown or written down. Played in a world in the state the recording began in, every answer is the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from simulator.wire import Reply, Request

if TYPE_CHECKING:
    from simulator.world import World


@dataclass(frozen=True, slots=True)
class Take:
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
class Tape:
    """The calls since `World.record`, in order."""

    takes: list[Take] = field(default_factory=list, repr=False)

    def keep(self, at: datetime, key: str, request: Request, reply: Reply) -> None:
        """Add a call."""
        self.takes.append(Take(at, key, request, reply))

    def replay(self, world: World, handle: Callable[[Request], Reply], *, keys: Mapping[str, str]) -> list[Difference]:
        """Send every call again, each at its instant, and tell which answers differ in status, headers or bytes.

        `keys` gives the world's API key for each key id on the tape. Raises `KeyError` for one it lacks.
        """
        found = []
        for number, take in enumerate(self.takes, 1):
            world.clock.move_to(take.at)
            reply = handle(_with_key(take.request, keys[take.key]))
            if reply != take.reply:
                found.append(
                    Difference(
                        number=number,
                        method=take.request.method,
                        recorded=take.reply.status,
                        replayed=reply.status,
                    )
                )
        return found


def _with_key(request: Request, key: str) -> Request:
    return request._replace(headers={**request.headers, "authorization": f"Bearer {key}"})
