"""Which windows are closed, by themselves: whose, in which status, and over an upstream that takes its time."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import anyio
import httpx
import pytest

from kustomer_sandbox.contracts import Contracts
from kustomer_sandbox.contracts.model import Parameter
from kustomer_sandbox.mcp_server.model import Cause, UpstreamRequest
from kustomer_sandbox.mcp_server.state.protocol import State
from kustomer_sandbox.mcp_server.state.provisioning import Provisioning
from kustomer_sandbox.mcp_server.unmasking import windows as windows_module
from kustomer_sandbox.mcp_server.unmasking.book import LeaseBook
from kustomer_sandbox.mcp_server.unmasking.leases import Lease, Opener
from kustomer_sandbox.mcp_server.unmasking.neighbours import Neighbours
from kustomer_sandbox.mcp_server.unmasking.unmasking import Unmasking
from kustomer_sandbox.mcp_server.unmasking.windows import Windows, closes_window, request_for
from kustomer_sandbox.mcp_server.upstream.upstream import Upstream
from kustomer_sandbox.mcp_server.upstream.wire import HttpWire
from tests.mcp_server.conftest import ACCOUNT
from tests.mcp_server.fakes import JANE, JOHN, KEY, Counted, FakeUpstream, HandClock

pytestmark = pytest.mark.anyio

ACCOUNTS = [replace(ACCOUNT, id=id) for id in ("a", "acme", "b")]
OPEN = UpstreamRequest(method="POST", path=f"/v1/customers/{JANE}/unmasking-windows")
Ending = Callable[[Windows, str], Awaitable[object]]


class Noted(Neighbours):
    """Remembers for which customers there is nothing to note any more."""

    def __init__(self) -> None:
        super().__init__(None, state_id="ours")
        self.withdrawn: list[str] = []

    def withdraw(self, lease: Lease) -> None:
        self.withdrawn.append(lease.customer_id)


class Desk:
    """Windows of one state, whose owner `me` lives and nobody else does; the upstream lets others have their turn."""

    def __init__(self, contracts: Contracts, state: State, upstream: FakeUpstream, clock: HandClock) -> None:
        async def answer(request: httpx.Request) -> httpx.Response:
            await anyio.lowlevel.checkpoint()
            return upstream(request)

        self.state, self.clock, self.random = state, clock, Counted()
        self.provisioning = Provisioning(state, random_hex=self.random)
        for account in ACCOUNTS:
            self.provisioning.put_account(account)
        self.noted = Noted()
        sender = Upstream(HttpWire(httpx.MockTransport(answer)), secrets={ACCOUNT.key_env: KEY})
        self.windows = Windows(
            book=self.book("me"), provisioning=self.provisioning, upstream=sender, clock=clock, contracts=contracts,
            is_alive=lambda owner: owner == "me", neighbours=self.noted,
        )  # fmt: skip
        self.unmasking = Unmasking(windows=self.windows, upstream=sender, clock=clock)

    def book(self, owner: str) -> LeaseBook:
        return LeaseBook(self.state, owner=owner, random_hex=self.random)

    def opener(self, customer: str = JANE, **facts: Any) -> Opener:
        identity = self.windows._upstream.identity(ACCOUNT)  # noqa: SLF001 - as `Windows` itself asks for it
        usual = {"account_id": "acme", "server_id": "acme", "connection": "acme", "tool": "open", "upstream": identity}
        return Opener(customer_id=customer, **{**usual, **facts})

    def opened(self, customer: str = JANE, *, owner: str = "me", **facts: Any) -> Lease:
        book = self.windows.book if owner == "me" else self.book(owner)
        lease = book.begin(self.opener(customer, **facts), self.clock.now())
        book.answered(lease)
        return book.mark_opened(lease, self.clock.now())

    def live(self) -> list[str]:
        return sorted(lease.customer_id for lease in self.windows.book.live())

    def statuses_told(self, lease: Lease) -> list[object]:
        """What the trail of a lease says that the upstream has answered."""
        events = next(events for found, events in self.windows.book.history("acme", limit=9) if found.id == lease.id)
        return [event["upstream_status"] for event in events if event["upstream_status"]]


@pytest.fixture
def desk(contracts: Contracts, state: State, upstream: FakeUpstream, clock: HandClock) -> Desk:
    return Desk(contracts, state, upstream, clock)


ENDINGS: dict[str, Ending] = {
    "connection": lambda windows, id: windows.close_connection(id),
    "server_id": lambda windows, id: windows.close_server(id, reason="deleted"),
    "account_id": lambda windows, id: windows.close_account(id, reason="dropped"),
    "owner": lambda windows, id: windows.close_owner(id, reason="shutdown"),
}


@pytest.mark.parametrize("whose", ENDINGS)
async def test_what_ends_takes_its_own_windows_with_it_and_no_others(
    desk: Desk, upstream: FakeUpstream, whose: str
) -> None:
    """However the names of the others sort."""
    for id in ("a", "acme", "b"):
        desk.opened(f"of {id}", **{whose: id})
    await ENDINGS[whose](desk.windows, "acme")
    assert desk.live() == ["of a", "of b"]
    assert upstream.sent() == ["DELETE /v1/customers/of%20acme/unmasking-windows"]


async def test_the_windows_of_an_organisation_that_is_no_more_end_without_a_request(
    desk: Desk, upstream: FakeUpstream
) -> None:
    """Neighbours need not know of them any more."""
    for id in ("a", "acme", "b"):
        desk.opened(f"of {id}", account_id=id)
    desk.windows.forget_account("acme")
    assert (desk.live(), desk.noted.withdrawn, upstream.sent()) == (["of a", "of b"], ["of acme"], [])


async def test_an_account_that_ends_tells_which_windows_it_had(desk: Desk) -> None:
    lease = desk.opened()
    desk.opened(JOHN, account_id="b")
    assert await desk.windows.close_account("acme", reason="dropped") == [lease]


async def test_of_a_client_that_came_for_one_call_only_open_windows_stay(desk: Desk, upstream: FakeUpstream) -> None:
    """One that is closing is closed, and so is one that nobody knows to be open."""
    desk.opened("open")
    closing = desk.opened("closing")
    desk.windows.book.begin_closing([closing], desk.clock.now(), reason="deleted")
    desk.windows.book.answered(desk.windows.book.begin(desk.opener("opening"), desk.clock.now()))
    await desk.windows.close_connection("acme", was_for_one_call=True)
    assert sorted(upstream.sent()) == [
        f"DELETE /v1/customers/{customer}/unmasking-windows" for customer in ("closing", "opening")
    ]


async def test_closing_goes_on_while_all_around_it_is_cancelled(desk: Desk, upstream: FakeUpstream) -> None:
    """Even where the upstream takes its time."""
    desk.opened()
    with anyio.CancelScope() as scope:
        scope.cancel()
        await desk.windows.close_server("acme", reason="deleted")
    assert (desk.live(), len(upstream.sent())) == ([], 1)


async def test_a_closing_that_failed_waits_for_its_time_though_its_owner_is_dead(
    desk: Desk, upstream: FakeUpstream
) -> None:
    """A sweep in between asks for nothing."""
    lease = desk.opened(owner="dead")
    upstream.failing_deletes = 1
    for seconds, sent in ((0, 1), (0.5, 1), (0.5, 2)):
        desk.clock.advance(seconds)
        await desk.windows.sweep()
        assert len(upstream.sent()) == sent
    assert desk.statuses_told(lease) == [500, 204]


async def test_what_is_closed_already_is_not_closed_again(desk: Desk, upstream: FakeUpstream) -> None:
    lease = desk.opened()
    for _ in range(2):
        assert (await desk.windows.close(lease, reason="read")).status == "closed"
    assert upstream.sent() == [f"DELETE /v1/customers/{JANE}/unmasking-windows"]


async def test_neighbours_are_told_of_a_window_until_its_end_counts(desk: Desk) -> None:
    """One whose opening was never answered has to be closed twice."""
    lease = desk.windows.book.begin(desk.opener(), desk.clock.now())
    desk.windows.book.answered(lease)
    assert (await desk.windows.close(lease, reason="opening uncertain")).status == "closing"
    assert desk.noted.withdrawn == []
    desk.clock.advance(5)
    await desk.windows.sweep()
    assert desk.noted.withdrawn == [JANE]


async def test_a_window_whose_account_is_gone_cannot_be_closed_yet(desk: Desk, upstream: FakeUpstream) -> None:
    """The trail says so as for an upstream that cannot be reached, and closing is tried again."""
    lease = desk.opened()
    desk.provisioning.delete_account("acme")
    assert (await desk.windows.close(lease, reason="deleted")).attempts == 1
    assert (desk.statuses_told(lease), upstream.sent()) == ([502], [])


async def test_an_upstream_that_does_not_answer_is_asked_again(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """The trail says that it was late."""
    lease = desk.opened()
    monkeypatch.setattr(windows_module, "CLOSE_SECONDS", 0)
    assert (await desk.windows.close(lease, reason="deleted")).attempts == 1
    assert desk.statuses_told(lease) == [504]


def test_the_customer_is_the_parameter_of_the_path(contracts: Contracts) -> None:
    """Whatever else the operation takes."""
    operation = next(filter(closes_window, contracts.operations.values()))
    other = Parameter(name="other", place="query", required=False, schema=operation.parameters[0].schema)
    asked = request_for(
        replace(operation, parameters=(other, *operation.parameters)), JANE, cause=Cause(tool="", call_id="")
    )
    assert asked.path == f"/v1/customers/{JANE}/unmasking-windows"


async def test_an_opening_that_breaks_the_upstream_is_closed(desk: Desk, upstream: FakeUpstream) -> None:
    """A 500 does not say that there is no window; a 499 does."""
    for status, sent in ((499, ["POST"]), (500, ["POST", "DELETE"])):
        upstream.requests.clear()
        upstream.script = [lambda _, status=status: upstream.reply(status, {"errors": []})]  # type: ignore[misc]
        await desk.unmasking.open(desk.opener(), ACCOUNT, OPEN)
        assert [request.method for request in upstream.requests] == sent, status


async def test_a_window_that_opens_after_its_closing_began_is_closed_at_once(
    desk: Desk, upstream: FakeUpstream
) -> None:
    """Its client was gone meanwhile."""

    def opens_late(request: httpx.Request) -> httpx.Response:
        desk.windows.begin_closing(ACCOUNT, JANE, reason="disconnected")
        return upstream.as_usual(request)

    upstream.script = [opens_late]
    _, lease = await desk.unmasking.open(desk.opener(), ACCOUNT, OPEN)
    assert (lease.status, upstream.open_windows) == ("closed", set())


@pytest.mark.parametrize("at", [1, 2], ids=["while it opens", "while it is read through"])
async def test_who_is_cancelled_leaves_no_window(desk: Desk, upstream: FakeUpstream, at: int) -> None:
    """A request that was cancelled may have arrived: in both cases the window is closed before anything else."""
    reads = {"customer": UpstreamRequest(method="GET", path=f"/v1/customers/{JANE}")}
    with anyio.CancelScope() as scope:

        async def progress(done: float, _total: float, _message: str) -> None:
            if done == at - 1:
                scope.cancel()

        await desk.unmasking.read(desk.opener(), ACCOUNT, OPEN, reads=reads, progress=progress)
    assert scope.cancelled_caught
    assert upstream.sent()[-1].startswith("DELETE ")
    assert upstream.open_windows == set()


@pytest.mark.parametrize("value", ["(very private)", "Very Private"])
async def test_a_reason_that_repeats_what_was_read_is_replaced(desk: Desk, upstream: FakeUpstream, value: str) -> None:
    """Wherever the stars sort among the words."""
    read = UpstreamRequest(method="GET", path=f"/v1/customers/{JANE}")
    upstream.script = [upstream.as_usual, lambda _: upstream.reply(200, {"data": {"note": value}})]
    await desk.unmasking.read(desk.opener(reason=f"as {value} asks"), ACCOUNT, OPEN, reads={"customer": read})
    assert [lease.reason for lease, _ in desk.windows.book.history("acme", limit=9)] == ["as *** asks"]
