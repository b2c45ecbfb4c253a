"""Episodes: a world for each, with an API key and an MCP URL of its own, until it is ended or idle for too long."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from operator import attrgetter
from typing import TYPE_CHECKING, Final

from kustomer_sandbox.episodes.accounts import WorldAccounts
from kustomer_sandbox.grading.verdict import Verdict
from kustomer_sandbox.mcp_server.clock import AsyncClock
from kustomer_sandbox.mcp_server.model import Scope
from kustomer_sandbox.mcp_server.unmasking.leases import Lease
from kustomer_sandbox.simulator.hosting.keys import issue_key
from kustomer_sandbox.simulator.hosting.worlds import Worlds, WorldSpec
from kustomer_sandbox.simulator.records.diff import Diff, diff_since
from kustomer_sandbox.simulator.store.protocol import Snapshot
from kustomer_sandbox.simulator.values.clock import parse
from kustomer_sandbox.simulator.world.journal_summary import JournalSummary
from kustomer_sandbox.simulator.world.world import World

if TYPE_CHECKING:
    from kustomer_sandbox.simulator.keeping.kept_api import KeptApi

IDLE = timedelta(hours=1)
"""How long an episode may go without a call unless it says otherwise."""

MOST_EPISODES = 10_000
MOST_ENDED = 256
"""How many episodes that ended by themselves are remembered, until somebody asks what happened."""

_ID_BYTES = 8
_START: Final = "episode"
"""The id of the state, kept beside a world, in which its episode began."""


class TooManyEpisodes(Exception):
    """`MOST_EPISODES` are open."""


@dataclass(kw_only=True, slots=True)
class Episode:
    """A world from its beginning on, and what it was made from. Instants are the server's, not the world's.

    `is_kept` says whether a restart would find it again.
    """

    world: World
    plan: WorldSpec
    idle: timedelta
    began_at: datetime
    used_at: datetime
    start: Snapshot = field(repr=False)
    calls_seen: int
    is_kept: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class EndedEpisode:
    """What happened: the difference of the world to its start, its journal in sums, the windows that were open.

    `grade` is the verdict by the criteria of the scenario, if it has any.
    """

    episode: Episode
    ended_at: datetime
    reason: str
    diff: Diff
    journal: JournalSummary
    leases: list[Lease]
    grade: Verdict | None


class Episodes:
    """The episodes of one sandbox. `begin` and `end` are for whoever runs them, `sweep` for the server's clock.

    `kept` is the simulator, if it has worlds outlive the process; its episodes go on.
    """

    def __init__(
        self,
        accounts: WorldAccounts,
        *,
        clock: AsyncClock,
        random_hex: Callable[[int], str],
        kept: KeptApi | None = None,
    ) -> None:
        self.accounts = accounts
        self._worlds = accounts.worlds
        self._clock = clock
        self._random = random_hex
        self._kept = kept
        self._open: dict[str, Episode] = {}
        self._ended: dict[str, EndedEpisode] = {}
        if kept:
            self._take_up(kept)

    def new_name(self) -> str:
        """The name of an episode and its world: not to be guessed, and never the same again."""
        self._follow()
        if len(self._open) >= MOST_EPISODES:
            raise TooManyEpisodes
        return f"episode-{self._random(_ID_BYTES)}"

    def begin(self, world: World, *, scope: Scope, idle: timedelta = IDLE) -> tuple[Episode, str, str]:
        """An episode in a world just made, with its API key and its MCP URL, which are shown this once.

        Raises `StateUnavailable`.
        """
        key, _ = issue_key(self._worlds, world)
        self.accounts.connect(world, key)
        url = self.accounts.url(world, scope=scope)
        began_at = self._clock.now()
        if self._kept:
            note = json.dumps({"idle": idle.total_seconds(), "began_at": began_at.isoformat()})
            self._kept.keeper.put_beside(world, _START, note)
        return self._add(world, idle=idle, began_at=began_at, start=world.store.snapshot()), key, url

    def get(self, id: str) -> Episode | None:
        """An open episode."""
        self._follow()
        episode = self._open.get(id)
        return self._looked_at(episode) if episode else None

    def all(self) -> list[Episode]:
        """The open episodes, oldest first."""
        self._follow()
        return sorted(map(self._looked_at, self._open.values()), key=attrgetter("began_at"))

    async def end(self, id: str, *, reason: str = "deleted") -> EndedEpisode | None:
        """End an episode and forget it: its URL, key and world are no more. Gives what happened; None if unknown.

        One that ended by itself is told of once. Raises `StateUnavailable` when its URL could not be ended.
        """
        self._follow()
        episode = self._open.get(id)
        if episode is None:
            return self._ended.pop(id, None)
        world = episode.world
        changes = diff_since(episode.start, world.store, world.contracts.resources.values())
        summary = world.journal.summary()
        grade = _grade(self._worlds, world)
        leases = await self.accounts.end(id)
        self._drop(id)
        return EndedEpisode(
            episode=episode,
            ended_at=self._clock.now(),
            reason=reason,
            diff=changes,
            journal=summary,
            leases=leases,
            grade=grade,
        )

    async def sweep(self) -> None:
        """End what has been idle for too long, and the accounts of worlds that were dropped."""
        if any(map(self._is_idle, self.all())):
            with self._turn():  # in which is seen what other processes have ended, or been called for
                for episode in filter(self._is_idle, self.all()):
                    if ended := await self.end(episode.world.name, reason="idle"):
                        self._ended[episode.world.name] = ended
        while len(self._ended) > MOST_ENDED:
            del self._ended[next(iter(self._ended))]
        for name in self.accounts.dropped():
            await self.accounts.end(name)
            self._drop(name)

    def _is_idle(self, episode: Episode) -> bool:
        return self._clock.now() - episode.used_at >= episode.idle

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Nobody else changes worlds within it. Raises `StoreUnavailable`."""
        if self._kept is None or not self._kept.is_shared:
            yield
            return
        self._kept.hold()
        try:
            yield
        finally:
            self._kept.release()

    def _follow(self) -> None:
        """Know the episodes that other processes have begun, and forget those that they have ended."""
        if self._kept is None or not self._kept.is_shared:
            return
        for id in [id for id in self._open if self._worlds.get(id) is None]:
            del self._open[id]
        self._take_up(self._kept)

    def _take_up(self, kept: KeptApi) -> None:
        """Have those of the worlds that are kept with the note of an episode."""
        for world in self._worlds:
            if world.name not in self._open and (note := kept.keeper.note_of(world)):
                began = json.loads(note)
                start = kept.keeper.state_of(world, _START).store
                self._add(world, idle=timedelta(seconds=began["idle"]), began_at=parse(began["began_at"]), start=start)

    def _add(self, world: World, *, idle: timedelta, began_at: datetime, start: Snapshot) -> Episode:
        self._open[world.name] = episode = Episode(
            world=world,
            plan=self._worlds.plan_of(world.name),
            idle=idle,
            began_at=began_at,
            used_at=self._clock.now(),
            start=start,
            calls_seen=world.journal.total,
            is_kept=self._kept is not None,
        )
        return episode

    def _looked_at(self, episode: Episode) -> Episode:
        """Note when an episode was last used: calls are counted by its journal, clients by its URL."""
        if episode.world.journal.total != episode.calls_seen:
            episode.calls_seen = episode.world.journal.total
            episode.used_at = self._clock.now()
        episode.used_at = max(episode.used_at, self.accounts.last_used(episode.world.name) or episode.used_at)
        return episode

    def _drop(self, id: str) -> None:
        """Forget the world and its account."""
        self._open.pop(id, None)
        if self._worlds.get(id):
            self._worlds.drop(id)
        self.accounts.forget(id)


def _grade(worlds: Worlds, world: World) -> Verdict | None:
    if not world.criteria:
        return None
    from kustomer_sandbox.grading.judge import graded_if_asked  # noqa: PLC0415 - few episodes are graded

    return graded_if_asked(worlds, world)
