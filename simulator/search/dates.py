"""Dates as a search understands them: a local day shifted by a time zone, or an instant, which is none of a zone's."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from kustomer_sandbox.simulator.values.clock import iso, parse

_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d)?", re.ASCII)
_STORED = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", re.ASCII)
_MACHINE_ZONES = ("localtime", "posixrules", "Factory")


@lru_cache(maxsize=64)
def zone(name: str) -> ZoneInfo | None:
    """The IANA time zone of a name; None if there is none. Names that mean the machine's own are none."""
    if not name or name in _MACHINE_ZONES:
        return None
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def bounds(text: str, where: ZoneInfo) -> tuple[str, str] | None:
    """First instant of what `text` names and the first instant after it, in stored form; None if not a date.

    `2026-06-09` is that day in `where`; a full timestamp is one millisecond, of UTC where it has no offset.
    """
    try:
        if _DAY.fullmatch(text):
            day = date.fromisoformat(text)
            return _start(day, where), _start(day + timedelta(days=1), where)
        if _INSTANT.fullmatch(text):
            instant = parse(text)
            return iso(instant), iso(instant + timedelta(milliseconds=1))
    except (ValueError, OverflowError):
        pass
    return None


def _start(day: date, where: ZoneInfo) -> str:
    return iso(datetime.combine(day, time(), tzinfo=where))


@lru_cache(maxsize=4096)
def stored(text: str) -> str | None:
    """A stored date in the form that sorts as text; None if it is none (a caller may have stored anything)."""
    if _STORED.fullmatch(text):
        return text
    found = bounds(text, ZoneInfo("UTC"))
    return found[0] if found else None


def years_before(instant: datetime, years: int) -> datetime:
    """The same day some years earlier; 29 February becomes the 28th."""
    try:
        return instant.replace(year=instant.year - years)
    except ValueError:
        return instant.replace(year=instant.year - years, day=28)
