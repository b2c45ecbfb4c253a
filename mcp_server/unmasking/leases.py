"""Unmasking leases: the record of every window opened through a tool, from before it opens until its end is confirmed.

The rules and their rows; no HTTP. A lease is written before the window is asked for, so that after a crash at any
point there is a row that says what to close:

    opening -> open -> closing -> closed

A lease may skip a status, but never goes back; the exception is a window that opened after its lease was closed.
Reads of a customer are refused while it is uncertain whether the customer's window is open: while it is closing, past
its time, or never confirmed.
"""

from __future__ import annotations

import sqlite3
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from kustomer_sandbox.mcp_server.clock import iso, parse
from kustomer_sandbox.mcp_server.model import Cause
from kustomer_sandbox.mcp_server.state.database import RandomHex, StateDatabase

SLIDING: Final = timedelta(minutes=5)
"""How long a window stays open after it was opened or last read through."""

HARD: Final = timedelta(minutes=15)
"""How long a window stays open at most."""

AGAIN: Final = timedelta(seconds=5)
"""How long after the first confirmed closing a window is closed once more, if its opening was never answered."""

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

    The fields are the columns of the table `leases`. `wanted` counts how many confirmed closings are still needed.
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
    closed_at: datetime | None
    reason: str
    close_reason: str
    reads: int
    attempts: int
    wanted: int
    call_id: str

    @property
    def cause(self) -> Cause:
        """The tool call that asked for the window: what closes it later acts for that call, too."""
        return Cause(tool=self.tool, call_id=self.call_id)


@dataclass(frozen=True, kw_only=True, slots=True)
class Opener:
    """Who opens a window: for which customer, on whose behalf, and why."""

    account_id: str
    customer_id: str
    server_id: str
    tool: str
    connection: str
    reason: str = ""
    call_id: str = ""


