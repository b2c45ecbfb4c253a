"""Unmasking leases: the record of every window opened through a tool, from before it opens until its end is confirmed.

The rules, as pure values; `book` stores them. A lease is written before the window is asked for, so that after a crash
at any point there is a row that says what to close:

    opening -> open -> closing -> closed

A lease may skip a status, but never goes back; the exception is a window that opened after its lease was closed.
Reads of a customer are refused while it is uncertain whether the customer's window is open: while it is closing, past
its time, or never confirmed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Literal

from kustomer_sandbox.mcp_server.model import Cause, UpstreamIdentity

SLIDING: Final = timedelta(minutes=5)
"""How long a window stays open after it was opened or last read through."""

HARD: Final = timedelta(minutes=15)
"""How long a window stays open at most."""

AGAIN: Final = timedelta(seconds=5)
"""How long after the first confirmed closing a window is closed once more, if its opening was never answered."""

UNANSWERED: Final = timedelta(minutes=1)
"""How long a request to open a window may wait for its answer at most, in whatever living process."""

_BACKOFF: Final = (1, 2, 4, 8, 15, 30)
"""Seconds until closing is tried again, by the number of attempts that failed."""

AuditEvent = Mapping[str, object]
"""One line of the audit trail: `{at, event, tool, upstream_status}`."""

LeaseStatus = Literal["opening", "open", "closing", "closed"]


class WindowBusy(Exception):
    """The customer's previous window is still being closed; nothing may be opened or read until that is confirmed."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Lease:
    """One window. `owner` is the process, `connection` the client connection (or endpoint) that asked for it.

    The fields are the columns of the table `leases`. `wanted` counts how many confirmed closings are still needed,
    `attempts` those that failed, and `retry_at` is when the next is due. `closed_at` is when the upstream confirmed it,
    for the first time while more are wanted.
    """

    id: str
    account_id: str
    customer_id: str
    server_id: str
    tool: str
    connection: str
    owner: str
    status: LeaseStatus
    opened_at: datetime
    expires_at: datetime
    hard_at: datetime
    closed_at: datetime | None = None
    reason: str = ""
    close_reason: str = ""
    reads: int = 0
    attempts: int = 0
    retry_at: datetime | None = None
    wanted: int = 1
    call_id: str = ""
    origin: str = ""
    organisation: str = ""

    @property
    def upstream(self) -> UpstreamIdentity:
        """Whose customer it is."""
        return UpstreamIdentity(origin=self.origin, organisation=self.organisation)

    def is_at(self, upstream: UpstreamIdentity, account_id: str) -> bool:
        """Whether the window may be one of this upstream, which the account reaches."""
        return self.account_id == account_id or self.upstream.may_be(upstream)

    @property
    def cause(self) -> Cause:
        """The tool call that asked for the window: what closes it later acts for that call, too."""
        return Cause(tool=self.tool, call_id=self.call_id)

    @property
    def is_open(self) -> bool:
        """The upstream has said that the window is open, and nobody has begun to close it."""
        return self.status == "open"

    @property
    def is_closing(self) -> bool:
        """Somebody has begun to close the window, and its end is not confirmed."""
        return self.status == "closing"

    @property
    def is_closed(self) -> bool:
        """There is no window, or none any more."""
        return self.status == "closed"

    @property
    def is_wanted_twice(self) -> bool:
        """More than one confirmed closing is still needed."""
        return self.wanted > 1

    @property
    def ends_at(self) -> datetime:
        """From this instant on the window must not be read through."""
        return min(self.expires_at, self.hard_at)

    def is_overdue(self, now: datetime) -> bool:
        """Past its time, while nobody has begun to close it."""
        return self.status in {"opening", "open"} and now >= self.ends_at

    def is_due(self, now: datetime) -> bool:
        """Its closing is due for another attempt."""
        return self.is_closing and (self.retry_at is None or self.retry_at <= now)


