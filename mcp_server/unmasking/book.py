"""The lease book: stores the leases of one state, and goes on without it where a window has to be closed.

Context: a full disk, a locked or a damaged file must not keep a window open. Choice: whatever opens a window or reads
through one needs the book and raises `StateUnavailable` without it; whatever closes one raises nothing, and what could
not be written is kept in memory and written as soon as that is possible. Cost: if the process dies before, its
successor finds the lease as it was, and closes the window once more.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from typing import Final

from kustomer_sandbox.mcp_server.clock import iso, parse
from kustomer_sandbox.mcp_server.model import UpstreamIdentity
from kustomer_sandbox.mcp_server.state.database import RandomHex, StateUnavailable
from kustomer_sandbox.mcp_server.state.protocol import Row, State, Writing
from kustomer_sandbox.mcp_server.unmasking import leases
from kustomer_sandbox.mcp_server.unmasking.leases import (
    HARD,
    SLIDING,
    UNANSWERED,
    AuditEvent,
    Lease,
    LeaseChange,
    Opener,
    WindowBusy,
)
from kustomer_sandbox.mcp_server.unmasking.memory import LeaseMemory
from kustomer_sandbox.mcp_server.unmasking.reasons import without_personal_data

PATIENCE_SECONDS: Final = 0.25
"""How long closing waits for a locked state before it goes on without."""

_LOG: Final = logging.getLogger(__name__)
_INSTANTS: Final = ("opened_at", "expires_at", "hard_at", "closed_at", "retry_at")
_COLUMNS: Final = tuple(Lease.__slots__)
_ADD: Final = f"INSERT INTO leases ({', '.join(_COLUMNS)}) VALUES ({', '.join('?' for _ in _COLUMNS)})"  # noqa: S608 - names of our own fields
_STORE: Final = f"UPDATE leases SET {', '.join(f'{name} = ?' for name in _COLUMNS)} WHERE id = ?"  # noqa: S608 - see above


class LeaseBook:
    """The leases of one state, as seen by one process (`owner`), which remembers some of it in `memory`."""

    def __init__(self, state: State, *, owner: str, random_hex: RandomHex, memory: LeaseMemory | None = None) -> None:
        self._state = state
        self._random = random_hex
        self.owner = owner
        memory = memory or LeaseMemory()
        self._own, self._unwritten, self._unanswered = memory.own, memory.unwritten, memory.unanswered

    def begin(self, opener: Opener, now: datetime) -> Lease:
        """Store a lease, before the request that opens its window is sent. Raises `WindowBusy`, `StateUnavailable`."""
        if any(lease.is_closing for lease in self.unclosed(opener.upstream, opener.account_id, opener.customer_id)):
            raise WindowBusy
        lease = Lease(
            id=str(uuid.UUID(hex=self._random(16), version=4)),
            account_id=opener.account_id,
            customer_id=opener.customer_id,
            server_id=opener.server_id,
            tool=opener.tool,
            connection=opener.connection,
            owner=self.owner,
            status="opening",
            opened_at=now,
            expires_at=now + SLIDING,
            hard_at=now + HARD,
            reason=without_personal_data(opener.reason),
            call_id=opener.call_id,
            origin=opener.upstream.origin,
            organisation=opener.upstream.organisation,
        )
        with self._writing() as db:
            db.execute(_ADD, _row(lease))
            _add_event(db, LeaseChange(lease=lease, at=now, event="opening", tool=opener.tool))
        self._unanswered.add(lease.id)
        return self._remember(lease)

    def answered(self, lease: Lease) -> None:
        """Nothing is waited for any more: the upstream has answered, or the caller has given up."""
        self._unanswered.discard(lease.id)

    def adopt(self, opener: Opener, now: datetime) -> Lease:
        """Store a lease for a window that another state's dead process has left: one to be closed.

        Raises `WindowBusy`, `StateUnavailable`.
        """
        lease = self.begin(opener, now)
        self.answered(lease)
        return self._close_one(lease, lambda one: leases.closing(one, now, reason="left behind"))

    def mark_opened(self, lease: Lease, now: datetime) -> Lease:
        """The window is open; earlier leases of the same customer are taken over by this one.

        Raises `StateUnavailable`.
        """
        with self._writing() as db:
            earlier = [
                _store(db, leases.closed(other, now, reason="replaced"))
                for other in self.unclosed(lease.upstream, lease.account_id, lease.customer_id)
                if other.id != lease.id and other.is_open
            ]
            now_open = _store(db, leases.opened(_get(db, lease), now))
        for other in earlier:
            self._remember(other)
        return self._remember(now_open)

    def record_read(self, lease: Lease, now: datetime, *, tool: str) -> Lease:
        """A read used the window: record it and extend the lease. Raises `StateUnavailable`."""
        with self._writing() as db:
            changed = _store(db, leases.read(_get(db, lease), now, tool=tool))
        return self._remember(changed)

    def replace_reason(self, lease: Lease, reason: str) -> None:
        """Put another reason in the place of one that repeats what was read. Raises `StateUnavailable`."""
        with self._writing() as db:
            _store(db, LeaseChange(lease=replace(_get(db, lease), reason=reason), at=lease.opened_at))

    def mark_not_opened(self, lease: Lease, now: datetime, *, upstream_status: int | None) -> Lease:
        """The upstream refused, or was not asked: there is no window to close."""
        self.answered(lease)
        return self._close_one(
            lease, lambda one: leases.closed(one, now, reason="not opened", upstream_status=upstream_status)
        )

    def mark_left(self, wanted: Iterable[Lease], now: datetime) -> list[Lease]:
        """Their client is gone, but may come back with another connection: they end when they expire."""
        return self._close(list(wanted), lambda one: leases.left(one, now))

    def mark_gone(self, wanted: Iterable[Lease], now: datetime) -> list[Lease]:
        """What they reached is no more, and no window with it. Raises nothing."""
        return self._close(list(wanted), lambda one: leases.closed(one, now, reason="upstream gone"))

    def begin_closing(self, wanted: Iterable[Lease], now: datetime, *, reason: str) -> list[Lease]:
        """From now on these windows count as unsafe until their end is confirmed."""
        return self._close(list(wanted), lambda one: leases.closing(one, now, reason=reason))

    def confirm_closed(
        self,
        lease: Lease,
        now: datetime,
        *,
        asked_at: datetime,
        is_alive: Callable[[str], bool],
        upstream_status: int | None = None,
    ) -> Lease:
        """The upstream, asked at that time, has confirmed that no window is open.

        `is_alive` tells whether a lease's owner still runs.
        """

        def change(one: Lease) -> LeaseChange:
            may = self._may_open_yet(one, now, is_alive)
            return leases.confirmed(one, now, asked_at=asked_at, upstream_status=upstream_status, may_open_yet=may)

        return self._close_one(lease, change)

    def _may_open_yet(self, lease: Lease, now: datetime, is_alive: Callable[[str], bool]) -> bool:
        """Whether a living process may still wait for the window to open."""
        if lease.owner == self.owner:
            return lease.id in self._unanswered
        return lease.is_wanted_twice and now < lease.opened_at + UNANSWERED and is_alive(lease.owner)

    def retry_closing_later(self, lease: Lease, now: datetime, *, upstream_status: int) -> Lease:
        """Closing failed: it is tried again later, and later each time."""
        return self._close_one(lease, lambda one: leases.failed_closing(one, now, upstream_status=upstream_status))

    def catch_up(self) -> None:
        """Write what could not be written before, if that is possible now."""
        if self._unwritten:
            self._close([], lambda one: LeaseChange(lease=one, at=one.opened_at))

    def get(self, lease_id: str) -> Lease:
        """Raises `StateUnavailable`, and `LookupError` for an unknown id."""
        for found in self._select("SELECT * FROM leases WHERE id = ?", lease_id):
            return found
        raise LookupError

    def unclosed(self, upstream: UpstreamIdentity, account_id: str, customer_id: str | None = None) -> list[Lease]:
        """An upstream's (and customer's) leases whose end is not confirmed, of whatever account that may reach it.

        Raises `StateUnavailable`.
        """
        found = [lease for lease in self.live() if lease.is_at(upstream, account_id)]
        return [lease for lease in found if customer_id in {None, lease.customer_id}]

    def live(self) -> list[Lease]:
        """Every lease, of whatever process, that is not closed. Raises `StateUnavailable`."""
        every = self._select("SELECT * FROM leases WHERE status <> 'closed'")
        return [lease for lease in every if not lease.is_closed]

    def own(self) -> list[Lease]:
        """The leases of this process that are not closed, as it remembers them: for when the state cannot be read."""
        return list(self._own.values())

    def history(self, account_id: str, *, limit: int, after: str = "") -> list[tuple[Lease, list[AuditEvent]]]:
        """The audit trail, newest first: each lease with its events. Raises `StateUnavailable`."""
        found = self._select(
            "SELECT * FROM leases WHERE account_id = ? AND (? = '' OR (opened_at, id) <"
            " (SELECT opened_at, id FROM leases WHERE id = ?)) ORDER BY opened_at DESC, id DESC LIMIT ?",
            account_id, after, after, limit,
        )  # fmt: skip
        return [(lease, self.events(lease.id)) for lease in found]

    def events(self, lease_id: str) -> list[AuditEvent]:
        """What happened to a lease, oldest first. Raises `StateUnavailable`."""
        sql = "SELECT at, event, tool, upstream_status FROM lease_events WHERE lease_id = ? ORDER BY sequence"
        return [dict(row) for row in self._state.read(sql, lease_id)]

    def _select(self, sql: str, *values: str | int) -> list[Lease]:
        return [self._latest(_lease(row)) for row in self._state.read(sql, *values)]

    def _close(self, wanted: list[Lease], change: Callable[[Lease], LeaseChange]) -> list[Lease]:
        """Change leases on their way to closed: in the state, or in memory until it can be written. Raises nothing."""
        try:
            with self._writing(patience=PATIENCE_SECONDS) as db:
                changed = [_store(db, change(_get(db, lease))) for lease in wanted]
        except StateUnavailable as fault:
            _LOG.error("%s; windows are closed all the same", fault)
            changed = [self._keep(change(self._latest(self._own.get(lease.id, lease)))) for lease in wanted]
        return [self._remember(lease) for lease in changed]

    def _close_one(self, lease: Lease, change: Callable[[Lease], LeaseChange]) -> Lease:
        (changed,) = self._close([lease], change)
        return changed

    @contextmanager
    def _writing(self, *, patience: float | None = None) -> Iterator[Writing]:
        """A transaction that begins with what could not be written before."""
        with self._state.transaction(patience=patience) as db:
            for waiting in self._unwritten.values():
                _catch_up(db, waiting)
            yield db
        self._unwritten.clear()

    def _keep(self, change: LeaseChange) -> Lease:
        self._unwritten.setdefault(change.lease.id, []).append(change)
        return change.lease

    def _latest(self, lease: Lease) -> Lease:
        waiting = self._unwritten.get(lease.id)
        return waiting[-1].lease if waiting else lease

    def _remember(self, lease: Lease) -> Lease:
        if lease.is_closed:
            self._own.pop(lease.id, None)
        elif lease.owner == self.owner:
            self._own[lease.id] = lease
        return lease


def _catch_up(db: Writing, waiting: list[LeaseChange]) -> None:
    """Write what happened to one lease meanwhile, unless another process has closed it."""
    *_, newest = waiting
    if _get(db, newest.lease).is_closed:
        return
    for change in waiting:
        _store(db, change)


def _get(db: Writing, lease: Lease) -> Lease:
    """The lease as it is stored now; as it was given if the state no longer knows it."""
    row = db.execute("SELECT * FROM leases WHERE id = ?", (lease.id,)).fetchone()
    return lease if row is None else _lease(row)


def _store(db: Writing, change: LeaseChange) -> Lease:
    db.execute(_STORE, (*_row(change.lease), change.lease.id))
    if change.event:
        _add_event(db, change)
    return change.lease


def _add_event(db: Writing, change: LeaseChange) -> None:
    db.execute(
        "INSERT INTO lease_events (lease_id, at, event, tool, upstream_status) VALUES (?, ?, ?, ?, ?)",
        (change.lease.id, iso(change.at), change.event, change.tool, change.upstream_status),
    )


def _row(lease: Lease) -> list[str | int]:
    """The values of its columns. An instant that is not there is an empty text."""
    values = ("" if value is None else value for value in (getattr(lease, name) for name in _COLUMNS))
    return [iso(value) if isinstance(value, datetime) else value for value in values]


def _lease(row: Row) -> Lease:
    fields = {name: row[name] for name in _COLUMNS}
    for name in _INSTANTS:
        fields[name] = parse(fields[name]) if fields[name] else None
    return Lease(**fields)
