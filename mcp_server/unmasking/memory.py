"""What a process knows of leases apart from its state: for when that cannot be read or written."""

from __future__ import annotations

from dataclasses import dataclass, field

from kustomer_sandbox.mcp_server.unmasking.leases import Lease, LeaseChange


@dataclass(kw_only=True, slots=True)
class LeaseMemory:
    """What a process knows without the state, by lease: its own leases, and changes that could not be written.

    `unanswered` are those whose window it has asked for and been told nothing of yet.
    """

    own: dict[str, Lease] = field(default_factory=dict)
    unwritten: dict[str, list[LeaseChange]] = field(default_factory=dict)
    unanswered: set[str] = field(default_factory=set)
