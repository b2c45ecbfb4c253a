"""An unmasking window as it stands at one instant: what a rendering may know of time, and all that it may know."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

import orjson

from kustomer_sandbox.simulator.values.clock import iso


class UnmaskingWindow(NamedTuple):
    """A customer's window: its stored bytes, and whether it is open at the instant it was asked about.

    Equal windows look the same to every reader, so one may stand in a cache's key.
    """

    data: bytes
    is_open: bool

    @property
    def stamps(self) -> Mapping[str, str]:
        """Who opened it and when it starts, ends, was made and changed; once closed, only the last two."""
        return _stamps(self.data)


def window_at(data: bytes, now: datetime) -> UnmaskingWindow:
    """The window stored as `data`, at an instant: open until its end, and not at it."""
    return UnmaskingWindow(data, iso(now) < _stamps(data).get("endDate", ""))


@lru_cache(maxsize=256)
def _stamps(data: bytes) -> Mapping[str, str]:
    stamps: dict[str, str] = orjson.loads(data)
    return stamps
