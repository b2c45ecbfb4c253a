"""Instants as text: they come back whole and sort as they follow each other."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from kustomer_sandbox.mcp_server.clock import iso, parse

instants = st.datetimes(
    min_value=datetime(1970, 1, 2),  # noqa: DTZ001 - the zone comes from the strategy
    timezones=st.sampled_from([UTC, timezone(timedelta(hours=-8)), timezone(timedelta(hours=5, minutes=45))]),
    max_value=datetime(2999, 1, 1),  # noqa: DTZ001 - see above
)


@given(instants, instants)
def test_instants_come_back_whole_and_sort_as_text(one: datetime, other: datetime) -> None:
    """Leases and expiries are compared in SQL, as text."""
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", iso(one))
    assert parse(iso(one)) == one
    assert (iso(one) < iso(other)) == (one < other)
