"""Date-times as callers write them, brought into the one form in which they are kept, so that they sort as text."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta

from kustomer_sandbox.simulator.values.clock import iso, parse
from kustomer_sandbox.simulator.values.errors import BadRequest, Problem
from kustomer_sandbox.simulator.values.record import JSON

_UNITS = {
    "ms": timedelta(milliseconds=1),
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
}
_TERM = re.compile(r"([+-])([0-9]{1,6})(ms|s|m|h|d|w)", re.ASCII)


def offset(text: str, now: datetime) -> datetime:
    """The instant that `now`, `now-24h` or `now+1d-30m` stands for; terms are added from left to right.

    Raises `ValueError` for another text and `OverflowError` for an instant outside the calendar.
    """
    if not text.startswith("now"):
        raise ValueError
    rest, instant = text.removeprefix("now"), now
    while rest:
        term = _TERM.match(rest)
        if term is None:
            raise ValueError
        sign, count, unit = term.groups()
        instant += _UNITS[unit] * int(sign + count)
        rest = rest[term.end() :]
    return instant


def kept(text: str, *, field: str = "", parameter: str = "") -> str:
    """A caller's date-time as it is kept, of a field of the body or of a query parameter.

    Raises `BadRequest` for one outside the years 1 to 9999.
    """
    try:
        return iso(parse(text))
    except (ValueError, OverflowError):
        words = "is not a date-time this API can keep; write one such as 2026-06-09T12:00:00.000Z."
        pointer = f"/{field}" if field else ""
        problem = Problem(message=f"{field or parameter} {words}", pointer=pointer, parameter=parameter)
        raise BadRequest(problem) from None


def kept_in(body: Mapping[str, JSON], *names: str) -> dict[str, JSON]:
    """The body's named date-times as they are kept; those absent or null stay so."""
    return {name: kept(body[name], field=name) if body[name] else body[name] for name in names if name in body}


def milliseconds(start: str, end: str) -> int:
    """The time between two kept instants; nothing when they stand in the wrong order."""
    return max(0, round((parse(end) - parse(start)).total_seconds() * 1000))
