"""Pure: the upstream's rate-limit headers under their standard names, with the reset in seconds from now.

The upstream has two kinds of budget: the organisation's, and that of the object a call is about (one record's
updates, one customer's new drafts). What is told is the tighter one, with `ratelimit-scope` saying which it is.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Final

LIMIT: Final = "ratelimit-limit"
REMAINING: Final = "ratelimit-remaining"
RESET: Final = "ratelimit-reset"
SCOPE: Final = "ratelimit-scope"
_WIRE: Final = {"organisation": "x-ratelimit", "object": "x-ratelimit-object"}
# Smaller numbers cannot be epoch seconds of our age: they are already a delay.
_EPOCH_FROM: Final = 100_000_000


def normalised(headers: Mapping[str, str], now: datetime) -> dict[str, str]:
    """`ratelimit-limit`, `-remaining`, `-reset`, `-scope` and `retry-after`, each only if the upstream gave it.

    The upstream's `x-ratelimit-reset` is an epoch second by its own clock, so it is measured against its `Date`
    header; `now` stands in when there is none.
    """
    found = _tighter(_told(headers, "organisation"), _told(headers, "object"))
    found |= {name: headers[name].strip() for name in (LIMIT, REMAINING, RESET, "retry-after") if name in headers}
    reset = _seconds(headers["x-ratelimit-reset"], _date(headers, now)) if "x-ratelimit-reset" in headers else None
    if reset is not None:
        found[RESET] = str(reset)
    return found


def _told(headers: Mapping[str, str], scope: str) -> dict[str, str]:
    """What the upstream says of one budget; nothing if it says nothing."""
    wire = _WIRE[scope]
    pairs = ((f"{wire}-limit", LIMIT), (f"{wire}-remaining", REMAINING))
    told = {name: headers[key].strip() for key, name in pairs if key in headers}
    return {**told, SCOPE: scope} if told else {}


def _tighter(organisation: dict[str, str], of_object: dict[str, str]) -> dict[str, str]:
    """The one with fewer calls left; the organisation's if both have as many, or if that cannot be told."""
    if not organisation or not of_object:
        return organisation or of_object
    left = [told.get(REMAINING, "") for told in (organisation, of_object)]
    return of_object if all(text.isdecimal() for text in left) and int(left[1]) < int(left[0]) else organisation


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
