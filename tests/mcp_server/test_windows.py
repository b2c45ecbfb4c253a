"""Unmasking windows opened through a tool: always closed, and nothing is read through one in doubt."""

from __future__ import annotations

from dataclasses import replace

import anyio
import httpx
import pytest

from kustomer_sandbox.mcp_server.app import McpServer
from kustomer_sandbox.mcp_server.calling.prepared import Caller
from kustomer_sandbox.mcp_server.model import JSON, ToolResult
from kustomer_sandbox.mcp_server.unmasking.leases import AGAIN, HARD, SLIDING
from tests.mcp_server.fakes import JANE, PHONE, FakeUpstream, HandClock

pytestmark = pytest.mark.anyio

GET = "get_single_kustomer_customer_by_id"
BY_EMAIL = "kustomer_customers_using_email"
OPEN = "create_a_kustomer_customer_unmasking_window"
CLOSE = "delete_a_kustomer_customer_unmasking_window_by_id"
WINDOW = f"/v1/customers/{JANE}/unmasking-windows"


class Hand:
    """Calls tools as one caller."""

    def __init__(self, server: McpServer, caller: Caller) -> None:
        self.server = server
        self.caller = caller

    async def __call__(self, tool: str, **arguments: JSON) -> ToolResult:
        return await self.server.calls.call(self.caller, tool, arguments)

    async def phone(self) -> str:
        got = await self(GET, id=JANE)
        return "refused" if got.is_error else got.document["attributes"]["phones"][0]["phone"]

    def statuses(self) -> list[str]:
        history = self.server.windows.book.history("acme", limit=100)
        return [f"{lease.status} {lease.close_reason}".strip() for lease, _ in reversed(history)]


@pytest.fixture
def hand(server: McpServer, caller: Caller) -> Hand:
    return Hand(server, caller)


async def test_the_scenario_ends_as_it_began(hand: Hand) -> None:
    """Masked, open, clear, closed, masked again."""
    phones = [await hand.phone()]
    opened = await hand(OPEN, customer_id=JANE)
    phones.append(await hand.phone())
    closed = await hand(CLOSE, id=JANE)
    phones.append(await hand.phone())
    assert phones == ["***", PHONE, "***"]
    assert opened.document["unmasking_lease"]["expires_at"] == "2026-06-09T12:05:00.000000Z"
    assert closed.document == {"success": True, "statusCode": 204}
    assert hand.statuses() == ["closed deleted"]


async def test_the_lease_is_written_before_the_window_is_asked_for(hand: Hand, upstream: FakeUpstream) -> None:
    """A crash between the two must leave a row that says what to close, never a window without a row."""
    seen: list[list[str]] = []

    def look(request: httpx.Request) -> httpx.Response:
        seen.append(hand.statuses())
        return upstream.as_usual(request)

    upstream.script = [look]
    await hand(OPEN, customer_id=JANE)
    assert seen == [["opening"]]
    assert hand.statuses() == ["open"]


async def test_a_window_nobody_uses_is_closed_after_five_minutes(
    hand: Hand, upstream: FakeUpstream, clock: HandClock
) -> None:
    """The upstream's own window lasts a day."""
    await hand(OPEN, customer_id=JANE)
    clock.advance(SLIDING.total_seconds() - 0.001)
    await hand.server.housekeeping.sweep()
    assert upstream.open_windows == {JANE}
    clock.advance(0.001)
    await hand.server.housekeeping.sweep()
    assert upstream.open_windows == set()
    assert hand.statuses() == ["closed expired"]


async def test_reading_extends_a_window_but_never_past_its_hard_end(
    hand: Hand, upstream: FakeUpstream, clock: HandClock
) -> None:
    """A model at work keeps its window; one in a loop does not keep it for ever."""
    await hand(OPEN, customer_id=JANE)
    for _ in range(4):
        clock.advance(200)
        await hand.server.housekeeping.sweep()
        assert await hand.phone() == PHONE
    clock.advance(HARD.total_seconds() - 800)
    await hand.server.housekeeping.sweep()
    assert upstream.open_windows == set()


