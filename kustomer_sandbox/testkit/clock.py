"""How a test moves its world's time."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Self

from kustomer_sandbox.simulator.values.clock import iso, parse, utc
from kustomer_sandbox.simulator.values.durations import parse_duration
from kustomer_sandbox.simulator.world.world import World


class ClockControl:
    """The world's time. What falls due when it moves has happened, in order, when the call returns."""

    def __init__(self, world: World, lock: threading.Lock) -> None:
        self._world = world
        self._lock = lock
        self._followers: list[Callable[[], None]] = []

    @property
    def now(self) -> datetime:
        """The present instant, in UTC."""
        return self._world.clock.now()

    @property
    def stands_still(self) -> bool:
        """Whether time waits to be moved, as it does unless told otherwise."""
        return self._world.clock.is_frozen

    @property
    def text(self) -> str:
        """The present instant as the API writes it: `2026-06-09T12:00:00.000Z`."""
        return iso(self.now)

    def advance(self, by: float | str | timedelta) -> datetime:
        """Move on by seconds, an ISO 8601 duration (`PT61S`, `P1DT2H`) or a `timedelta`; gives the new instant.

        Raises `ValueError` for anything else, or a step back.
        """
        if isinstance(by, str):
            by = parse_duration(by)
        step = by if isinstance(by, timedelta) else timedelta(seconds=by)
        return self._move(lambda now: now + step)

    def set(self, to: datetime | str) -> datetime:
        """Move on to an instant; gives it. Raises `ValueError` for one that has passed."""
        instant = parse(to) if isinstance(to, str) else utc(to)
        return self._move(lambda _: instant)

    def freeze(self) -> None:
        """Let time stand still, as it does from the start."""
        self._run("frozen")

    def run(self) -> None:
        """Let time run on at the machine's pace."""
        self._run("real")

    @contextmanager
    def patch_sleep(self) -> Iterator[Self]:
        """Within, code that sleeps moves this world's time instead, and goes on at once.

        That is `time.sleep`, `asyncio.sleep`, `anyio.sleep` and what is built upon them, such as tenacity and urllib3's
        `Retry`; not waiting for events, locks, sockets or `trio.sleep`.
        """
        from kustomer_sandbox.testkit.patches.sleep import patched_sleep  # noqa: PLC0415 - only when asked for

        with patched_sleep(self.advance):
            yield self

    def follow(self, follower: Callable[[], None]) -> Callable[[], None]:
        """Have something called after every move; gives what ends that."""
        self._followers.append(follower)
        return lambda: self._followers.remove(follower)

    def _run(self, mode: str) -> None:
        with self._lock:
            self._world.clock.run("real" if mode == "real" else "frozen")

    def _move(self, to: Callable[[datetime], datetime]) -> datetime:
        with self._lock:
            now = self._world.clock.now()
            instant = to(now)
            if instant < now:
                raise ValueError("A world's time never goes back; take a snapshot() and restore() it instead.")
            self._world.clock.move_to(instant)
            self._world.run_due(instant)
        for follower in list(self._followers):
            follower()
        return instant
