"""An unmasking window as it stands at one instant: what a rendering may know of time, and all that it may know."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Literal, NamedTuple

import orjson

from kustomer_sandbox.simulator.values.clock import iso

OpensFor = Literal["everyone", "requester"]
"""Who sees values while a window is open: every key that may read the record, or the one that opened it alone."""


class WindowSettings(NamedTuple):
    """What an organisation's data masking settings say of windows: how long each lasts, and for whom it opens.

    24 hours are published as the default; that everyone benefits is assumed, for the page names no caller.
    """

    minutes: int = 24 * 60
    opens_for: OpensFor = "everyone"

    @property
    def duration(self) -> timedelta:
        return timedelta(minutes=self.minutes)


class UnmaskingWindow(NamedTuple):
    """A customer's window: its stored bytes, and whether it is open at the instant it was asked about.

    Equal windows look the same to every reader, so one may stand in a cache's key.
    """

    data: bytes
    is_open: bool

    def is_open_for(self, reader: str, opens_for: OpensFor) -> bool:
        """Whether a user, by id, sees the values now."""
        return self.is_open and (opens_for == "everyone" or self.stamps.get("requestedBy") == reader)

    @property
    def stamps(self) -> Mapping[str, str]:
        """Who opened it and when it starts, ends, was made and changed; once closed, only the last two."""
        return _stamps(self.data)


def window_at(data: bytes, now: datetime) -> UnmaskingWindow:
    """The window stored as `data`, at an instant: open until its end, and not at it."""
    return UnmaskingWindow(data, iso(now) < _stamps(data).get("endDate", ""))


@lru_cache
def _stamps(data: bytes) -> Mapping[str, str]:
    stamps: dict[str, str] = orjson.loads(data)
    return stamps