async def test_reads_are_refused_from_the_end_of_the_lease_until_closing_is_confirmed(
    hand: Hand, upstream: FakeUpstream, clock: HandClock
) -> None:
    """The window may still be open upstream: what comes back may be in clear."""
    await hand(OPEN, customer_id=JANE)
    upstream.failing_deletes = 2
    clock.advance(SLIDING.total_seconds())
    assert await hand.phone() == "refused"
    await hand.server.housekeeping.sweep()
    assert await hand.phone() == "refused"
    by_email = await hand(BY_EMAIL, email="jane.doe@example.com")
    assert by_email.is_error
    assert PHONE not in str(by_email.document)
    assert (await hand(OPEN, customer_id=JANE)).document["statusCode"] == 409
    clock.advance(1)
    await hand.server.housekeeping.sweep()
    clock.advance(2)
    await hand.server.housekeeping.sweep()
    assert await hand.phone() == "***"
    assert upstream.sent().count(f"DELETE {WINDOW}") == 3


async def test_a_delete_the_upstream_refuses_is_repeated_by_the_sweeper(hand: Hand, upstream: FakeUpstream) -> None:
    """The model sees the error and may walk away; the closing does not depend on it."""
    await hand(OPEN, customer_id=JANE)
    upstream.failing_deletes = 1
    assert (await hand(CLOSE, id=JANE)).is_error
    assert await hand.phone() == "refused"
    await hand.server.housekeeping.sweep()
    assert await hand.phone() == "***"


async def test_an_opening_without_an_answer_is_closed(hand: Hand, upstream: FakeUpstream, clock: HandClock) -> None:
    """A time-out does not say whether the window is open, nor whether it will open yet: it is closed twice."""

    def opens_and_breaks(request: httpx.Request) -> httpx.Response:
        upstream.as_usual(request)
        raise httpx.ReadTimeout("late")

    upstream.script = [opens_and_breaks]
    assert (await hand(OPEN, customer_id=JANE)).document["statusCode"] == 504
    assert upstream.open_windows == set()
    assert await hand.phone() == "refused"
    clock.advance(AGAIN.total_seconds())
    await hand.server.housekeeping.sweep()
    assert hand.statuses() == ["closed opening uncertain"]
    assert upstream.sent().count(f"DELETE {WINDOW}") == 2


async def test_a_refused_opening_leaves_nothing_to_close(hand: Hand, upstream: FakeUpstream) -> None:
    """403 means there is no window, and the model is told why."""
    upstream.script = [lambda _: upstream.reply(403, {"errors": [{"message": "no"}]})]
    assert (await hand(OPEN, customer_id=JANE)).document["statusCode"] == 403
    assert upstream.sent() == [f"POST {WINDOW}"]
    assert hand.statuses() == ["closed not opened"]


async def test_a_cancelled_opening_is_closed(hand: Hand, upstream: FakeUpstream) -> None:
    """The client is gone before it ever heard of its window."""
    with anyio.CancelScope() as scope:

        def opens_and_is_cancelled(request: httpx.Request) -> httpx.Response:
            scope.cancel()
            return upstream.as_usual(request)

        upstream.script = [opens_and_is_cancelled]
        await hand(OPEN, customer_id=JANE)
        await anyio.lowlevel.checkpoint()
    await hand.server.windows.close_connection(hand.caller.connection)
    assert upstream.open_windows == set()


async def test_closing_cannot_be_cancelled(hand: Hand, upstream: FakeUpstream) -> None:
    """A client's disconnect cancels everything around it; the closing is what must still happen."""
    await hand(OPEN, customer_id=JANE)
    with anyio.CancelScope() as scope:
        scope.cancel()
        await hand.server.windows.close_connection(hand.caller.connection)
    assert upstream.open_windows == set()


async def test_a_second_window_takes_over_from_the_first(hand: Hand, clock: HandClock) -> None:
    """The upstream knows one window per customer; its lease is the newest."""
    await hand(OPEN, customer_id=JANE)
    clock.advance(200)
    await hand(OPEN, customer_id=JANE)
    clock.advance(200)
    await hand.server.housekeeping.sweep()
    assert await hand.phone() == PHONE
    assert hand.statuses() == ["closed replaced", "open"]