@dataclass(frozen=True, kw_only=True, slots=True)
class Opener:
    """Who opens a window: for which customer of which upstream, on whose behalf, and why."""

    account_id: str
    customer_id: str
    server_id: str
    tool: str
    connection: str
    upstream: UpstreamIdentity
    reason: str = ""
    call_id: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class LeaseChange:
    """A lease as it is from now on, and the event for the audit trail; no event when nothing happened to it."""

    lease: Lease
    at: datetime
    event: str = ""
    tool: str = ""
    upstream_status: int | None = None


def is_safe(lease: Lease, now: datetime) -> bool:
    """True while reading through this window is what its holder asked for."""
    return lease.status in {"opening", "open"} and now < lease.ends_at


def opened(lease: Lease, now: datetime) -> LeaseChange:
    """The window is open.

    The lease may have been closed while the request was on its way: a window that opened late must be closed again.
    """
    status: LeaseStatus = "open" if lease.status == "opening" else "closing"
    answered = replace(lease, status=status, closed_at=None, retry_at=now, wanted=1)
    return LeaseChange(lease=answered, at=now, event="opened")


def read(lease: Lease, now: datetime, *, tool: str) -> LeaseChange:
    """A read used the window: it lasts `SLIDING` longer, never past its hard end."""
    if lease.is_open:
        expires = max(lease.expires_at, min(now + SLIDING, lease.hard_at))
        lease = replace(lease, reads=lease.reads + 1, expires_at=expires)
    return LeaseChange(lease=lease, at=now, event="read", tool=tool)


def left(lease: Lease, now: datetime) -> LeaseChange:
    """The client is gone after the one call it connected for: from now on no read makes the window last longer."""
    kept = replace(lease, hard_at=min(lease.hard_at, lease.expires_at))
    return LeaseChange(lease=kept, at=now, event="client left")


def closing(lease: Lease, now: datetime, *, reason: str) -> LeaseChange:
    """From now on the window counts as unsafe until its end is confirmed.

    A window whose opening was never answered is closed twice, some seconds apart: the request to open it may
    still have been on its way.
    """
    if lease.status not in {"opening", "open"}:
        return LeaseChange(lease=lease, at=now)
    wanted = 1 if lease.is_open else 2
    begun = replace(lease, status="closing", close_reason=reason, wanted=wanted, retry_at=now)
    return LeaseChange(lease=begun, at=now, event="closing")


def confirmed(
    lease: Lease, now: datetime, *, asked_at: datetime, upstream_status: int | None, may_open_yet: bool = False
) -> LeaseChange:
    """The upstream has confirmed that no window was open at some time since `asked_at`.

    That says little as long as the request to open it waits for its answer (`may_open_yet`): then it does not count.
    Of two that are wanted the second counts if it was asked for `AGAIN` after the first, however many come in between.
    """
    if lease.is_closed:
        return LeaseChange(lease=lease, at=now)
    if may_open_yet:
        return LeaseChange(lease=replace(lease, retry_at=now + AGAIN), at=now)
    if lease.is_wanted_twice:
        once = replace(lease, wanted=lease.wanted - 1, closed_at=now, retry_at=now + AGAIN)
        return LeaseChange(lease=once, at=now)
    if lease.closed_at is not None and asked_at < lease.closed_at + AGAIN:
        return LeaseChange(lease=lease, at=now)
    return closed(lease, now, reason=lease.close_reason or "closed", upstream_status=upstream_status)


def closed(lease: Lease, now: datetime, *, reason: str, upstream_status: int | None = None) -> LeaseChange:
    """There is no window to close, or none any more."""
    if lease.is_closed:
        return LeaseChange(lease=lease, at=now)
    ended = replace(lease, status="closed", closed_at=now, close_reason=reason)
    return LeaseChange(lease=ended, at=now, event="closed", upstream_status=upstream_status)


def failed_closing(lease: Lease, now: datetime, *, upstream_status: int) -> LeaseChange:
    """Closing failed: it is tried again later, and later each time."""
    delay = timedelta(seconds=_BACKOFF[min(lease.attempts, len(_BACKOFF) - 1)])
    later = replace(lease, attempts=lease.attempts + 1, retry_at=now + delay)
    return LeaseChange(lease=later, at=now, event="close failed", upstream_status=upstream_status)
