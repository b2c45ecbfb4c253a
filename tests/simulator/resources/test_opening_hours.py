"""Business time against a plain count of minutes, summer time and overlapping hours included."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kustomer_sandbox.simulator.resources.settings.opening_hours import EveryHour, hours_of

MINUTE = timedelta(minutes=1)
ZONE = "America/New_York"
SPANS = st.lists(st.tuples(st.integers(0, 24), st.integers(0, 24)).map(lambda at: [60 * at[0], 60 * at[1]]), max_size=2)
WEEKS = st.fixed_dictionaries({str(day): st.none() | SPANS for day in range(7)})
INSTANTS = st.integers(0, 4 * 24 * 60).map(lambda minutes: datetime(2026, 3, 6, 12, tzinfo=UTC) + minutes * MINUTE)
"""Some days about the night in which New York's clocks go forward."""


def hours(week: dict[str, Any], timezone: str = ZONE) -> EveryHour | None:
    return hours_of({"attributes": {"timezone": timezone, "hours": week}})


def is_open(week: dict[str, Any], instant: datetime) -> bool:
    there = instant.astimezone(ZoneInfo(ZONE))
    minute = 60 * there.hour + there.minute
    return any(opens <= minute < closes for opens, closes in week[str(there.isoweekday() % 7)] or ())


@given(WEEKS, INSTANTS, INSTANTS)
def test_business_time_is_the_minutes_in_which_it_is_open(week: dict[str, Any], start: datetime, end: datetime) -> None:
    counted = hours(week)
    if counted is None:
        assert not any(opens < closes for spans in week.values() for opens, closes in spans or ())
        return
    minutes = [at for at in range((end - start) // MINUTE) if is_open(week, start + at * MINUTE)]
    elapsed = counted.elapsed(start, end)
    assert elapsed == len(minutes) * MINUTE
    if elapsed:
        assert counted.later(start, elapsed) == start + (minutes[-1] + 1) * MINUTE


def test_of_years_whole_weeks_are_counted() -> None:
    office = hours({str(day): [[540, 1020]] for day in range(7)})
    assert office is not None
    start, day = datetime(2026, 3, 2, 14, tzinfo=UTC), timedelta(hours=8)
    end = office.later(start, 7 * 52 * 30 * day)
    assert end.year == 2056
    assert office.elapsed(start, end) == 7 * 52 * 30 * day


FIRST, LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


@pytest.mark.parametrize("instant", [FIRST, LAST])
def test_at_the_ends_of_the_calendar_every_hour_counts(instant: datetime) -> None:
    """Where a day before or after does not exist."""
    office = hours({str(day): [[0, 1440]] for day in range(7)})
    assert office is not None
    assert office.elapsed(instant, instant) == timedelta(0)
    assert office.later(LAST, MINUTE) == LAST


def test_an_unknown_time_zone_has_no_hours() -> None:
    assert hours({str(day): [[0, 1440]] for day in range(7)}, "Europe/Nowhere") is None
