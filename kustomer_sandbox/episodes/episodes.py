"""Episodes: a world for each, with an API key and an MCP URL of its own, until it is ended or idle for too long."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from kustomer_sandbox.episodes.accounts import WorldAccounts
from kustomer_sandbox.episodes.kept import KeptCalls, KeptEpisode, KeptEpisodes
from kustomer_sandbox.episodes.stored import StoredEpisode, StoredEpisodes
from kustomer_sandbox.grading.verdict import Verdict
from kustomer_sandbox.mcp_server.clock import AsyncClock
from kustomer_sandbox.mcp_server.model import Scope
from kustomer_sandbox.mcp_server.state.provisioning import scope_from
from kustomer_sandbox.mcp_server.unmasking.leases import Lease
from kustomer_sandbox.simulator.api import Api
from kustomer_sandbox.simulator.hosting.keys import issue_key
from kustomer_sandbox.simulator.hosting.worlds import UnknownLimit, UnknownPlan, UnknownScenario, WorldSpec
from kustomer_sandbox.simulator.records.diff import Diff, diff
from kustomer_sandbox.simulator.store.protocol import Snapshot
from kustomer_sandbox.simulator.values.auth import digest
from kustomer_sandbox.simulator.values.clock import parse
from kustomer_sandbox.simulator.values.record import Principal
from kustomer_sandbox.simulator.world.journal_summary import JournalSummary
from kustomer_sandbox.simulator.world.world import World

IDLE = timedelta(hours=1)
"""How long an episode may go without a call unless it says otherwise."""

MOST_EPISODES = 10_000
MOST_ENDED = 256
"""How many episodes that ended by themselves are remembered, until somebody asks what happened."""

_LOG = logging.getLogger(__name__)
_ID_BYTES = 8


class TooManyEpisodes(Exception):
    """`MOST_EPISODES` are open."""


@dataclass(kw_only=True, slots=True)
class Episode:
    """A world from its beginning on. Instants are the server's, not the world's.

    `restored` says, after a restart, how many calls were made again, and how many of them were answered otherwise.
    """

    id: str
    world: World
    spec: WorldSpec
    scope: Scope
    idle: timedelta
    began_at: datetime
    used_at: datetime
    start: Snapshot = field(repr=False)
    restored: tuple[int, int] | None = None
    calls_seen: int = 0
    is_stored: bool = False

    @property
    def is_kept(self) -> bool:
        """Whether a restart would not lose it."""
        return self.is_stored or (isinstance(self.world.recording, KeptCalls) and self.world.recording.is_whole)


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
    """The episodes of one sandbox. `begin` and `end` are for whoever runs them, `sweep` for the server's clock."""

    def __init__(
        self,
        api: Api,
        accounts: WorldAccounts,
        *,
        clock: AsyncClock,
        random_hex: Callable[[int], str],
        kept: KeptEpisodes | None = None,
        stored: StoredEpisodes | None = None,
    ) -> None:
        self._api = api
        self.accounts = accounts
        self._clock = clock
        self._random = random_hex
        self._kept = kept
        self._stored = stored
        self._open: dict[str, Episode] = {}
        self._ended: dict[str, EndedEpisode] = {}

    def new_name(self) -> str:
        """The name of an episode and its world: not to be guessed, and never the same again."""
        if len(self._open) >= MOST_EPISODES:
            raise TooManyEpisodes
        return f"episode-{self._random(_ID_BYTES)}"

    def begin(self, spec: WorldSpec, world: World, *, scope: Scope, idle: timedelta = IDLE) -> tuple[Episode, str, str]:
        """An episode in a world just made, with its API key and its MCP URL, which are shown this once.

        Raises `StateUnavailable`.
        """
        key, principal = issue_key(self._api.worlds, world)
        self.accounts.connect(world, key)
        url = self.accounts.url(world, name=world.name, scope=scope)
        episode = self._add(spec, world, scope=scope, idle=idle, began_at=self._clock.now())
        if self._kept:
            world.recording = self._kept.begin(world.name, _facts(episode, key, principal))
        if self._stored:
            self._stored.begin(world, _facts(episode, key, principal))
            episode.is_stored = True
        return episode, key, url

    def get(self, id: str) -> Episode | None:
        """An open episode."""
        self._look(episode := self._open.get(id))
        return episode

    def all(self) -> list[Episode]:
        """The open episodes, oldest first."""
        for episode in self._open.values():
            self._look(episode)
        return list(self._open.values())

    async def end(self, id: str, *, reason: str = "deleted") -> EndedEpisode | None:
        """End an episode and forget it: its URL, key and world are no more. Gives what happened; None if unknown.

        One that ended by itself is told of once. Raises `StateUnavailable` when its URL could not be ended.
        """
        episode = self._open.get(id)
        if episode is None:
            return self._ended.pop(id, None)
        world = episode.world
        before = world.store.fork()
        before.restore(episode.start)
        changes = diff(before, world.store, world.contracts.resources.values())
        summary = world.journal.summary()
        grade = _grade(self._api, world)
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
        for episode in self.all():
            if self._clock.now() - episode.used_at >= episode.idle:
                ended = await self.end(episode.id, reason="idle")
                if ended:
                    self._ended[episode.id] = ended
        while len(self._ended) > MOST_ENDED:
            del self._ended[next(iter(self._ended))]
        for name in self.accounts.names():
            if self._api.worlds.get(name) is None:
                await self.accounts.end(name)
                self._drop(name)

    def restore(self) -> None:
        """Begin where the last process with this state ended: every episode is made anew, and its calls made again.

        One whose scenario there is not this time stays as it is kept, and is not served.
        """
        kept = list(self._kept.all()) if self._kept else []
        for one in kept:
            try:
                self._restore(one)
            except (UnknownScenario, UnknownPlan, UnknownLimit) as unknown:
                _LOG.warning("episode %s is kept and not served: %s is not here", one.id, type(unknown).__name__[7:])
        for stored in self._stored.all() if self._stored else ():
            self._go_on(stored)
        self.accounts.forget_others(frozenset(one.id for one in kept))

    def _restore(self, one: KeptEpisode) -> None:
        facts, worlds = one.facts, self._api.worlds
        spec = WorldSpec(**{**facts["spec"], "name": one.id, "start": parse(facts["spec"]["start"])})
        world = worlds.create(spec)
        key, principal = issue_key(worlds, world)
        worlds.admit(world, facts["key"], principal)
        self.accounts.connect(world, key)
        scope = scope_from(facts["scope"])
        idle = timedelta(seconds=facts["idle"])
        episode = self._add(spec, world, scope=scope, idle=idle, began_at=parse(facts["began_at"]))
        differing = one.replay(world.clock, self._api.handle, keys={principal.key_id: key})
        episode.restored = len(one), differing
        world.recording = self._kept.go_on(one.id) if self._kept else None

    def _go_on(self, one: StoredEpisode) -> None:
        """Open an episode whose world is as it was."""
        facts, world = one.facts, one.world
        self.accounts.connect(world, one.key)
        spec, scope, idle = (
            self._api.worlds.plan_of(world.name),
            scope_from(facts["scope"]),
            timedelta(seconds=facts["idle"]),
        )
        episode = self._add(spec, world, scope=scope, idle=idle, began_at=parse(facts["began_at"]))
        episode.start, episode.calls_seen, episode.is_stored = one.start, world.journal.total, True

    def _add(self, spec: WorldSpec, world: World, *, scope: Scope, idle: timedelta, began_at: datetime) -> Episode:
        episode = Episode(
            id=world.name,
            world=world,
            spec=spec,
            scope=scope,
            idle=idle,
            began_at=began_at,
            used_at=self._clock.now(),
            start=world.store.snapshot(),
        )
        self._open[episode.id] = episode
        return episode

    def _look(self, episode: Episode | None) -> None:
        """Note when an episode was last used: calls are counted by its journal, clients by its URL."""
        if episode is None:
            return
        if episode.world.journal.total != episode.calls_seen:
            episode.calls_seen = episode.world.journal.total
            episode.used_at = self._clock.now()
        episode.used_at = max(episode.used_at, self.accounts.last_used(episode.id) or episode.used_at)

    def _drop(self, id: str) -> None:
        """Forget the world, its account, and what was kept of it."""
        episode = self._open.pop(id, None)
        if episode:
            episode.world.recording = None
        if self._api.worlds.get(id):
            self._api.worlds.drop(id)
        self.accounts.forget(id)
        if self._kept:
            self._kept.forget(id)

    def close(self) -> None:
        """The process ends: another may go on with what is kept."""
        if self._kept:
            self._kept.close()


def _grade(api: Api, world: World) -> Verdict | None:
    if not world.criteria:
        return None
    from kustomer_sandbox.grading.judge import graded_if_asked  # noqa: PLC0415 - few episodes are graded

    return graded_if_asked(api.worlds, world)


def _facts(episode: Episode, key: str, principal: Principal) -> dict[str, Any]:
    """How an episode began, to be kept: of its key the digest alone."""
    spec = asdict(replace(episode.spec, limits=dict(episode.spec.limits)))
    return {
        "spec": {**spec, "start": episode.spec.start.isoformat()},
        "scope": asdict(episode.scope),
        "idle": episode.idle.total_seconds(),
        "began_at": episode.began_at.isoformat(),
        "key": digest(key),
        "key_id": principal.key_id,
    }
