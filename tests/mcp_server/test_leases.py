"""The rules of a lease, one by one: what may happen to it, when it ends, when its window is safe to read through."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, get_args

import pytest

from kustomer_sandbox.mcp_server.model import Cause, UpstreamIdentity
from kustomer_sandbox.mcp_server.unmasking import leases
from kustomer_sandbox.mcp_server.unmasking.leases import Lease, LeaseChange, LeaseStatus, Opener

NOW = datetime(2026, 6, 9, 12, tzinfo=UTC)
TICK = timedelta(microseconds=1)
MINUTE = timedelta(minutes=1)
STATUSES = get_args(LeaseStatus)
HERE = UpstreamIdentity(origin="https://acme.example", organisation="acme")


def lease(status: LeaseStatus = "open", **facts: Any) -> Lease:
    """Opened now, with the usual ends."""
    names = ("id", "account_id", "customer_id", "server_id", "tool", "connection", "owner")
    usual = {"opened_at": NOW, "expires_at": NOW + 5 * MINUTE, "hard_at": NOW + 15 * MINUTE}
    return Lease(**{**dict(zip(names, names, strict=True)), **usual, "status": status, **facts})


def test_the_times_are_as_documented() -> None:
    """Five minutes unread, a quarter of an hour at most; closed again after five seconds; a minute for an answer."""
    seconds = (leases.SLIDING, leases.HARD, leases.AGAIN, leases.UNANSWERED)
    assert [time.total_seconds() for time in seconds] == [300, 900, 5, 60]


def test_a_new_lease_has_been_neither_read_nor_closed() -> None:
    made = lease()
    assert (made.reads, made.attempts, made.wanted, made.closed_at, made.retry_at) == (0, 0, 1, None, None)
    assert (made.reason, made.close_reason, made.call_id, made.origin, made.organisation) == ("",) * 5
    opener = Opener(account_id="a", customer_id="c", server_id="s", tool="t", connection="n", upstream=HERE)
    assert (opener.reason, opener.call_id) == ("", "")
    change = LeaseChange(lease=made, at=NOW)
    assert (change.event, change.tool, change.upstream_status) == ("", "", None)


def test_it_knows_whose_customer_it_is_and_what_asked_for_it() -> None:
    """The upstream is one by origin and organisation, the account whatever the upstream is called."""
    made = lease(origin=HERE.origin, organisation=HERE.organisation, call_id="call")
    other = UpstreamIdentity(origin="https://other.example", organisation="other")
    assert made.upstream == HERE
    assert made.cause == Cause(tool="tool", call_id="call")
    reached = {(HERE, "b"): True, (other, str(b"account_id", "ascii")): True, (other, "a"): False, (other, "b"): False}
    assert {of: made.is_at(*of) for of in reached} == reached


@pytest.mark.parametrize(
    ("expires", "hard", "ends"), [(5, 15, 5), (15, 15, 15), (16, 15, 15)], ids=["unread", "at once", "at most"]
)
def test_it_ends_unread_or_after_its_longest_time(expires: int, hard: int, ends: int) -> None:
    """At its end itself it is over: overdue while nobody closes it, and not safe to read through."""
    end = NOW + ends * MINUTE
    made = lease(expires_at=NOW + expires * MINUTE, hard_at=NOW + hard * MINUTE)
    assert made.ends_at == end
    for status in STATUSES:
        held = replace(made, status=status)
        lives = status in ("opening", "open")
        assert [held.is_overdue(at) for at in (end - TICK, end, end + TICK)] == [False, lives, lives], status
        assert [leases.is_safe(held, at) for at in (end - TICK, end, end + TICK)] == [lives, False, False], status


@pytest.mark.parametrize("status", STATUSES)
def test_it_is_open_closing_or_closed_as_its_status_says(status: LeaseStatus) -> None:
    """While its opening is not answered it is none of these."""
    held = lease(status)
    told = {"open": held.is_open, "closing": held.is_closing, "closed": held.is_closed}
    assert told == {name: name == status for name in told}


@pytest.mark.parametrize("status", STATUSES)
def test_closing_is_due_at_its_time_or_at_once(status: LeaseStatus) -> None:
    closes = status == "closing"
    timed = lease(status, retry_at=NOW)
    assert [timed.is_due(at) for at in (NOW - TICK, NOW, NOW + TICK)] == [False, closes, closes]
    assert lease(status).is_due(NOW) is closes


@pytest.mark.parametrize(
    ("before", "after"), [("opening", "open"), ("open", "closing"), ("closing", "closing"), ("closed", "closing")]
)
def test_a_window_that_opens_late_is_to_be_closed(before: LeaseStatus, after: LeaseStatus) -> None:
    """At once, and once; whatever was confirmed before does not count."""
    change = leases.opened(lease(before, closed_at=NOW, wanted=2), NOW + MINUTE)
    assert change == LeaseChange(lease=lease(after, retry_at=NOW + MINUTE), at=NOW + MINUTE, event="opened")


@pytest.mark.parametrize(
    ("at", "expires"), [(0, 5), (1, 6), (9, 14), (10, 15), (12, 15), (-2, 5)], ids=lambda minutes: f"{minutes}"
)
def test_a_read_makes_it_last_five_minutes_more_but_never_past_its_end(at: int, expires: int) -> None:
    """Nor shorter, where clocks were set back."""
    now = NOW + at * MINUTE
    change = leases.read(lease(reads=3), now, tool="get")
    expected = lease(reads=4, expires_at=NOW + expires * MINUTE)
    assert change == LeaseChange(lease=expected, at=now, event="read", tool="get")


@pytest.mark.parametrize("status", ["opening", "closing", "closed"])
def test_a_read_through_one_that_is_not_open_is_told_and_changes_nothing(status: LeaseStatus) -> None:
    change = leases.read(lease(status), NOW, tool="get")
    assert change == LeaseChange(lease=lease(status), at=NOW, event="read", tool="get")


@pytest.mark.parametrize(("expires", "hard"), [(5, 5), (15, 15), (20, 15)])
def test_when_the_client_has_left_no_read_lengthens_it(expires: int, hard: int) -> None:
    made = lease(expires_at=NOW + expires * MINUTE)
    change = leases.left(made, NOW)
    assert change == LeaseChange(lease=replace(made, hard_at=NOW + hard * MINUTE), at=NOW, event="client left")


@pytest.mark.parametrize(("status", "wanted"), [("opening", 2), ("open", 1)])
def test_one_whose_opening_was_not_answered_is_closed_twice(status: LeaseStatus, wanted: int) -> None:
    change = leases.closing(lease(status), NOW, reason="deleted")
    expected = lease("closing", close_reason="deleted", wanted=wanted, retry_at=NOW)
    assert change == LeaseChange(lease=expected, at=NOW, event="closing")


@pytest.mark.parametrize("status", ["closing", "closed"])
def test_closing_begins_once(status: LeaseStatus) -> None:
    made = lease(status, close_reason="deleted")
    assert leases.closing(made, NOW, reason="expired") == LeaseChange(lease=made, at=NOW)


def confirmed(made: Lease, *, asked: timedelta = timedelta(), **facts: Any) -> LeaseChange:
    return leases.confirmed(made, NOW, asked_at=NOW + asked, upstream_status=204, **facts)


def test_what_the_upstream_confirms_ends_it() -> None:
    """With the reason for which it was closed; without one it is said to be closed."""
    for reason, told in (("deleted", "deleted"), ("", "closed")):
        ended = lease("closed", close_reason=told, closed_at=NOW)
        change = confirmed(lease("closing", close_reason=reason))
        assert change == LeaseChange(lease=ended, at=NOW, event="closed", upstream_status=204)


def test_what_is_closed_stays_so() -> None:
    made = lease("closed", close_reason="deleted", closed_at=NOW - MINUTE, wanted=2)
    unchanged = LeaseChange(lease=made, at=NOW)
    assert confirmed(made, may_open_yet=True) == unchanged
    assert leases.closed(made, NOW, reason="again", upstream_status=200) == unchanged


def test_while_the_opening_may_arrive_yet_no_confirmation_counts() -> None:
    """It is asked for again five seconds later."""
    for wanted in (1, 2):
        made = lease("closing", wanted=wanted)
        later = replace(made, retry_at=NOW + timedelta(seconds=5))
        assert confirmed(made, may_open_yet=True) == LeaseChange(lease=later, at=NOW)


@pytest.mark.parametrize("wanted", [2, 3])
def test_of_several_confirmations_that_are_wanted_one_is_there(wanted: int) -> None:
    once = lease("closing", wanted=wanted - 1, closed_at=NOW, retry_at=NOW + timedelta(seconds=5))
    assert confirmed(lease("closing", wanted=wanted)) == LeaseChange(lease=once, at=NOW)


def test_the_second_confirmation_counts_if_it_was_asked_for_five_seconds_after_the_first() -> None:
    made = lease("closing", closed_at=NOW - timedelta(seconds=5), close_reason="deleted")
    assert confirmed(made, asked=-TICK) == LeaseChange(lease=made, at=NOW)
    for asked in (timedelta(), TICK):
        assert confirmed(made, asked=asked).lease == replace(made, status="closed", closed_at=NOW)


def test_there_may_have_been_no_window_at_all() -> None:
    """As where the opening was refused."""
    ended = lease("closed", close_reason="not opened", closed_at=NOW)
    for status in ("opening", "open", "closing"):
        change = leases.closed(lease(status), NOW, reason="not opened", upstream_status=403)
        assert change == LeaseChange(lease=ended, at=NOW, event="closed", upstream_status=403)


@pytest.mark.parametrize(
    ("attempts", "seconds"), [(0, 1), (1, 2), (2, 4), (3, 8), (4, 15), (5, 30), (6, 30), (100, 30)]
)
def test_a_closing_that_failed_is_tried_again_later_each_time(attempts: int, seconds: int) -> None:
    change = leases.failed_closing(lease("closing", attempts=attempts), NOW, upstream_status=500)
    later = lease("closing", attempts=attempts + 1, retry_at=NOW + timedelta(seconds=seconds))
    assert change == LeaseChange(lease=later, at=NOW, event="close failed", upstream_status=500)
