"""Closes unmasking windows upstream for as long as it takes, and tells what a window in doubt could leak."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import quote

import anyio

from contracts import Contracts, Operation
from mcp_server.clock import Clock
from mcp_server.leases import Lease, LeaseBook, is_safe
from mcp_server.model import Account, Reply, UpstreamRequest
from mcp_server.provisioning import Provisioning
from mcp_server.upstream import Upstream

_LOG: Final = logging.getLogger(__name__)
TICK_SECONDS: Final = 1.0
SHUTDOWN_SECONDS: Final = 8.0
_PATH: Final = "/unmasking-windows"
_OK: Final = range(200, 300)
_NOT_FOUND: Final = 404


def opens_window(operation: Operation) -> bool:
    """True for the operation that opens a customer's unmasking window."""
    return operation.method.upper() == "POST" and operation.path.endswith(_PATH)


def closes_window(operation: Operation) -> bool:
    """True for the operation that closes a customer's unmasking window."""
    return operation.method.upper() == "DELETE" and operation.path.endswith(_PATH)


def is_closed(reply: Reply) -> bool:
    """Whether the upstream has confirmed that no window is open: closed now, or there was none."""
    return not reply.fault and (reply.status in _OK or reply.status == _NOT_FOUND)


@dataclass(frozen=True, kw_only=True, slots=True)
class Watch:
    """The unclosed leases of an account at the moment a request was sent."""

    leases: tuple[Lease, ...]
    at: datetime

    def unsafe(self) -> set[str]:
        return {lease.customer_id for lease in self.leases if not is_safe(lease, self.at)}

    def in_doubt(self, later: Watch) -> set[str]:
        """Customers whose answer may hold what should be masked again by now.

        A window that was there when the request left and is gone or in doubt when the answer arrives may have
        let values through.
        """
        still_open = {lease.customer_id for lease in later.leases} - later.unsafe()
        before = {lease.customer_id for lease in self.leases}
        return self.unsafe() | later.unsafe() | (before - still_open)


class Windows:
    """Closes windows and watches over them. `accounts` gives the account of a lease."""

    def __init__(
        self, *, book: LeaseBook, provisioning: Provisioning, upstream: Upstream, clock: Clock, contracts: Contracts
    ) -> None:
        self.book = book
        self._provisioning = provisioning
        self._upstream = upstream
        self._clock = clock
        self._closer = next((o for o in contracts.operations.values() if closes_window(o)), None)

    def watch(self, account_id: str) -> Watch:
        return Watch(leases=tuple(self.book.unclosed(account_id)), at=self._clock.now())

    async def close(self, lease: Lease, *, reason: str) -> bool:
        """Begin to close a window and try once; the sweeper goes on until it is confirmed."""
        self.book.closing(lease, self._clock.now(), reason=reason)
        return await self._attempt(self.book.get(lease.id))

    async def close_all(self, leases: Iterable[Lease], *, reason: str) -> None:
        """Close several windows at once, within a bounded time and whatever is being cancelled around it."""
        wanted = list(leases)
        if not wanted:
            return
        with anyio.CancelScope(shield=True):
            for lease in wanted:
                self.book.closing(lease, self._clock.now(), reason=reason)
            with anyio.move_on_after(SHUTDOWN_SECONDS):
                async with anyio.create_task_group() as group:
                    for lease in wanted:
                        group.start_soon(self._attempt, self.book.get(lease.id))

    async def close_connection(self, connection: str) -> None:
        """The client is gone: close what it opened."""
        mine = [lease for lease in self.book.live() if lease.connection == connection]
        await self.close_all(mine, reason="disconnected")

    async def close_server(self, server_id: str, *, reason: str) -> None:
        """An MCP server is deleted or has expired: close what was opened through it."""
        await self.close_all([lease for lease in self.book.live() if lease.server_id == server_id], reason=reason)

    async def close_owner(self, owner: str, *, reason: str) -> None:
        """A process stops or has died: close what it had open."""
        await self.close_all([lease for lease in self.book.live() if lease.owner == owner], reason=reason)

    async def sweep(self) -> None:
        """End what has expired and repeat every closing that is due."""
        now = self._clock.now()
        for server_id in self._provisioning.expired(now):
            await self.close_server(server_id, reason="server expired")
            self._provisioning.delete_server(server_id)
        for lease in self.book.overdue(now):
            self.book.closing(lease, now, reason="expired")
        due = self.book.to_retry(now)
        if due:
            async with anyio.create_task_group() as group:
                for lease in due:
                    group.start_soon(self._attempt, lease)

    async def keep_sweeping(self) -> None:
        """Sweep once a second until cancelled."""
        while True:
            try:
                await self.sweep()
            except Exception as error:  # noqa: BLE001 - the sweeper must outlive a locked file or a full disk
                _LOG.error("sweeping unmasking windows failed with %s; it goes on", type(error).__name__)
            await self._clock.sleep(TICK_SECONDS)

    async def _attempt(self, lease: Lease) -> bool:
        if lease.status == "closed":
            return True
        account = self._provisioning.account(lease.account_id)
        reply = await self._delete(account, lease.customer_id)
        now = self._clock.now()
        if is_closed(reply):
            self.book.confirmed(lease, now, upstream_status=reply.status)
            return True
        self.book.unconfirmed(lease, now, upstream_status=reply.status)
        return False

    async def _delete(self, account: Account | None, customer_id: str) -> Reply:
        if account is None or self._closer is None:
            return Reply(status=502, headers={}, fault="The account of this window is gone.")
        path = fill_customer(self._closer, customer_id)
        return await self._upstream.send(account, UpstreamRequest(method="DELETE", path=path))


def fill_customer(operation: Operation, customer_id: str) -> str:
    """The path of a window operation for one customer."""
    placeholder = next(parameter.name for parameter in operation.parameters if parameter.place == "path")
    return operation.path.replace(f"{{{placeholder}}}", quote(customer_id, safe=""))


def concerned(raw: bytes, customers: Iterable[str], arguments: Mapping[str, object]) -> bool:
    """Whether an answer or the arguments of its call mention one of these customers."""
    given = " ".join(value.lower() for value in arguments.values() if isinstance(value, str))
    return any(customer in given or customer.encode() in raw for customer in customers)
