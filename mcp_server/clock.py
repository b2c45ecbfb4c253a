"""Time, injected. The only module of the tool server that may read the machine's clock."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Protocol

import anyio


class Clock(Protocol):
    """Gives the present instant, in UTC, and waits."""

    def now(self) -> datetime: ...

    async def sleep(self, seconds: float) -> None: ...


class MachineClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    async def sleep(self, seconds: float) -> None:
        await anyio.sleep(seconds)


def iso(instant: datetime) -> str:
    """An instant as `2026-06-09T12:00:00.000000Z`; such texts sort as the instants do."""
    return instant.astimezone(UTC).isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"


def parse(text: str) -> datetime:
    """The instant `iso` wrote."""
    return datetime.fromisoformat(text)
