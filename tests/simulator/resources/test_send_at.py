"""When a draft is sent: date-times, offsets from now, and everything that is neither."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kustomer_sandbox.simulator.resources.conversations.send_at import send_at
from kustomer_sandbox.simulator.values.clock import EPOCH, iso
from kustomer_sandbox.simulator.values.errors import BadRequest

UNITS = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000}
GRAMMAR = re.compile(r"now([+-][0-9]{1,6}(ms|s|m|h|d|w))*", re.ASCII)
TERMS = st.lists(st.tuples(st.sampled_from("+-"), st.integers(0, 9999), st.sampled_from(sorted(UNITS))), max_size=4)


@given(terms=TERMS)
def test_an_offset_is_the_sum_of_its_terms(terms: list[tuple[str, int, str]]) -> None:
    """`now+1d-30m` is a day less half an hour from now, whatever the units and signs."""
    text = "now" + "".join(f"{sign}{count}{unit}" for sign, count, unit in terms)
    total = sum(int(f"{sign}{count}") * UNITS[unit] for sign, count, unit in terms)

    assert send_at(text, EPOCH) == EPOCH + timedelta(milliseconds=total)


@given(rest=st.text(alphabet="now+-0123456789mshdwMy /|", max_size=12))
def test_what_starts_like_an_offset_is_one_or_is_refused(rest: str) -> None:
    """Half-understood date math would send a reply at a time nobody chose."""
    text = f"now{rest}"
    try:
        understood = isinstance(send_at(text, EPOCH), datetime)
    except BadRequest:
        understood = False

    assert understood == (GRAMMAR.fullmatch(text) is not None)


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-06-09T14:00:00Z", "2026-06-09T14:00:00.000Z"),
        ("2026-06-09t16:30:00.1239+02:30", "2026-06-09T14:00:00.123Z"),
        ("2026-06-30T23:59:60Z", "2026-07-01T00:00:00.000Z"),
    ],
    ids=["utc", "zone", "leap-second"],
)
def test_a_date_time_is_read_in_any_zone_to_the_millisecond(text: str, instant: str) -> None:
    """The stored time is UTC with milliseconds, as all of the API's times are."""
    found = send_at(text, EPOCH)

    assert found is not None
    assert iso(found) == instant


@pytest.mark.parametrize("text", [None, ""], ids=["null", "empty"])
def test_no_time_is_no_time(text: str | None) -> None:
    """Null and an empty text unschedule a draft; they are not mistakes."""
    assert send_at(text, EPOCH) is None


@pytest.mark.parametrize(
    "text",
    [
        "tomorrow",
        "now + 2h",
        "now+2",
        "2026-13-01T00:00:00Z",
        "0001-01-01T00:00:00+05:00",
        "now+999999w",
        "9999-12-31T23:59:59Z",
    ],
)
def test_a_time_that_cannot_be_read_or_kept_is_refused(text: str) -> None:
    """A 400 that shows both forms, instead of a fault or a draft that never goes out."""
    with pytest.raises(BadRequest, match=r"date-time such as .* or an offset from now such as now\+2h"):
        send_at(text, EPOCH)
