"""ISO 8601 durations, as far as a clock can be moved by one: weeks, days, hours, minutes, seconds."""

from __future__ import annotations

import re
from datetime import timedelta

_DURATION = re.compile(
    r"P(?:(?P<weeks>\d{1,5})W)?(?:(?P<days>\d{1,6})D)?"
    r"(?:T(?=\d)(?:(?P<hours>\d{1,7})H)?(?:(?P<minutes>\d{1,8})M)?(?:(?P<seconds>\d{1,9}(?:\.\d{1,6})?)S)?)?",
    re.ASCII,
)


def parse_duration(text: str) -> timedelta:
    """`PT61S` as 61 seconds. Raises `ValueError` for anything else than a duration of these units."""
    match = _DURATION.fullmatch(text)
    given = {name: float(value) for name, value in match.groupdict().items() if value} if match else {}
    if not given:
        raise ValueError("not an ISO 8601 duration such as PT61S or P1DT2H")
    return timedelta(**given)
