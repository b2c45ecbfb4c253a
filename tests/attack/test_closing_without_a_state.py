"""Closing never depends on bookkeeping: a window is closed whatever happens to the state, and none is opened."""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from kustomer_sandbox.contracts import Contracts
from kustomer_sandbox.mcp_server.unmasking.leases import HARD, SLIDING
from tests.attack.damage import corrupted, database_of, full, locked, read_only, without_room
from tests.attack.hands import ACCOUNT, CLOSE, OPEN, Hand, create_server
from tests.mcp_server.fakes import JANE, PHONE, FakeUpstream, HandClock

pytestmark = pytest.mark.anyio

Damage = Callable[[Hand, Path], AbstractContextManager[None]]
Ending = Callable[[Hand, HandClock], Awaitable[object]]

DAMAGES: dict[str, Damage] = {
    "full disk": lambda _, state: full(state.parent),
    "no page more": lambda hand, _: without_room(hand.server),
    "read-only": lambda hand, _: read_only(hand.server),
    "locked": lambda _, state: locked(state),
    "corrupted": lambda _, state: corrupted(state),
}
MENDABLE = [name for name in DAMAGES if name != "corrupted"]
"""Nothing is asked of a state whose files were other ones meanwhile."""


async def expire(hand: Hand, clock: HandClock) -> None:
    clock.advance(SLIDING.total_seconds())
    await hand.server.housekeeping.sweep()


async def expire_the_server(hand: Hand, clock: HandClock) -> None:
    clock.advance(90)
    await hand.server.housekeeping.sweep()


ENDINGS: dict[str, Ending] = {
    "the delete tool": lambda hand, _: hand(CLOSE, id=JANE),
    "expiry": expire,
    "the process stops": lambda hand, _: hand.server.aclose(),
    "the client is gone": lambda hand, _: hand.server.windows.close_connection("connection-1"),
    "the MCP server is deleted": lambda hand, _: hand.server.windows.close_server(
        hand.caller.grant.server_id, reason="server deleted"
    ),
    "the MCP server expires": expire_the_server,
}


@pytest.fixture
def small_hand(contracts: Contracts, clock: HandClock, upstream: FakeUpstream, small_disk: Path) -> Hand:
    server = create_server(contracts, clock=clock, upstream=upstream, directory=small_disk / "state")
    return Hand(server)


@pytest.fixture
def on(request: pytest.FixtureRequest) -> Callable[[str], tuple[Hand, AbstractContextManager[None]]]:
    """A hand, and the damage of that name to its state: a full disk needs one of its own."""

    def stage(name: str) -> tuple[Hand, AbstractContextManager[None]]:
        hand: Hand = request.getfixturevalue("small_hand" if name == "full disk" else "hand")
        directory = database_of(hand.server).directory
        assert directory is not None
        return hand, DAMAGES[name](hand, directory)

    return stage


Stage = Callable[[str], tuple[Hand, AbstractContextManager[None]]]


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("damage", DAMAGES)
async def test_a_window_is_closed_whatever_happens_to_the_state(
    on: Stage, upstream: FakeUpstream, clock: HandClock, damage: str, ending: str
) -> None:
    """A disk is full for hours; the window shows everything to everyone with the key for as long."""
    hand, damaged = on(damage)
    record = hand.server.provisioning.server(ACCOUNT.id, hand.caller.grant.server_id, now=clock.now())
    assert record is not None
    hand.server.provisioning.update_server(replace(record, expires_at=clock.now() + timedelta(seconds=80)))
    if ending != "the MCP server expires":
        hand.server.provisioning.update_server(record)
    assert not (await hand(OPEN, customer_id=JANE)).is_error
    with damaged:
        assert upstream.open_windows == {JANE}
        await ENDINGS[ending](hand, clock)
        assert upstream.open_windows == set()
        await hand.server.aclose()


