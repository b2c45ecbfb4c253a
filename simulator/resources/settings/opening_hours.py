"""Time as it is counted: every hour of the calendar, or those alone in which a business schedule says it is open."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from kustomer_sandbox.simulator.search.dates import zone
from kustomer_sandbox.simulator.values.record import Record

Week = tuple[tuple[tuple[int, int], ...], ...]
"""Pairs of opening and closing minute of the day, by weekday from Sunday on."""

_LAST = datetime.max.replace(tzinfo=UTC)
_DAY, _WEEK = timedelta(days=1), timedelta(weeks=1)
_COUNTED_DAILY = 400
"""Days that are gone through one by one; of longer times whole weeks are counted as what a week usually has."""


class EveryHour:
    """The calendar: all time counts."""

    def elapsed(self, start: datetime, end: datetime) -> timedelta:
        """How much of the time between two instants counts; nothing when they stand in the wrong order."""
        return max(end - start, timedelta(0))

    def later(self, start: datetime, amount: timedelta) -> datetime:
        """The instant by which so much counted time has passed, or the last one that the calendar has."""
        try:
            return start + amount
        except OverflowError:
            return _LAST


class OpeningHours(EveryHour):
    """The hours of a business schedule, as its time zone's wall clocks show them, summer time included.

    Instants at the ends of the calendar, where there is no day before or after, are counted as `EveryHour` does.
    """

    def __init__(self, where: ZoneInfo, week: Week) -> None:
        self._where, self._week = where, week
        self._days: dict[date, list[tuple[datetime, datetime]]] = {}
        self._usual = sum((end - start for day in map(self._spans, _SOME_WEEK) for start, end in day), timedelta(0))

    def elapsed(self, start: datetime, end: datetime) -> timedelta:
        try:
            return self._open_between(start, end)
        except OverflowError:
            return super().elapsed(start, end)

    def later(self, start: datetime, amount: timedelta) -> datetime:
        try:
            return self._open_for(start, amount)
        except OverflowError:
            return super().later(start, amount)

    def _open_between(self, start: datetime, end: datetime) -> timedelta:
        day, last = self._local(start), self._local(end)
        counted = timedelta(0)
        if (last - day).days > _COUNTED_DAILY:
            weeks = (last - day) // _WEEK
            counted, start = weeks * self._usual, start + weeks * _WEEK
            day += weeks * _WEEK
        while day <= last:
            for opens, closes in self._spans(day):
                counted += max(min(closes, end) - max(opens, start), timedelta(0))
            day += _DAY
        return counted

    def _open_for(self, start: datetime, amount: timedelta) -> datetime:
        if amount * 7 > self._usual * _COUNTED_DAILY:
            weeks = amount // self._usual
            amount, start = amount - weeks * self._usual, start + weeks * _WEEK
        day, left = self._local(start), amount
        while True:
            for opens, closes in self._spans(day):
                begins = max(opens, start)
                if closes - begins >= left:
                    return begins + left
                left -= max(closes - begins, timedelta(0))
            day += _DAY

    def _local(self, instant: datetime) -> date:
        return instant.astimezone(self._where).date()

    def _spans(self, day: date) -> list[tuple[datetime, datetime]]:
        """When it is open on a day; hours that overlap count once."""
        if day not in self._days:
            midnight = datetime.combine(day, time(), self._where)
            spans: list[tuple[datetime, datetime]] = []
            for opens, closes in self._week[day.isoweekday() % 7]:
                start, end = ((midnight + timedelta(minutes=at)).astimezone(UTC) for at in (opens, closes))
                start = max(start, spans[-1][1]) if spans else start
                if start < end:
                    spans.append((start, end))
            self._days[day] = spans
        return self._days[day]


_SOME_WEEK = [date(2026, 6, 7) + timedelta(days=day) for day in range(7)]

CALENDAR = EveryHour()


def hours_of(schedule: Record) -> EveryHour | None:
    """The hours of a business schedule; None for one that is never open, or in no known time zone."""
    facts = schedule["attributes"]
    days = (sorted(facts["hours"].get(str(number)) or ()) for number in range(7))
    return _hours(facts["timezone"], tuple(tuple((opens, closes) for opens, closes in day) for day in days))


@lru_cache(maxsize=16)
def _hours(timezone: str, week: Week) -> OpeningHours | None:
    where = zone(timezone)
    if where is None or not any(opens < closes for day in week for opens, closes in day):
        return None
    return OpeningHours(where, week)