async def test_an_answer_that_was_under_way_while_the_window_closed_is_refused(
    hand: Hand, upstream: FakeUpstream
) -> None:
    """It was read in clear, and would arrive after the end."""
    await hand(OPEN, customer_id=JANE)

    def answered_late(request: httpx.Request) -> httpx.Response:
        answer = upstream.as_usual(request)
        for lease in hand.server.windows.book.live():
            hand.server.windows.confirm_closed(lease, asked_at=hand.server.clock.now(), upstream_status=204)
        return answer

    upstream.script = [answered_late]
    assert await hand.phone() == "refused"


async def test_an_expired_or_deleted_mcp_server_takes_its_windows_with_it(
    hand: Hand, server: McpServer, upstream: FakeUpstream, clock: HandClock
) -> None:
    """The URL no longer works, so nobody could close the window through it."""
    expires = clock.now().replace(minute=1)
    record, token = server.provision(hand.caller.grant.account, expires_at=expires)
    grant = server.provisioning.grant(token, clock.now())
    assert grant is not None
    hand.caller = replace(hand.caller, grant=grant)
    await hand(OPEN, customer_id=JANE)
    clock.advance(60)
    await server.housekeeping.sweep()
    assert upstream.open_windows == set()
    assert hand.statuses() == ["closed server expired"]
    assert server.provisioning.server("acme", record.id, now=clock.now().replace(minute=0)) is None


async def test_a_window_is_no_use_to_another_mcp_server(hand: Hand, upstream: FakeUpstream) -> None:
    """A token that may not unmask must not read in clear because a neighbour just does."""
    await hand(OPEN, customer_id=JANE)
    neighbour = replace(hand.caller, grant=replace(hand.caller.grant, server_id="server-2"))
    assert await Hand(hand.server, neighbour).phone() == "refused"
    by_email = await Hand(hand.server, neighbour)(BY_EMAIL, email="jane.doe@example.com")
    assert PHONE not in str(by_email.document)
    assert await hand.phone() == PHONE
    assert upstream.open_windows == {JANE}


async def test_the_audit_trail_tells_what_happened_and_shows_no_value(hand: Hand) -> None:
    """Who opened, when it was read, when it closed; never what was read."""
    await hand(OPEN, customer_id=JANE)
    await hand.phone()
    await hand(CLOSE, id=JANE)
    ((lease, events),) = hand.server.windows.book.history("acme", limit=10)
    assert (lease.tool, lease.customer_id, lease.server_id, lease.reads) == (OPEN, JANE, "server-1", 1)
    assert [event["event"] for event in events] == ["opening", "opened", "read", "closing", "closed"]
    assert PHONE not in str(events)


async def test_a_window_of_a_client_that_connects_for_each_call_lasts_until_its_lease_expires(
    hand: Hand, upstream: FakeUpstream, clock: HandClock
) -> None:
    """Adapters open a connection for every call: closing with it would lose the window before it was of use."""
    await hand(OPEN, customer_id=JANE)
    await hand.server.windows.close_connection(hand.caller.connection, was_for_one_call=True)
    again = Hand(hand.server, replace(hand.caller, connection="another"))
    clock.advance(SLIDING.total_seconds() - 1)
    assert await again.phone() == PHONE
    clock.advance(1)
    assert await again.phone() == "refused"
    await hand.server.windows.sweep()
    assert (await again.phone(), upstream.open_windows) == ("***", set())
    assert hand.statuses() == ["closed expired"]


async def test_a_client_that_goes_after_several_calls_leaves_no_window(hand: Hand, upstream: FakeUpstream) -> None:
    """It kept its connection, so nobody else will come back for the window."""
    await hand(OPEN, customer_id=JANE)
    await hand.server.windows.close_connection(hand.caller.connection)
    assert (upstream.open_windows, hand.statuses()) == (set(), ["closed disconnected"])
