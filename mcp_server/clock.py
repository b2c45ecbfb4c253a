"""Time, injected. The only module of the tool server that may read the machine's clock."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Protocol

import anyio


class AsyncClock(Protocol):
    """Gives the present instant, in UTC, and waits `seconds`: what housekeeping needs of a clock."""

    def now(self) -> datetime: ...

    async def sleep(self, seconds: float) -> None: ...


class SystemClock:
    """The clock of the machine."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    async def sleep(self, seconds: float) -> None:
        await anyio.sleep(seconds)


def iso(instant: datetime) -> str:
    """An instant as `2026-06-09T12:00:00.000000Z`; such texts sort as the instants do."""
    return instant.astimezone(UTC).isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"


def parse(text: str) -> datetime:
    """The instant in a text written by `iso`. Raises `ValueError`."""
    return datetime.fromisoformat(text)
