"""Closes unmasking windows upstream, again and again until it is confirmed; and which customers are uncertain."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import quote

import anyio

from kustomer_sandbox.contracts import Contracts, Operation
from kustomer_sandbox.mcp_server.clock import AsyncClock
from kustomer_sandbox.mcp_server.model import Account, Cause, UpstreamRequest, UpstreamResponse
from kustomer_sandbox.mcp_server.state.database import StateUnavailable
from kustomer_sandbox.mcp_server.state.provisioning import Provisioning
from kustomer_sandbox.mcp_server.unmasking.book import LeaseBook
from kustomer_sandbox.mcp_server.unmasking.leases import Lease, Opener, WindowBusy, is_safe
from kustomer_sandbox.mcp_server.unmasking.neighbours import Neighbours
from kustomer_sandbox.mcp_server.upstream.upstream import Upstream

SHUTDOWN_SECONDS: Final = 8.0
CLOSE_SECONDS: Final = 8.0
"""How long one attempt to close may take: together with the call before it, less than a client waits."""
_OK: Final = range(200, 300)
_NOT_FOUND: Final = 404
_IN_PATH: Final = re.compile(r"\{\w+\}")


def opens_window(operation: Operation) -> bool:
    """True for the operation that opens a customer's unmasking window."""
    return operation.unmasking == "opens"


def closes_window(operation: Operation) -> bool:
    """True for the operation that closes a customer's unmasking window."""
    return operation.unmasking == "closes"


def is_closed(response: UpstreamResponse) -> bool:
    """Whether the upstream has confirmed that no window is open: closed now, or there was none."""
    return not response.fault and (response.status in _OK or response.status == _NOT_FOUND)


@dataclass(kw_only=True, slots=True)
class LeaseSnapshot:
    """The unclosed leases of an upstream at one moment, as one MCP server sees them.

    A window is for the MCP server that opened it; to any other it is as unsafe as one whose state is uncertain.
    `elsewhere` are the customers for whom a tool server with another state has a window.
    """

    leases: tuple[Lease, ...]
    at: datetime
    server_id: str
    elsewhere: frozenset[str] = frozenset()

    def unsafe(self) -> set[str]:
        """Ids of the customers whose answers may hold values that this MCP server must not see."""
        return {lease.customer_id for lease in self.leases if not self.is_mine(lease)} | self.elsewhere

    def is_mine(self, lease: Lease) -> bool:
        """Whether the lease is of this MCP server and its window may still be read through."""
        return lease.server_id == self.server_id and is_safe(lease, self.at)

    def uncertain_customers(self, later: LeaseSnapshot) -> set[str]:
        """Customers whose answer may hold what should be masked again by now.

        A window that was there when the request left and is gone or uncertain when the answer arrives may have
        let values through.
        """
        before, after = ({lease.customer_id for lease in seen.leases} for seen in (self, later))
        return self.unsafe() | later.unsafe() | (before - after)


