"""A world's state at an instant, to go back to: records, counters, windows, due events, clock, ids and settings.

Taking one and going back cost no copying of records. Keys, journal and armed faults are no part of it: they
belong to whoever uses the world, not to the organisation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from simulator.call import Principal
from simulator.clock import Mode, iso
from simulator.ids import Ids
from simulator.masking import Style
from simulator.store.protocol import Snapshot as StoreSnapshot

if TYPE_CHECKING:
    from simulator.world import World


class UnknownSnapshot(Exception):
    """The world has no snapshot of this id; `known` lists those it has."""

    def __init__(self, known: list[str]) -> None:
        super().__init__(f"known snapshots: {', '.join(known) or 'none'}")
        self.known = known


@dataclass(frozen=True, kw_only=True, slots=True)
class State:
    """All of a world that goes back with it. `keys` are the machine users that keys stood for, by digest."""

    id: str
    taken_at: str
    store: StoreSnapshot
    now: datetime
    mode: Mode
    ids: Ids
    plan: str
    masking: Style
    org: str
    org_name: str
    scenario: str
    keys: Mapping[str, Principal]


@dataclass(slots=True)
class Snapshots:
    """The snapshots of one world, oldest first."""

    count: int = 0
    _held: dict[str, State] = field(default_factory=dict)

    def all(self) -> list[State]:
        """Every snapshot that is kept."""
        return list(self._held.values())

    def take(self, world: World) -> State:
        """Keep the world's present state."""
        self.count += 1
        now = world.clock.now()
        state = State(
            id=f"snapshot-{self.count}",
            taken_at=iso(now),
            store=world.store.snapshot(),
            now=now,
            mode=world.clock.mode,
            ids=world.ids.fork(),
            plan=world.plan,
            masking=world.masking,
            org=world.org,
            org_name=world.org_name,
            scenario=world.scenario,
            keys=dict(world.keys),
        )
        self._held[state.id] = state
        return state

    def get(self, id: str) -> State:
        """A snapshot by its id. Raises `UnknownSnapshot`."""
        state = self._held.get(id)
        if state is None:
            raise UnknownSnapshot(list(self._held))
        return state

    def forget(self, id: str) -> None:
        """Let go of a snapshot. Raises `UnknownSnapshot`."""
        self._held.pop(self.get(id).id)
