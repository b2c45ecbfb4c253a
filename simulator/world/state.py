"""What a world's state is made of, and the snapshots that keep it: records, counters, windows, due events, settings.

Taking a snapshot and going back to it cost no copying of records. Keys, journal and armed faults are no part of it:
they belong to whoever uses the world, not to the organisation. What is to happen in the world (`triggers`) is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple, TypedDict

from kustomer_sandbox.contracts.build.masks import MaskedSearch
from kustomer_sandbox.simulator.records.masking import Style
from kustomer_sandbox.simulator.store.protocol import Store, StoreSnapshot
from kustomer_sandbox.simulator.values.clock import Mode, iso
from kustomer_sandbox.simulator.values.errors import ErrorVocabulary
from kustomer_sandbox.simulator.values.http import RateLimitReset
from kustomer_sandbox.simulator.values.ids import Ids
from kustomer_sandbox.simulator.values.record import JSON, Principal
from kustomer_sandbox.simulator.values.unmasking import WindowSettings
from kustomer_sandbox.simulator.world.audit_log import AuditState
from kustomer_sandbox.simulator.world.waiting.triggers import Triggers


class WorldOptions(TypedDict, total=False):
    """What a world can be told to be like: the options of `WorldSpec` of the same names. None leaves one as it is.

    `prompt` is what an agent in this world is asked to do, `criteria` say what it must have done then, and `triggers`
    are tied to calls: a scenario says all three.
    """

    plan: str | None
    masking: Style | None
    masked_search: MaskedSearch | None
    windows: WindowSettings | None
    errors: ErrorVocabulary | None
    ratelimit_reset: RateLimitReset | None
    strict: bool | None
    limits: Mapping[str, int] | None
    readings: Mapping[str, str] | None
    prompt: str | None
    criteria: tuple[JSON, ...] | None
    triggers: Triggers | None


OPTIONS = tuple(WorldOptions.__annotations__)


@dataclass(frozen=True, kw_only=True, slots=True)
class WorldState:
    """All of a world that goes back with it. `keys` are the machine users that keys stood for, by digest."""

    store: StoreSnapshot
    now: datetime
    mode: Mode
    ids: Ids
    audit_log: AuditState
    plan: str
    masking: Style
    errors: ErrorVocabulary
    ratelimit_reset: RateLimitReset
    strict: bool
    limits: Mapping[str, int]
    readings: Mapping[str, str]
    prompt: str
    criteria: tuple[JSON, ...]
    triggers: Triggers
    masked_search: MaskedSearch
    windows: WindowSettings
    org: str
    org_name: str
    scenario: str
    keys: Mapping[str, Principal]


@dataclass(frozen=True, kw_only=True, slots=True)
class Episode:
    """What makes a world an episode: it is there for one run, and to be ended once nobody has called for so long.

    `began_at` is an instant of the server's clock, `start` the id of the world's snapshot from then.
    """

    began_at: datetime
    idle: timedelta
    start: str


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
        snapshot = Snapshot(f"snapshot-{self.count}", iso(state.now), state)
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

    def store_at(self, id: str, store: Store) -> Store:
        """A store of its own as `store`, the world's, was when the snapshot was taken. Raises `UnknownSnapshot`."""
        fork = store.fork()
        fork.restore(self.get(id).state.store)
        return fork

    def forget(self, id: str) -> None:
        """Let go of a snapshot. Raises `UnknownSnapshot`."""
        self._held.pop(self.get(id).id)
