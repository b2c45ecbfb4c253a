"""Pure: when a draft is to be sent, written as a date-time or as an offset from now (`now+2h`, `now+1d-30m`)."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from kustomer_sandbox.simulator.values.clock import parse
from kustomer_sandbox.simulator.values.errors import BadRequest, Problem
from kustomer_sandbox.simulator.values.moments import offset

_LEAP = re.compile(r"(?<=:[0-5][0-9]):60(?=[.Z+-])", re.ASCII)
_LATEST = datetime(9999, 1, 1, tzinfo=UTC)


def send_at(text: str | None, now: datetime) -> datetime | None:
    """The instant a text stands for, in UTC and whole milliseconds; None for null and for an empty text.

    Offsets are added from left to right. Raises `BadRequest` for any other text and for a time outside the calendar.
    """
    if not text:
        return None
    try:
        instant = offset(text, now) if text.startswith("now") else _date_time(text)
    except (ValueError, OverflowError):
        raise _unreadable() from None
    if instant >= _LATEST:
        raise _unreadable()
    return instant.replace(microsecond=instant.microsecond // 1000 * 1000)


def _date_time(text: str) -> datetime:
    """RFC 3339 in any case; a leap second is the second after it."""
    text, leaps = _LEAP.subn(":59", text.upper())
    return parse(text) + timedelta(seconds=leaps)


def _unreadable() -> BadRequest:
    words = "/sendAt must be a date-time such as 2026-06-09T12:00:00.000Z or an offset from now such as now+2h."
    return BadRequest(Problem(message=words, pointer="/sendAt"), rule="draft-send-at")
