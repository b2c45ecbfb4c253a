"""The lease book by itself, on a state of either kind: what is written when, what is remembered when nothing can be."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from kustomer_sandbox.mcp_server.model import UpstreamIdentity
from kustomer_sandbox.mcp_server.state.database import StateUnavailable
from kustomer_sandbox.mcp_server.state.protocol import State
from kustomer_sandbox.mcp_server.unmasking.book import LeaseBook
from kustomer_sandbox.mcp_server.unmasking.leases import Lease, Opener, WindowBusy
from kustomer_sandbox.mcp_server.unmasking.memory import LeaseMemory
from tests.mcp_server.fakes import Counted

NOW = datetime(2026, 6, 9, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
HERE = UpstreamIdentity(origin="https://acme.example", organisation="acme")
THERE = UpstreamIdentity(origin="https://other.example", organisation="other")


@pytest.fixture
def book(state: State) -> LeaseBook:
    return LeaseBook(state, owner="me", random_hex=Counted())


def opener(customer: str = "jane", **facts: Any) -> Opener:
    usual = {"account_id": "acme", "server_id": "server", "tool": "open", "connection": "line", "upstream": HERE}
    return Opener(customer_id=customer, **{**usual, **facts})


@contextmanager
def broken(state: State, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[float | None]]:
    """The state can be neither read nor written; gives how long was waited for it, each time."""
    waited: list[float | None] = []

    def transaction(*, patience: float | None = None) -> None:
        waited.append(patience)
        raise StateUnavailable("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(state, "transaction", transaction)
        yield waited


def events(book: LeaseBook) -> list[tuple[object, object, object]]:
    """Event, tool and status of each line of the trail, oldest lease first."""
    return [
        (line["event"], line["tool"], line["upstream_status"])
        for _, lines in reversed(book.history("acme", limit=9))
        for line in lines
    ]


def test_a_lease_is_begun_with_all_that_is_known_of_it(book: LeaseBook) -> None:
    """Its ends, its reason without what looks personal, and an id that nobody guesses."""
    made = book.begin(opener(reason="call +1 415 555 0100", call_id="call"), NOW)
    expected = Lease(
        id=made.id, account_id="acme", customer_id="jane", server_id="server", tool="open", connection="line",
        owner="me", status="opening", opened_at=NOW, expires_at=NOW + 300 * SECOND, hard_at=NOW + 900 * SECOND,
        reason="call ***", call_id="call", origin=HERE.origin, organisation=HERE.organisation,
    )  # fmt: skip
    assert made == expected == book.get(made.id)
    assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", made.id)
    assert (book.live(), book.own(), events(book)) == ([made], [made], [("opening", "open", None)])
    with pytest.raises(LookupError):
        book.get("nobody's")


def test_nothing_is_begun_while_an_earlier_window_of_the_customer_is_closing(book: LeaseBook) -> None:
    """Of this upstream; others, and ones that are open, are in nobody's way."""
    closing = book.begin(opener(), NOW)
    book.begin(opener(), NOW)
    book.begin_closing([closing], NOW, reason="deleted")
    with pytest.raises(WindowBusy):
        book.begin(opener(), NOW)
    with pytest.raises(WindowBusy):
        book.begin(opener(account_id="twin"), NOW)
    book.begin(opener("joe"), NOW)
    book.begin(opener(account_id="other", upstream=THERE), NOW)


def test_a_window_that_opens_takes_over_from_open_ones_of_its_customer(book: LeaseBook) -> None:
    """Not from one whose opening is under way, another customer's or another upstream's."""
    first, other, waiting, there, last = (
        book.begin(opener(who, **facts), NOW)
        for who, facts in (
            ("jane", {}), ("joe", {}), ("jane", {}), ("jane", {"account_id": "b", "upstream": THERE}), ("jane", {}),
        )
    )  # fmt: skip
    for lease in (first, other, there):
        book.mark_opened(lease, NOW)
    opened = book.mark_opened(last, NOW + SECOND)
    statuses = {lease.id: (book.get(lease.id).status, book.get(lease.id).close_reason) for lease in (
        first, other, waiting, there, last)}  # fmt: skip
    assert list(statuses.values()) == [
        ("closed", "replaced"), ("open", ""), ("opening", ""), ("open", ""), ("open", "")
    ]  # fmt: skip
    assert opened.status == "open"
    assert {lease.id for lease in book.own()} == {other.id, waiting.id, there.id, last.id}
    book.mark_opened(waiting, NOW + SECOND)
    assert (book.get(last.id).status, book.get(waiting.id).status) == ("closed", "open")


