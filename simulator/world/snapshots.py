"""A world's state at an instant, to go back to: records, counters, windows, due events, clock, ids and settings.

Taking one and going back cost no copying of records. Keys, journal and armed faults are no part of it: they
belong to whoever uses the world, not to the organisation.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from kustomer_sandbox.simulator.values.clock import iso
from kustomer_sandbox.simulator.world.state import WorldState

SNAPSHOT = "snapshot-"
"""What the ids of snapshots begin with; a number follows."""


class UnknownSnapshot(Exception):
    """The world has no snapshot of this id; `known` lists those it has."""

    def __init__(self, known: list[str]) -> None:
        super().__init__(f"known snapshots: {', '.join(known) or 'none'}")
        self.known = known


class Snapshot(NamedTuple):
    """A kept state, the id to go back to it by, and the instant it was taken at, as text."""

    id: str
    taken_at: str
    state: WorldState


@dataclass(slots=True)
class Snapshots:
    """The snapshots of one world, oldest first."""

    count: int = 0
    _held: dict[str, Snapshot] = field(default_factory=dict)

    def all(self) -> list[Snapshot]:
        """Every snapshot that is kept."""
        return list(self._held.values())

    def take(self, state: WorldState) -> Snapshot:
        """Keep a world's present state under the next id."""
        self.count += 1
        snapshot = Snapshot(f"{SNAPSHOT}{self.count}", iso(state.now), state)
        self._held[snapshot.id] = snapshot
        return snapshot

    def take_back(self, count: int, snapshots: Iterable[Snapshot]) -> None:
        """Have the snapshots that were kept, of so many that were ever taken."""
        self.count = count
        self._held = {snapshot.id: snapshot for snapshot in snapshots}

    def get(self, id: str) -> Snapshot:
        """A snapshot by its id. Raises `UnknownSnapshot`."""
        snapshot = self._held.get(id)
        if snapshot is None:
            raise UnknownSnapshot(list(self._held))
        return snapshot

    def forget(self, id: str) -> None:
        """Let go of a snapshot. Raises `UnknownSnapshot`."""
        self._held.pop(self.get(id).id)