class LeaseBook:
    """The leases of one state, as seen by one process (`owner`)."""

    def __init__(self, state: StateDatabase, *, owner: str, random_hex: RandomHex) -> None:
        self._state = state
        self._random = random_hex
        self.owner = owner

    def begin(self, opener: Opener, now: datetime) -> Lease:
        """Store a lease, before the request that opens its window is sent. Raises `WindowBusy`."""
        if any(lease.status == "closing" for lease in self.unclosed(opener.account_id, opener.customer_id)):
            raise WindowBusy
        lease_id = str(uuid.UUID(hex=self._random(16), version=4))
        with self._state.transaction() as db:
            db.execute(
                "INSERT INTO leases (id, account_id, customer_id, server_id, tool, connection, owner, status,"
                " opened_at, expires_at, hard_at, reason, call_id)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, 'opening', ?, ?, ?, ?, ?)",
                (
                    lease_id, opener.account_id, opener.customer_id, opener.server_id, opener.tool, opener.connection,
                    self.owner, iso(now), iso(now + SLIDING), iso(now + HARD), opener.reason,
                    opener.call_id,
                ),
            )  # fmt: skip
            _event(db, lease_id, now, "opening", tool=opener.tool)
        return self.get(lease_id)

    def mark_opened(self, lease: Lease, now: datetime) -> Lease:
        """The window is open; earlier leases of the same customer are taken over by this one."""
        with self._state.transaction() as db:
            earlier = [
                other
                for other in self.unclosed(lease.account_id, lease.customer_id)
                if other.id != lease.id and other.status == "open"
            ]
            for other in earlier:
                _close(db, other.id, now, "replaced")
            # It may have been closed while the request was on its way: a window that opened late must be closed again.
            db.execute(
                "UPDATE leases SET status = iif(status = 'opening', 'open', 'closing'), closed_at = NULL, retry_at = ?"
                " WHERE id = ?",
                (iso(now), lease.id),
            )
            _event(db, lease.id, now, "opened")
        return self.get(lease.id)

    def mark_not_opened(self, lease: Lease, now: datetime, *, upstream_status: int) -> None:
        """The upstream refused: there is no window to close."""
        with self._state.transaction() as db:
            _close(db, lease.id, now, "not opened", upstream_status=upstream_status)

    def record_read(self, lease: Lease, now: datetime, *, tool: str) -> None:
        """A read used the window: record it and extend the lease by `SLIDING`, never past its hard end."""
        expires = min(now + SLIDING, lease.hard_at)
        with self._state.transaction() as db:
            db.execute(
                "UPDATE leases SET reads = reads + 1, expires_at = max(expires_at, ?) WHERE id = ? AND status = 'open'",
                (iso(expires), lease.id),
            )
            _event(db, lease.id, now, "read", tool=tool)

    def mark_closing(self, lease: Lease, now: datetime, *, reason: str) -> None:
        """From now on the window counts as unsafe until its end is confirmed."""
        with self._state.transaction() as db:
            changed = db.execute(
                "UPDATE leases SET wanted = iif(status = 'opening', 2, 1), status = 'closing', close_reason = ?,"
                " retry_at = ? WHERE id = ? AND status IN ('opening', 'open')",
                (reason, iso(now), lease.id),
            )
            if changed.rowcount:
                _event(db, lease.id, now, "closing")

    def confirm_closed(self, lease: Lease, now: datetime, *, upstream_status: int | None = None) -> None:
        """The upstream has confirmed that no window is open.

        A window whose opening was never answered is closed twice, some seconds apart: the request to open it may
        still have been on its way.
        """
        with self._state.transaction() as db:
            db.execute(
                "UPDATE leases SET wanted = wanted - 1, retry_at = ? WHERE id = ? AND status <> 'closed'",
                (iso(now + AGAIN), lease.id),
            )
            if self.get(lease.id).wanted <= 0:
                _close(db, lease.id, now, lease.close_reason or "closed", upstream_status=upstream_status)

    def retry_closing_later(self, lease: Lease, now: datetime, *, upstream_status: int) -> None:
        """Closing failed: try again later, and later each time."""
        delay = _BACKOFF[min(lease.attempts, len(_BACKOFF) - 1)]
        with self._state.transaction() as db:
            db.execute(
                "UPDATE leases SET attempts = attempts + 1, retry_at = ? WHERE id = ?",
                (iso(now + timedelta(seconds=delay)), lease.id),
            )
            _event(db, lease.id, now, "close failed", upstream_status=upstream_status)

    def get(self, lease_id: str) -> Lease:
        return _lease(self._state.durable.execute("SELECT * FROM leases WHERE id = ?", (lease_id,)).fetchone())

    def unclosed(self, account_id: str, customer_id: str | None = None) -> list[Lease]:
        """An account's (and customer's) leases whose end is not confirmed."""
        sql = "SELECT * FROM leases WHERE status <> 'closed' AND account_id = ?"
        if customer_id is None:
            return self._select(sql, account_id)
        return self._select(f"{sql} AND customer_id = ?", account_id, customer_id)

    def live(self) -> list[Lease]:
        """Every lease, of whatever process, that is not closed."""
        return self._select("SELECT * FROM leases WHERE status <> 'closed'")

    def overdue(self, now: datetime) -> list[Lease]:
        """Leases past their time that nobody has begun to close."""
        sql = "SELECT * FROM leases WHERE status IN ('opening', 'open') AND min(expires_at, hard_at) <= ?"
        return self._select(sql, iso(now))

    def to_retry(self, now: datetime) -> list[Lease]:
        """Leases whose closing is due for another attempt."""
        return self._select("SELECT * FROM leases WHERE status = 'closing' AND retry_at <= ?", iso(now))

    def history(self, account_id: str, *, limit: int, after: str = "") -> list[tuple[Lease, list[AuditEvent]]]:
        """The audit trail, newest first: each lease with its events."""
        leases = self._select(
            "SELECT * FROM leases WHERE account_id = ? AND (? = '' OR (opened_at, id) <"
            " (SELECT opened_at, id FROM leases WHERE id = ?)) ORDER BY opened_at DESC, id DESC LIMIT ?",
            account_id, after, after, limit,
        )  # fmt: skip
        return [(lease, self._events(lease.id)) for lease in leases]

    def _events(self, lease_id: str) -> list[AuditEvent]:
        rows = self._state.durable.execute(
            "SELECT at, event, tool, upstream_status FROM lease_events WHERE lease_id = ? ORDER BY sequence",
            (lease_id,),
        )
        return [dict(row) for row in rows]

    def _select(self, sql: str, *values: object) -> list[Lease]:
        return [_lease(row) for row in self._state.durable.execute(sql, values)]


def is_safe(lease: Lease, now: datetime) -> bool:
    """True while reading through this window is what its holder asked for."""
    return lease.status in {"opening", "open"} and now < min(lease.expires_at, lease.hard_at)


def _close(
    db: sqlite3.Connection, lease_id: str, now: datetime, reason: str, *, upstream_status: int | None = None
) -> None:
    changed = db.execute(
        "UPDATE leases SET status = 'closed', closed_at = ?, close_reason = ? WHERE id = ? AND status <> 'closed'",
        (iso(now), reason, lease_id),
    )
    if changed.rowcount:
        _event(db, lease_id, now, "closed", upstream_status=upstream_status)


def _event(
    db: sqlite3.Connection,
    lease_id: str,
    now: datetime,
    event: str,
    *,
    tool: str = "",
    upstream_status: int | None = None,
) -> None:
    db.execute(
        "INSERT INTO lease_events (lease_id, at, event, tool, upstream_status) VALUES (?, ?, ?, ?, ?)",
        (lease_id, iso(now), event, tool, upstream_status),
    )


def _lease(row: sqlite3.Row) -> Lease:
    fields = {name: row[name] for name in Lease.__slots__}
    for name in ("opened_at", "expires_at", "hard_at", "closed_at"):
        fields[name] = None if fields[name] is None else parse(fields[name])
    return Lease(**fields)
