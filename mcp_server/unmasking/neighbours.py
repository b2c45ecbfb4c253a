"""What the tool servers of one machine tell each other of their windows, whatever state each of them keeps.

Context: an upstream has one window for a customer, open to everyone with a key; two tool servers with a state each
know nothing of each other's leases. Choice: a note for each window, named by upstream, customer, state and lease, that
its process holds for as long as that lives. Cost: other users and other machines stay unknown, and systems without
file locks (Windows) have no notes; each tool call looks into a folder.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection
from functools import lru_cache
from typing import Final
from urllib.parse import quote, unquote

from kustomer_sandbox.mcp_server.model import UpstreamIdentity
from kustomer_sandbox.mcp_server.unmasking.leases import Lease
from kustomer_sandbox.mcp_server.unmasking.notes import Notes

_NAME: Final = re.compile(r"[^.]*\.(?P<state>[^.]*)\.[^.]*")


class Neighbours:
    """Our notes and those of others; `notes` is None where there is no place for them."""

    def __init__(self, notes: Notes | None, *, state_id: str) -> None:
        self._notes = notes
        self._state_id = state_id

    def announce(self, lease: Lease) -> None:
        """Leave a note before the window is asked for. Raises `StateUnavailable`."""
        if self._notes is not None:
            self._notes.leave(*self._note(lease))

    def withdraw(self, lease: Lease) -> None:
        """The window has ended."""
        if self._notes is not None:
            self._notes.remove(*self._note(lease))

    def customers(self, upstream: UpstreamIdentity) -> frozenset[str]:
        """Ids of the customers for whom the tool server of another state has, or left, a window."""
        return frozenset(map(_customer, self._foreign(upstream)))

    def left_behind(self, upstream: UpstreamIdentity) -> set[str]:
        """Ids of the customers whose windows were left by a process that lives no more."""
        return {_customer(name) for name in self._abandoned(upstream)}

    def forget(self, upstream: UpstreamIdentity, customer_id: str) -> None:
        """Remove the notes of a customer that no living process holds."""
        for name in self._abandoned(upstream):
            if self._notes is not None and _customer(name) == customer_id:
                self._notes.remove(_group(upstream), name)

    def keep(self, leases: Collection[Lease]) -> None:
        """Drop the notes of this process for other leases than these: another process has closed them."""
        if self._notes is not None:
            for group, name in self._notes.held - {self._note(lease) for lease in leases}:
                self._notes.remove(group, name)

    def end(self) -> None:
        """This process stops: what is still noted is of use to whoever comes next."""
        if self._notes is not None:
            self._notes.release()

    def _foreign(self, upstream: UpstreamIdentity) -> list[str]:
        names = [] if self._notes is None else self._notes.names(_group(upstream))
        return [name for name in names if (note := _NAME.fullmatch(name)) and note["state"] != self._state_id]

    def _abandoned(self, upstream: UpstreamIdentity) -> list[str]:
        if self._notes is None:
            return []
        group = _group(upstream)
        return [name for name in self._foreign(upstream) if self._notes.is_abandoned(group, name)]

    def _note(self, lease: Lease) -> tuple[str, str]:
        """The group and the name of a lease's note."""
        customer = quote(lease.customer_id, safe="").replace(".", "%2E")
        return _group(lease.upstream), f"{customer}.{self._state_id}.{lease.id}"


@lru_cache
def _group(upstream: UpstreamIdentity) -> str:
    return hashlib.sha256(upstream.key.encode()).hexdigest()[:32]


def _customer(name: str) -> str:
    return unquote(name.partition(".")[0])
