"""Pure: the upstream's rate-limit headers under their standard names, with the reset in seconds from now."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Final

LIMIT: Final = "ratelimit-limit"
REMAINING: Final = "ratelimit-remaining"
RESET: Final = "ratelimit-reset"
_COPIED: Final = (("x-ratelimit-limit", LIMIT), ("x-ratelimit-remaining", REMAINING))
# Smaller numbers cannot be epoch seconds of our age: they are already a delay.
_EPOCH_FROM: Final = 100_000_000


def normalised(headers: Mapping[str, str], now: datetime) -> dict[str, str]:
    """`ratelimit-limit`, `-remaining`, `-reset` and `retry-after`, each only if the upstream gave it.

    The upstream's `x-ratelimit-reset` is an epoch second by its own clock, so it is measured against its `Date`
    header; `now` stands in when there is none.
    """
    found = {name: headers[wire].strip() for wire, name in _COPIED if wire in headers}
    found |= {name: headers[name].strip() for name in (LIMIT, REMAINING, RESET, "retry-after") if name in headers}
    reset = _seconds(headers["x-ratelimit-reset"], _date(headers, now)) if "x-ratelimit-reset" in headers else None
    if reset is not None:
        found[RESET] = str(reset)
    return found


def _seconds(text: str, now: datetime) -> int | None:
    try:
        value = float(text)
    except ValueError:
        return None
    if not math.isfinite(value):
        return None
    return max(0, math.ceil(value if value < _EPOCH_FROM else value - now.timestamp()))


def _date(headers: Mapping[str, str], now: datetime) -> datetime:
    try:
        return parsedate_to_datetime(headers["date"])
    except (KeyError, ValueError):
        return now
