"""The ways a tool touches an unmasking window: open it, close it, or read through one that exists for one call."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final

import anyio

from kustomer_sandbox.mcp_server.clock import AsyncClock
from kustomer_sandbox.mcp_server.model import Account, UpstreamRequest, UpstreamResponse
from kustomer_sandbox.mcp_server.unmasking.leases import Lease, Opener
from kustomer_sandbox.mcp_server.unmasking.reasons import without_values
from kustomer_sandbox.mcp_server.unmasking.windows import Windows, is_closed
from kustomer_sandbox.mcp_server.upstream.upstream import Upstream

Progress = Callable[[float, float, str], Awaitable[None]]
"""Called with how far a long call is: steps done, steps in total, what happens next."""

OPEN_SECONDS: Final = 15.0
"""How long opening a window may take."""

READ_SECONDS: Final = 25.0
"""How long reading through it may take: with opening and closing, less than the minute after which clients give up."""

_LATE: Final = UpstreamResponse(status=504, headers={}, fault="The upstream API did not answer in time.")
_SERVER_ERRORS: Final = 500
_OK: Final = range(200, 300)


async def silent(_done: float, _total: float, _message: str) -> None:
    """For callers that do not want to know of progress."""


def is_opened(response: UpstreamResponse) -> bool:
    """Whether the upstream says that the window is open."""
    return not response.fault and response.status in _OK


class Unmasking:
    """Opens, closes and reads through windows; a lease is stored first, so that after a crash it says what to close."""

    def __init__(self, *, windows: Windows, upstream: Upstream, clock: AsyncClock) -> None:
        self._windows = windows
        self._book = windows.book
        self._upstream = upstream
        self._clock = clock

    async def open(self, opener: Opener, account: Account, request: UpstreamRequest) -> tuple[UpstreamResponse, Lease]:
        """Open a window under a lease. A window whose opening is uncertain, or cannot be written down, is closed.

        Raises `WindowBusy`, and `StateUnavailable` where nothing can be written down.
        """
        lease = self._windows.begin(opener, account)
        response: UpstreamResponse | None = None
        try:
            response = await self._upstream.send(account, request)
        finally:
            lease = await self._settle(lease, response)
        return response, lease

    async def close(self, account: Account, customer_id: str, request: UpstreamRequest) -> UpstreamResponse:
        """An explicit delete, whether or not it can be written down.

        Until the upstream confirms it the window counts as unsafe and closing goes on.
        """
        mine = self._windows.begin_closing(account, customer_id, reason="deleted")
        asked_at = self._clock.now()
        response = await self._upstream.send(account, request)
        if is_closed(response):
            for lease in mine:
                self._windows.confirm_closed(lease, asked_at=asked_at, upstream_status=response.status)
        return response

    async def read(
        self,
        opener: Opener,
        account: Account,
        opening: UpstreamRequest,
        *,
        reads: Mapping[str, UpstreamRequest],
        progress: Progress = silent,
    ) -> tuple[dict[str, UpstreamResponse], bool]:
        """Open, read, close. Returns the responses by name (`window` alone if opening failed) and whether it is closed.

        Closing cannot be cancelled, and is repeated by `Windows.sweep` if the upstream does not confirm it.
        """
        total = len(reads) + 2.0
        await progress(0, total, "opening the unmasking window")
        lease: Lease | None = None
        response = _LATE
        with anyio.move_on_after(OPEN_SECONDS):
            response, lease = await self.open(opener, account, opening)
        if lease is None or not lease.is_open:
            return {"window": response}, lease is not None and lease.is_closed
        found: dict[str, UpstreamResponse] = dict.fromkeys(reads, _LATE)
        try:
            with anyio.move_on_after(READ_SECONDS):
                for done, (name, request) in enumerate(reads.items(), start=1):
                    await progress(done, total, f"reading {name}")
                    found[name] = await self._upstream.send(account, request)
                    self._book.record_read(lease, self._clock.now(), tool=opener.tool)
                    self._clean_reason(lease, found[name])
        finally:
            with anyio.CancelScope(shield=True):
                lease = await self._windows.close(lease, reason="read")
        await progress(total, total, "the window is closed" if lease.is_closed else "closing the window goes on")
        return found, lease.is_closed

    def _clean_reason(self, lease: Lease, response: UpstreamResponse) -> None:
        """The audit trail must not hold what was read, by way of the reason either. Raises `StateUnavailable`."""
        reason = self._book.get(lease.id).reason
        cleaned = without_values(reason, [response.body])
        if cleaned != reason:
            self._book.replace_reason(lease, cleaned)

    async def _settle(self, lease: Lease, response: UpstreamResponse | None) -> Lease:
        """Bring the lease to what the upstream's answer says, even while the call is being cancelled.

        Raises `StateUnavailable` when an open window could not be written down; it has been closed then.
        """
        self._book.answered(lease)
        if response is not None and not response.fault and not is_opened(response) and response.status < _SERVER_ERRORS:
            return self._windows.mark_not_opened(lease, upstream_status=response.status)
        try:
            if response is not None and is_opened(response):
                lease = self._book.mark_opened(lease, self._clock.now())
        finally:
            if not lease.is_open:
                with anyio.CancelScope(shield=True):
                    lease = await self._windows.close(lease, reason="opening uncertain")
        return lease


def first_failure(responses: Sequence[UpstreamResponse]) -> UpstreamResponse | None:
    """The first response that is not a success."""
    return next((response for response in responses if not is_opened(response)), None)
