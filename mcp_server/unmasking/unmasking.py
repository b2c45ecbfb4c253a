"""The ways a tool touches an unmasking window: open it, close it, or read through one that exists for one call."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final

import anyio

from kustomer_sandbox.mcp_server.clock import Clock
from kustomer_sandbox.mcp_server.model import Account, Reply, UpstreamRequest
from kustomer_sandbox.mcp_server.unmasking.leases import Lease, Opener
from kustomer_sandbox.mcp_server.unmasking.windows import Windows, is_closed
from kustomer_sandbox.mcp_server.upstream.upstream import Upstream

Progress = Callable[[float, float, str], Awaitable[None]]
"""Told how far a long call is: done, total, what happens next."""

OPEN_SECONDS: Final = 15.0
READ_SECONDS: Final = 25.0
"""With the closing, less than the minute after which clients give up."""

_LATE: Final = Reply(status=504, headers={}, fault="The upstream API did not answer in time.")
_SERVER_ERRORS: Final = 500
_OK: Final = range(200, 300)


async def silent(_done: float, _total: float, _message: str) -> None:
    """Progress nobody asked for."""


def is_opened(reply: Reply) -> bool:
    """Whether the upstream says that the window is open."""
    return not reply.fault and reply.status in _OK


class Unmasking:
    """Lease first, window second; whatever happens in between, the lease says what is left to close."""

    def __init__(self, *, windows: Windows, upstream: Upstream, clock: Clock) -> None:
        self._windows = windows
        self._book = windows.book
        self._upstream = upstream
        self._clock = clock

    async def open(self, opener: Opener, account: Account, request: UpstreamRequest) -> tuple[Reply, Lease]:
        """Open a window under a lease. Raises `WindowBusy`. A window whose opening is uncertain is closed."""
        lease = self._book.begin(opener, self._clock.now())
        reply: Reply | None = None
        try:
            reply = await self._upstream.send(account, request)
        finally:
            lease = await self._settle(lease, reply)
        return reply, lease

    async def close(self, account: Account, customer_id: str, request: UpstreamRequest) -> Reply:
        """An explicit delete. Until the upstream confirms it the window counts as unsafe and closing goes on."""
        mine = self._book.unclosed(account.id, customer_id)
        for lease in mine:
            self._book.closing(lease, self._clock.now(), reason="deleted")
        reply = await self._upstream.send(account, request)
        if is_closed(reply):
            for lease in mine:
                self._book.confirmed(self._book.get(lease.id), self._clock.now(), upstream_status=reply.status)
        return reply

    async def read(
        self,
        opener: Opener,
        account: Account,
        opening: UpstreamRequest,
        *,
        reads: Mapping[str, UpstreamRequest],
        progress: Progress = silent,
    ) -> tuple[dict[str, Reply], bool]:
        """Open, read, close. Returns the replies by name (`window` alone if opening failed) and whether it is closed.

        Closing cannot be cancelled, and is repeated by the sweeper should the upstream not confirm it.
        """
        total = len(reads) + 2.0
        await progress(0, total, "opening the unmasking window")
        lease: Lease | None = None
        reply = _LATE
        with anyio.move_on_after(OPEN_SECONDS):
            reply, lease = await self.open(opener, account, opening)
        if lease is None or lease.status != "open":
            return {"window": reply}, lease is not None and lease.status == "closed"
        found: dict[str, Reply] = dict.fromkeys(reads, _LATE)
        closed = False
        try:
            with anyio.move_on_after(READ_SECONDS):
                for done, (name, request) in enumerate(reads.items(), start=1):
                    await progress(done, total, f"reading {name}")
                    found[name] = await self._upstream.send(account, request)
                    self._book.touched(lease, self._clock.now(), tool=opener.tool)
        finally:
            with anyio.CancelScope(shield=True):
                closed = await self._windows.close(lease, reason="read")
        await progress(total, total, "the window is closed" if closed else "closing the window goes on")
        return found, closed

    async def _settle(self, lease: Lease, reply: Reply | None) -> Lease:
        """Bring the lease to what the upstream's answer says, even while the call is being cancelled."""
        now = self._clock.now()
        if reply is not None and is_opened(reply):
            lease = self._book.opened(lease, now)
            if lease.status == "open":
                return lease
        elif reply is not None and not reply.fault and reply.status < _SERVER_ERRORS:
            self._book.not_opened(lease, now, upstream_status=reply.status)
            return self._book.get(lease.id)
        with anyio.CancelScope(shield=True):
            await self._windows.close(lease, reason="opening uncertain")
        return self._book.get(lease.id)


def first_failure(replies: Sequence[Reply]) -> Reply | None:
    """The first reply that is not a success."""
    return next((reply for reply in replies if not is_opened(reply)), None)