class Windows:
    """Closes windows: asked to, when they expire, and after crashes. `is_alive`: does a lease's owner still run?"""

    def __init__(
        self,
        *,
        book: LeaseBook,
        provisioning: Provisioning,
        upstream: Upstream,
        clock: AsyncClock,
        contracts: Contracts,
        is_alive: Callable[[str], bool],
        neighbours: Neighbours,
    ) -> None:
        self._neighbours = neighbours
        self.book = book
        self._provisioning = provisioning
        self._upstream = upstream
        self._clock = clock
        self._is_alive = is_alive
        self._accounts: dict[str, Account] = {}
        self._closer = next((o for o in contracts.operations.values() if closes_window(o)), None)

    def snapshot(self, account: Account, server_id: str) -> LeaseSnapshot:
        """The unclosed leases of the account's upstream, as an MCP server sees them. Raises `StateUnavailable`."""
        upstream = self._upstream.identity(account)
        return LeaseSnapshot(
            leases=tuple(self.book.unclosed(upstream, account.id)),
            at=self._clock.now(),
            server_id=server_id,
            elsewhere=self._neighbours.customers(upstream),
        )

    def begin(self, opener: Opener, account: Account) -> Lease:
        """Write a lease down, before its window is asked for. Raises `WindowBusy`, `StateUnavailable`."""
        # Whoever closes it later may not be able to look the account up.
        self._accounts[account.id] = account
        lease = self.book.begin(opener, self._clock.now())
        try:
            self._announce(lease)
        except (StateUnavailable, WindowBusy):
            self.mark_not_opened(lease, upstream_status=None)
            raise
        return lease

    def _announce(self, lease: Lease) -> None:
        """First our own note, then a look at the others': of two that open at once none misses the other."""
        self._neighbours.announce(lease)
        if lease.customer_id in self._neighbours.customers(lease.upstream):
            raise WindowBusy

    def mark_not_opened(self, lease: Lease, *, upstream_status: int | None) -> Lease:
        """The upstream refused, or was not asked: there is no window to close. Raises nothing."""
        return self._noted(self.book.mark_not_opened(lease, self._clock.now(), upstream_status=upstream_status))

    def begin_closing(self, account: Account, customer_id: str, *, reason: str) -> list[Lease]:
        """Begin to close the windows of a customer that are known. Raises nothing."""
        upstream = self._upstream.identity(account)
        found, _ = self._known()
        theirs = [lease for lease in found if lease.customer_id == customer_id and lease.is_at(upstream, account.id)]
        return self.book.begin_closing(theirs, self._clock.now(), reason=reason)

    def confirm_closed(self, lease: Lease, *, asked_at: datetime, upstream_status: int) -> Lease:
        """The upstream, asked at that time, has confirmed that no window is open. Raises nothing."""
        now, is_alive = self._clock.now(), self._is_alive
        return self._noted(
            self.book.confirm_closed(lease, now, asked_at=asked_at, is_alive=is_alive, upstream_status=upstream_status)
        )

    def end(self) -> None:
        """This process stops."""
        self._neighbours.end()

    async def close(self, lease: Lease, *, reason: str) -> Lease:
        """Begin to close a window and try once. If the end is not confirmed, `sweep` tries again."""
        (begun,) = self.book.begin_closing([lease], self._clock.now(), reason=reason)
        return await self._attempt(begun)

    async def close_all(self, leases: Iterable[Lease], *, reason: str) -> None:
        """Close several windows at once, within a bounded time and whatever is being cancelled around it."""
        wanted = list(leases)
        if not wanted:
            return
        with anyio.CancelScope(shield=True):
            begun = self.book.begin_closing(wanted, self._clock.now(), reason=reason)
            with anyio.move_on_after(SHUTDOWN_SECONDS):
                async with anyio.create_task_group() as group:
                    for lease in begun:
                        group.start_soon(self._attempt, lease)

    async def close_connection(self, connection: str, *, was_for_one_call: bool = False) -> None:
        """The client is gone: close what it opened.

        Some clients connect anew for every call. What such a one has opened stays, but only until its lease expires.
        """
        mine = [lease for lease in self._known()[0] if lease.connection == connection]
        staying = [lease for lease in mine if was_for_one_call and lease.is_open]
        if staying:
            self.book.mark_left(staying, self._clock.now())
        await self.close_all([lease for lease in mine if lease not in staying], reason="disconnected")

    async def close_server(self, server_id: str, *, reason: str) -> None:
        """An MCP server is deleted or has expired: close what was opened through it."""
        await self.close_all([lease for lease in self._known()[0] if lease.server_id == server_id], reason=reason)

    async def close_account(self, account_id: str, *, reason: str) -> list[Lease]:
        """An account ends: close what was opened for it. Gives the leases as they stood before."""
        theirs = self._of_account(account_id)
        await self.close_all(theirs, reason=reason)
        return theirs

    def forget_account(self, account_id: str) -> None:
        """The organisation that an account reached is no more, and no window with it. Raises nothing."""
        for lease in self.book.mark_gone(self._of_account(account_id), self._clock.now()):
            self._noted(lease)
        self._accounts.pop(account_id, None)

    def _of_account(self, account_id: str) -> list[Lease]:
        return [lease for lease in self._known()[0] if lease.account_id == account_id]

    async def close_owner(self, owner: str, *, reason: str) -> None:
        """A process stops or has died: close what it had open."""
        await self.close_all([lease for lease in self._known()[0] if lease.owner == owner], reason=reason)

    async def sweep(self) -> None:
        """End what has expired, take over what a dead process left, and repeat every closing that is due.

        While the state cannot be read, nothing could be read through a window either: then all of ours end.
        """
        self.book.catch_up()
        self._take_over()
        now = self._clock.now()
        found, readable = self._known()
        self._neighbours.keep(found)
        ended: dict[str, list[Lease]] = {}
        for lease in found:
            reason = self._reason_to_end(lease, now) if readable else "state unreadable"
            if reason and not lease.is_closing:
                ended.setdefault(reason, []).append(lease)
        due = [lease for lease in found if lease.is_due(now)]
        for reason, those in ended.items():
            due += self.book.begin_closing(those, now, reason=reason)
        if due:
            async with anyio.create_task_group() as group:
                for lease in due:
                    group.start_soon(self._attempt, lease)

    def _reason_to_end(self, lease: Lease, now: datetime) -> str:
        if lease.is_overdue(now):
            return "expired"
        return "" if self._is_alive(lease.owner) else "owner died"

    def _known(self) -> tuple[list[Lease], bool]:
        """Every unclosed lease, and whether the state could be read; if not, those of this process."""
        try:
            return self.book.live(), True
        except StateUnavailable:
            return self.book.own(), False

    async def _attempt(self, lease: Lease) -> Lease:
        if lease.is_closed:
            return lease
        asked_at = self._clock.now()
        response = await self._delete(self._account(lease.account_id), lease)
        if is_closed(response):
            return self.confirm_closed(lease, asked_at=asked_at, upstream_status=response.status)
        return self.book.retry_closing_later(lease, self._clock.now(), upstream_status=response.status)

    def _noted(self, lease: Lease) -> Lease:
        """A lease that has ended is no more noted for neighbours."""
        if lease.is_closed:
            self._neighbours.withdraw(lease)
        return lease

    def _take_over(self) -> None:
        """Make the windows ours, to be closed, that a dead process with another state has left. Raises nothing."""
        with suppress(StateUnavailable):
            for account in self._provisioning.accounts():
                upstream = self._upstream.identity(account)
                for customer_id in self._neighbours.left_behind(upstream):
                    opener = Opener(
                        account_id=account.id, customer_id=customer_id, server_id="", tool="", connection="",
                        upstream=upstream,
                    )  # fmt: skip
                    with suppress(WindowBusy):
                        self._neighbours.announce(self.book.adopt(opener, self._clock.now()))
                        self._neighbours.forget(upstream, customer_id)

    def _account(self, account_id: str) -> Account | None:
        try:
            return self._provisioning.account(account_id)
        except StateUnavailable:
            return self._accounts.get(account_id)

    async def _delete(self, account: Account | None, lease: Lease) -> UpstreamResponse:
        if account is None or self._closer is None:
            return UpstreamResponse(status=502, headers={}, fault="The account of this window is gone.")
        with anyio.move_on_after(CLOSE_SECONDS):
            return await self._upstream.send(account, request_for(self._closer, lease.customer_id, cause=lease.cause))
        return UpstreamResponse(status=504, headers={}, fault="The upstream API did not answer in time.")


def request_for(operation: Operation, customer_id: str, *, cause: Cause) -> UpstreamRequest:
    """The request of an operation whose only parameter in the path is the customer's id."""
    path = _IN_PATH.sub(quote(customer_id, safe=""), operation.path)
    return UpstreamRequest(method=operation.method.upper(), path=path, cause=cause)


def mentions_customer(raw: bytes, customers: Iterable[str], arguments: Mapping[str, object]) -> bool:
    """Whether an answer or the arguments of its call mention one of these customers."""
    given = " ".join(value.lower() for value in arguments.values() if isinstance(value, str))
    return any(customer in given or customer.encode() in raw for customer in customers)
