"""The lease book explored whole: every order of opening, reading, closing, failing, dying and waiting within bounds."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from kustomer_sandbox.mcp_server.unmasking import book, leases, neighbours, unmasking, windows
from tests.conftest import FIGURE
from tests.exploration.explore import Explored, explore
from tests.exploration.moves import Bounds
from tests.exploration.world import Left

SMALL = Bounds(accounts=1, sides=1, left=Left(1, 1, 1), flying=("open", "close"))
DISK = Bounds(accounts=1, sides=1, left=Left(1, 1, 0), disks=("full",))
ACCOUNTS = Bounds(sides=1, left=Left(2, 0, 0))
STATES = Bounds(accounts=1, left=Left(2, 1, 0))
CALLS = Bounds(
    accounts=1, sides=1, left=Left(1, 1, 1), flying=("open", "read", "close", "sweep"), sliding=2, hard=3,
    disks=("full", "unreadable"), endings=("stop", "leave", "leave after one call"),
)  # fmt: skip
"""One state, but every call may wait for the API while others go on, its disk may fail, and clients leave."""

PARTS = {
    "2 accounts, 2 states, 3 leases, a death and a failure of the API": (Bounds(left=Left(3, 1, 1)), 200_000),
    "calls, disks and clients": (CALLS, 32_000),
}
"""What is explored whole, and how many worlds that are at least."""


def found_nothing(bounds: Bounds) -> Explored:
    found = explore(bounds)
    assert found.trouble == []
    assert min(found.shown.get(what, 0) for what in ("clear", "masked", "refused")) > 0
    return found


@pytest.mark.parametrize("bounds", [SMALL, DISK, ACCOUNTS], ids=["small", "disk", "accounts"])
def test_a_small_part_holds_every_day(bounds: Bounds) -> None:
    """Every reachable world keeps the promises, and ends with everything closed once all is well."""
    found_nothing(bounds)


@pytest.mark.properties
@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("part", PARTS)
def test_every_reachable_world_keeps_the_promises(part: str, record_property: Callable[[str, str], None]) -> None:
    """Not sampled: each world once, in whatever order its leases came to be what they are."""
    bounds, at_least = PARTS[part]
    begun = time.perf_counter()
    found = found_nothing(bounds)
    assert found.worlds >= at_least
    counted = f"{found.worlds:,} worlds, {found.moves:,} moves, depth {found.depth}: 0 broken promises"
    record_property(FIGURE, f"lease book, {part}: {counted} ({time.perf_counter() - begun:.0f} s)")


Plant = Callable[[pytest.MonkeyPatch], None]


def opens_before_it_writes(patch: pytest.MonkeyPatch) -> None:
    async def open_(self: Any, opener: Any, account: Any, request: Any) -> Any:
        response = await self._upstream.send(account, request)
        lease = self._windows.begin(opener, account)
        return response, await self._settle(lease, response)

    patch.setattr(unmasking.Unmasking, "open", open_)


def forgets_to_close(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(windows, "is_closed", lambda _response: True)


def skips_what_has_expired(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(leases.Lease, "is_overdue", lambda _self, _now: False)


def skips_what_the_dead_have_left(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(windows.Windows, "_take_over", lambda _self: None)


def never_tries_again(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(leases.Lease, "is_due", lambda _self, _now: False)


def closes_a_window_once_that_may_open_late(patch: pytest.MonkeyPatch) -> None:
    plain = leases.closing

    def closing(lease: Any, now: Any, *, reason: str) -> Any:
        change = plain(lease, now, reason=reason)
        return replace(change, lease=replace(change.lease, wanted=1))

    patch.setattr(leases, "closing", closing)


def counts_an_end_while_the_opening_waits(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(book.LeaseBook, "_may_open_yet", lambda *_given: False)


def lets_everybody_read(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(windows.LeaseSnapshot, "is_mine", lambda _self, _lease: True)


def does_not_look_at_the_neighbours(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(neighbours.Neighbours, "customers", lambda _self, _upstream: frozenset())


@pytest.mark.parametrize(
    ("plant", "bounds", "words"),
    [
        (opens_before_it_writes, SMALL, "no lease says so"),
        (forgets_to_close, SMALL, "no lease says so"),
        (skips_what_has_expired, SMALL, "past its lease"),
        (skips_what_the_dead_have_left, STATES, "past its lease"),
        (never_tries_again, SMALL, "past its lease"),
        (closes_a_window_once_that_may_open_late, SMALL, "no lease says so"),
        (counts_an_end_while_the_opening_waits, SMALL, "no lease says so"),
        (lets_everybody_read, ACCOUNTS, "read "),
        (does_not_look_at_the_neighbours, STATES, "read in clear"),
    ],
)
def test_a_planted_fault_is_found(plant: Plant, bounds: Bounds, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the way that leads to it."""
    plant(monkeypatch)
    trouble = explore(bounds).trouble
    assert any(words in line for line in trouble), trouble