def test_a_window_that_opens_leaves_one_that_is_closing_to_be_closed(book: LeaseBook) -> None:
    first, last = (book.begin(opener(), NOW) for _ in range(2))
    book.begin_closing([book.mark_opened(first, NOW)], NOW, reason="deleted")
    book.mark_opened(last, NOW)
    assert (book.get(first.id).status, book.get(last.id).status) == ("closing", "open")


def test_a_window_does_not_take_over_from_itself(book: LeaseBook) -> None:
    """Told twice that it has opened, it is one that opened late."""
    opened = book.mark_opened(book.begin(opener(), NOW), NOW)
    assert book.mark_opened(opened, NOW).status == "closing"
    assert [event for event, _, _ in events(book)] == ["opening", "opened", "opened"]


def test_reads_and_reasons_are_written_down(book: LeaseBook) -> None:
    lease = book.mark_opened(book.begin(opener(reason="to call back"), NOW), NOW)
    read = book.record_read(lease, NOW + 60 * SECOND, tool="get")
    assert (read.reads, read.expires_at, book.get(lease.id)) == (1, NOW + 360 * SECOND, read)
    assert book.own() == [read]
    book.replace_reason(read, "***")
    assert book.get(lease.id) == replace(read, reason="***")
    assert events(book)[1:] == [("opened", "", None), ("read", "get", None)]


def test_what_was_refused_has_no_window(book: LeaseBook) -> None:
    ended = book.mark_not_opened(book.begin(opener(), NOW), NOW + SECOND, upstream_status=403)
    assert (ended.status, ended.close_reason, ended.closed_at) == ("closed", "not opened", NOW + SECOND)
    assert (book.live(), book.own(), events(book)[1:]) == ([], [], [("closed", "", 403)])


def test_windows_of_a_client_or_an_upstream_that_is_gone(book: LeaseBook) -> None:
    left, gone = (book.mark_opened(book.begin(opener(who), NOW), NOW) for who in ("jane", "joe"))
    (kept,) = book.mark_left(iter([left]), NOW)
    (ended,) = book.mark_gone(iter([gone]), NOW)
    assert (kept.status, kept.hard_at) == ("open", kept.expires_at)
    assert (ended.status, ended.close_reason) == ("closed", "upstream gone")
    assert book.live() == [kept]


def test_a_window_left_behind_is_adopted_to_be_closed(book: LeaseBook) -> None:
    """Nobody waits for its opening, so its end is confirmed like any of whose opening nothing is known: twice."""
    lease = book.adopt(opener(tool=""), NOW)
    assert (lease.status, lease.close_reason, lease.wanted) == ("closing", "left behind", 2)
    once = book.confirm_closed(lease, NOW, asked_at=NOW, is_alive=lambda _: True)
    assert (once.wanted, once.closed_at) == (1, NOW)


def test_an_opening_under_way_is_not_confirmed_as_closed(book: LeaseBook) -> None:
    """Of this process until it has its answer, however long that takes."""
    lease = book.begin(opener(), NOW)
    (closing,) = book.begin_closing([lease], NOW, reason="deleted")
    late = NOW + 3600 * SECOND
    waits = book.confirm_closed(closing, late, asked_at=late, is_alive=lambda _: False)
    assert (waits.wanted, waits.retry_at) == (2, late + 5 * SECOND)
    book.answered(lease)
    assert book.confirm_closed(closing, late, asked_at=late, is_alive=lambda _: False).wanted == 1


@pytest.mark.parametrize("owner", ["another", "other"])
@pytest.mark.parametrize(
    ("seconds", "lives", "wanted"), [(59.999, True, 2), (60, True, 1), (61, True, 1), (0, False, 1)]
)
def test_another_process_may_wait_for_an_opening_for_a_minute(
    book: LeaseBook, state: State, owner: str, seconds: float, wanted: int, *, lives: bool
) -> None:
    """While it lives; one whose opening was answered waits for nothing."""
    other = LeaseBook(state, owner=owner, random_hex=Counted(), memory=LeaseMemory())
    (closing,) = other.begin_closing([other.begin(opener(), NOW)], NOW, reason="deleted")
    asked = []

    def is_alive(owner: str) -> bool:
        asked.append(owner)
        return lives

    now = NOW + timedelta(seconds=seconds)
    assert book.confirm_closed(closing, now, asked_at=now, is_alive=is_alive).wanted == wanted
    assert set(asked) <= {owner}
    assert (len(other.own()), book.own()) == (1, [])


def test_an_answered_opening_of_another_process_is_closed_at_once(book: LeaseBook, state: State) -> None:
    other = LeaseBook(state, owner="other", random_hex=Counted())
    opened = other.mark_opened(other.begin(opener(), NOW), NOW)
    (closing,) = book.begin_closing([opened], NOW, reason="deleted")
    ended = book.confirm_closed(closing, NOW, asked_at=NOW, is_alive=lambda _: True, upstream_status=204)
    assert (ended.status, events(book)[-1]) == ("closed", ("closed", "", 204))


