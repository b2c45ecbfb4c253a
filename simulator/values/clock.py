"""Time, injected. The only module of the simulator that may read the machine's clock."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from email.utils import formatdate
from functools import lru_cache
from typing import Literal, NamedTuple

Mode = Literal["frozen", "real"]

EPOCH = datetime(2026, 6, 9, 12, 0, tzinfo=UTC)
"""Where a world's time starts unless another instant is given: the day the project's scenarios were written."""


EARLIEST, LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
"""A world's time lies from the first on, and before the second: an id has four bytes for its seconds."""


_LAST = LATEST - timedelta(seconds=1)


class KeptClock(NamedTuple):
    """A clock as it is written down: its instant (ISO text), its mode, and what the machine's clock said (epoch s)."""

    now: str
    mode: Mode
    machine: float


class WorldClock:
    """A world's own time: stands still (`frozen`) or runs at the machine's pace (`real`) from where it is."""

    def __init__(self, start: datetime = EPOCH, mode: Mode = "frozen") -> None:
        self._base = utc(start)
        self._mode: Mode = "frozen"
        self._since = 0.0
        self.run(mode)

    @property
    def mode(self) -> Mode:
        return self._mode

    @property
    def is_frozen(self) -> bool:
        return self._mode == "frozen"

    def now(self) -> datetime:
        if self.is_frozen:
            return self._base
        return self._base + timedelta(seconds=time.monotonic() - self._since)

    @property
    def mark(self) -> tuple[datetime, Mode, float]:
        """Another one after every change of the clock; time that passes changes nothing."""
        return self._base, self._mode, self._since

    def kept(self) -> KeptClock:
        """What is to be written down so that `resumed` can go on with it."""
        return KeptClock(self.now().isoformat(), self._mode, time.time())

    @classmethod
    def resumed(cls, kept: KeptClock) -> WorldClock:
        """The clock that was written down. One that ran has run on meanwhile, as the machine's own has."""
        passed = max(0.0, time.time() - kept.machine) if kept.mode == "real" else 0.0
        return cls(min(datetime.fromisoformat(kept.now) + timedelta(seconds=passed), _LAST), kept.mode)

    def become(self, other: WorldClock) -> None:
        """Show what another clock shows, and go on as it does."""
        self._base, self._mode, self._since = other.mark

    def run(self, mode: Mode) -> None:
        """Freeze time or let it run on from the present instant."""
        self._base = self.now()
        self._mode = mode
        self._since = time.monotonic()

    def move_to(self, instant: datetime) -> None:
        """Continue from `instant`. The caller decides whether going back is allowed."""
        self._base = utc(instant)
        self._since = time.monotonic()


def utc(instant: datetime) -> datetime:
    """The instant in UTC; one without a zone is meant in UTC. `OverflowError` beyond the calendar's ends."""
    return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)


@lru_cache(maxsize=64)
def iso(instant: datetime) -> str:
    """An instant as Kustomer writes it: `2026-06-09T12:00:00.000Z`. Early years are padded: texts sort as times do."""
    if instant.tzinfo is not UTC:
        instant = instant.astimezone(UTC)
    return instant.isoformat(timespec="milliseconds")[:-6] + "Z"


def http_date(instant: datetime) -> str:
    """An instant as HTTP's `date` header writes it, to the second."""
    return _http_date(int(instant.timestamp()))


@lru_cache(maxsize=64)
def _http_date(second: int) -> str:
    return formatdate(second, usegmt=True)


def parse(text: str) -> datetime:
    """An RFC 3339 date-time (or date) as an instant in UTC; `ValueError` or `OverflowError` if it is none."""
    return utc(datetime.fromisoformat(text))