@pytest.mark.parametrize("damage", DAMAGES)
async def test_the_delete_tool_says_that_it_succeeded(on: Stage, damage: str) -> None:
    """The model asked for the end of the window, and there is none any more."""
    hand, damaged = on(damage)
    await hand(OPEN, customer_id=JANE)
    with damaged:
        assert (await hand(CLOSE, id=JANE)).document == {"success": True, "statusCode": 204}
        assert await hand.phone() in {"***", "refused"}


@pytest.mark.parametrize("damage", DAMAGES)
async def test_nothing_is_opened_without_a_book(on: Stage, upstream: FakeUpstream, damage: str) -> None:
    """Nobody would know of it after a crash."""
    hand, damaged = on(damage)
    with damaged:
        refused = await hand(OPEN, customer_id=JANE)
        at_once = await hand("kustomer_customers_read_unmasked", customer_id=JANE, reason="a disk is full")
    assert (refused.document["statusCode"], at_once.document["statusCode"]) == (503, 503)
    assert "the state " in refused.document["message"]
    assert not any(line.startswith("POST") for line in upstream.sent())


@pytest.mark.parametrize("damage", DAMAGES)
async def test_a_window_that_cannot_be_written_down_any_more_is_closed_again(
    on: Stage, upstream: FakeUpstream, damage: str
) -> None:
    """The disk is full between the asking and the answer."""
    hand, damaged = on(damage)
    with contextlib.ExitStack() as stack:

        def opens_meanwhile(request: httpx.Request) -> httpx.Response:
            stack.enter_context(damaged)
            return upstream.as_usual(request)

        upstream.script = [opens_meanwhile]
        assert (await hand(OPEN, customer_id=JANE)).document["statusCode"] == 503
        assert upstream.open_windows == set()


@pytest.mark.parametrize("damage", DAMAGES)
async def test_no_clear_value_is_given_that_the_audit_trail_would_not_hold(on: Stage, damage: str) -> None:
    """A read in clear without a line is what the trail is there to exclude."""
    hand, damaged = on(damage)
    await hand(OPEN, customer_id=JANE)
    assert await hand.phone() == PHONE
    with damaged:
        assert await hand.phone() == "refused"


@pytest.mark.parametrize("damage", MENDABLE)
async def test_the_book_catches_up_when_the_state_is_mended(
    on: Stage, upstream: FakeUpstream, clock: HandClock, damage: str
) -> None:
    """The audit trail tells in the end what happened meanwhile, at the times at which it happened."""
    hand, damaged = on(damage)
    await hand(OPEN, customer_id=JANE)
    with damaged:
        clock.advance(1)
        upstream.failing_deletes = 1
        await hand(CLOSE, id=JANE)
        await hand.server.housekeeping.sweep()
        clock.advance(1)
    await hand.server.housekeeping.sweep()
    ((lease, events),) = hand.server.windows.book.history("acme", limit=9)
    assert (lease.status, lease.close_reason) == ("closed", "deleted")
    assert [event["event"] for event in events] == ["opening", "opened", "closing", "closed"]
    assert {event["at"] for event in events[2:]} == {"2026-06-09T12:00:01.000000Z"}
    assert upstream.sent()[1:] == [f"DELETE /v1/customers/{JANE}/unmasking-windows"] * 2
    assert not (await hand(OPEN, customer_id=JANE)).is_error


@pytest.mark.parametrize("damage", DAMAGES)
async def test_a_closing_that_fails_meanwhile_is_repeated(
    on: Stage, upstream: FakeUpstream, clock: HandClock, damage: str
) -> None:
    """Two misfortunes at once: neither the state nor the upstream answers."""
    hand, damaged = on(damage)
    await hand(OPEN, customer_id=JANE)
    with damaged:
        upstream.failing_deletes = 3
        await hand(CLOSE, id=JANE)
        for _ in range(6):
            clock.advance(1)
            await hand.server.housekeeping.sweep()
        assert upstream.open_windows == set()
        before = len(upstream.requests)
        clock.advance(HARD.total_seconds())
        await hand.server.housekeeping.sweep()
        assert len(upstream.requests) == before, "what is confirmed is not asked for again"