def test_a_failed_closing_is_told_and_tried_later(book: LeaseBook) -> None:
    (closing,) = book.begin_closing([book.begin(opener(), NOW)], NOW, reason="deleted")
    later = book.retry_closing_later(closing, NOW, upstream_status=503)
    assert (later.attempts, later.retry_at, book.get(later.id)) == (1, NOW + SECOND, later)
    assert events(book)[-1] == ("close failed", "", 503)


def test_the_trail_is_told_newest_first_and_page_by_page(book: LeaseBook) -> None:
    """Of one account; what began at once is in the order of its ids."""
    made = [book.begin(opener(str(n)), NOW + n // 2 * SECOND) for n in range(4)]
    book.begin(opener(account_id="other", upstream=THERE), NOW)
    expected = sorted(made, key=lambda lease: (lease.opened_at, lease.id), reverse=True)
    found = [lease for lease, _ in book.history("acme", limit=9)]
    assert found == expected
    pages = [book.history("acme", limit=2), book.history("acme", limit=2, after=expected[1].id)]
    assert [lease for page in pages for lease, _ in page] == expected
    assert book.history("acme", limit=2, after=expected[3].id) == []
    assert [line["at"] for _, lines in book.history("acme", limit=1) for line in lines] == [
        "2026-06-09T12:00:01.000000Z"
    ]


def test_leases_are_found_by_upstream_account_and_customer(book: LeaseBook) -> None:
    jane, joe = (book.begin(opener(who), NOW) for who in ("jane", "joe"))
    there = book.begin(opener(account_id="other", upstream=THERE), NOW)
    assert {lease.id for lease in book.unclosed(HERE, "any")} == {jane.id, joe.id}
    assert {lease.id for lease in book.unclosed(THERE, "acme")} == {jane.id, joe.id, there.id}
    assert book.unclosed(HERE, "acme", "joe") == [joe]


def test_what_cannot_be_written_is_remembered_and_written_later(
    book: LeaseBook, state: State, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Closing waits a quarter of a second, goes on without the state, and tells the log without a value."""
    lease = book.mark_opened(book.begin(opener(), NOW), NOW)
    with broken(state, monkeypatch) as waited, caplog.at_level(logging.ERROR):
        (closing,) = book.begin_closing([lease], NOW, reason="deleted")
        later = book.retry_closing_later(lease, NOW, upstream_status=500)
        with pytest.raises(StateUnavailable):
            book.record_read(lease, NOW, tool="get")
    assert (waited, caplog.messages) == ([0.25, 0.25, None], ["the disk is full; windows are closed all the same"] * 2)
    assert (closing.status, later.status, later.attempts) == ("closing", "closing", 1)
    assert book.own() == book.live() == [later]
    assert [event for event, _, _ in events(book)] == ["opening", "opened"]
    book.catch_up()
    assert book.get(lease.id) == later
    assert [event for event, _, _ in events(book)] == ["opening", "opened", "closing", "close failed"]
    book.catch_up()
    assert len(events(book)) == 4


def test_what_another_process_closed_meanwhile_stays_closed(
    book: LeaseBook, state: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And the next write of any kind comes after what could not be written."""
    lease, more = (book.mark_opened(book.begin(opener(who), NOW), NOW) for who in ("jane", "joe"))
    with broken(state, monkeypatch):
        book.begin_closing([lease, more], NOW, reason="deleted")
    other = LeaseBook(state, owner="other", random_hex=Counted())
    other.mark_gone([lease], NOW)
    book.record_read(more, NOW, tool="get")
    assert (book.get(lease.id).status, book.get(lease.id).close_reason) == ("closed", "upstream gone")
    assert (book.get(more.id).status, book.get(more.id).reads) == ("closing", 0)


def test_what_ended_without_the_state_is_live_for_nobody(
    book: LeaseBook, state: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    lease = book.mark_opened(book.begin(opener(), NOW), NOW)
    with broken(state, monkeypatch):
        book.mark_gone([lease], NOW)
    assert (book.own(), book.live()) == ([], [])
    with broken(state, monkeypatch) as waited:
        book.catch_up()
    assert len(waited) == 1


def test_a_lease_that_the_state_has_lost_is_closed_as_it_was_known(book: LeaseBook, state: State) -> None:
    lease = book.mark_opened(book.begin(opener(), NOW), NOW)
    with state.transaction() as db:
        db.execute("DELETE FROM lease_events")
        db.execute("DELETE FROM leases")
    (closing,) = book.begin_closing([lease], NOW, reason="deleted")
    assert (closing.status, book.own()) == ("closing", [closing])
