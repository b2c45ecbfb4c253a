"""The API of one of several processes that have the same worlds: each call is a turn, and knows what others have done.

Decision: worlds stay in memory in every replica, and a turn begins with reading what the others have changed since.
Reads need the turn, too: a GET draws on budgets and has a line of the journal, so the 121st change of a record is
refused by whoever gets it. The cost: two trips to the database for each call.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from kustomer_sandbox.simulator.api import Api
from kustomer_sandbox.simulator.hosting.worlds import WorldSpec
from kustomer_sandbox.simulator.keeping.database import StoreUnavailable
from kustomer_sandbox.simulator.keeping.kept_api import KeptApi, end_attempts, reload_world, reload_worlds, unavailable
from kustomer_sandbox.simulator.keeping.loading import Loader
from kustomer_sandbox.simulator.keeping.postgresql.connection import PostgresDatabase
from kustomer_sandbox.simulator.keeping.postgresql.turns import NewLine, News, Turns
from kustomer_sandbox.simulator.request.file_door import is_file
from kustomer_sandbox.simulator.values.auth import digest
from kustomer_sandbox.simulator.values.http import Reply, Request
from kustomer_sandbox.simulator.world.world import World

_LOG = logging.getLogger(__name__)
_TICKS_AFTER_FAILURE = 10


@dataclass(slots=True)
class InProgress:
    """What this process is about: how many requests of control, and which deliveries, by world and id.

    Before it is known which, nothing of other replicas can be taken over: nobody is there to send it.
    """

    requests: int = 0
    deliveries: Collection[tuple[str, str]] | None = None


@dataclass(frozen=True, kw_only=True, slots=True, repr=False)
class ReplicaApi(KeptApi):
    """The simulator as one of several replicas. Where the store cannot be reached, a call is a 503."""

    database: PostgresDatabase
    turns: Turns
    in_progress: InProgress = field(default_factory=InProgress)

    def handle(self, request: Request) -> Reply:
        turns = self.turns
        try:
            if not turns.is_open:
                self._begin_for(request)
            reply = Api.handle(self, request)
            if request.method != "GET" and is_file(request.path):
                self.keeper.keep_all(self.worlds)
            self._end()
        except StoreUnavailable as fault:
            self._let_go()
            return unavailable(fault)
        except BaseException:
            self._let_go()
            raise
        return reply

    def hold(self) -> None:
        """Begin a turn that lasts for a request of control, which is more than one step. Raises `StoreUnavailable`."""
        if not self.turns.is_open:
            self._begin()
        self.in_progress.requests += 1

    def release(self) -> None:
        """Keep what was done in a turn that was held, and end it with its last request. Raises as `hold`."""
        self.in_progress.requests -= 1
        self.keep()

    def keep(self) -> None:
        """Write down whatever differs in any world. Raises `StoreUnavailable`; then none of it has happened."""
        try:
            if not self.turns.is_open:
                self._begin()
            self.keeper.keep_all(self.worlds)
            self._end()
        except StoreUnavailable:
            self._let_go()
            raise

    def keep_touched(self) -> None:
        """As `keep`: what was done between calls may be anywhere."""
        self.keep()

    def tick(self, do: Callable[[], None]) -> None:
        """Do what is done ten times a second, as the one replica whose turn it is, and keep what it has changed."""
        if self.keeper.ticks_to_wait:
            self.keeper.ticks_to_wait -= 1
            return
        try:
            if not self.turns.is_open:
                self._begin()
            do()
            if self.keeper.is_behind(self.worlds):
                self.keeper.keep_all(self.worlds)
            if self.keeper.is_to_sweep():
                self.keeper.keep_all(self.worlds)
                self._publish()
                self.database.sweep(())
            self._end()
        except StoreUnavailable as fault:
            self._let_go()
            self.keeper.ticks_to_wait = _TICKS_AFTER_FAILURE
            _LOG.warning("what fell due waits: %s", fault)

    def end_attempts(self, under_way: Collection[tuple[str, str]] = ()) -> None:
        """From now on take over from replicas that end: what they had under way to webhooks will be sent again."""
        self.in_progress.deliveries = under_way
        self.keep()
        self.database.shorten_lock_timeout()

    def opening(self, plan: WorldSpec) -> tuple[World, str]:
        self.keep()
        if self.worlds.get(plan.name) is None and plan.scenario in self.worlds.scenarios:
            self.worlds.pristine(plan)  # a large scenario takes its time, in which others have turns
        with self.turn():
            return super(ReplicaApi, self).opening(plan)

    def key_of(self, world: World) -> str:
        with self.turn():
            return super(ReplicaApi, self).key_of(world)

    def begin_with_others(self) -> None:
        """Take up the worlds, tidied if nobody else has them. Raises `StoreUnavailable`."""
        self.turns.begin_anew()
        if self.turns.is_alone():
            self.turns.let_go_of_layers()
            self.keeper.tidy()
            self.keeper.is_final()
        self._reload_worlds()
        self._end()

    def close(self) -> None:
        """The process ends. What it had under way is left to the others, or to the next start."""
        self.database.close()

    # Turns

    def _begin_for(self, request: Request) -> None:
        """A turn with the world that a request calls, or with the whole store."""
        _, _, key = request.headers.get("authorization", "").partition(" ")
        key_digest = digest(key.strip())
        world = self.worlds.world_of_key(key_digest)
        is_known = world is not None and world.name in self.database.versions
        if world is None or not is_known or self._is_out_of_date() or is_file(request.path):
            self._begin()
            return
        self._follow(self.turns.begin_with(world.name))
        if self.worlds.world_of_key(key_digest) is not world:  # the key, or the world, has ended elsewhere
            self.turns.abandon()
            self._begin()

    def _begin(self) -> None:
        if self._is_out_of_date():
            self.turns.begin_anew()
            self._reload_worlds()
        else:
            news = self.turns.begin()
            self._follow(news)
            if news.dead and self.in_progress.deliveries is not None:
                end_attempts(self, self.in_progress.deliveries)
                self.turns.forget_replicas(news.dead)

    def _is_out_of_date(self) -> bool:
        return self.turns.is_stale or self.database.is_lost

    def _end(self) -> None:
        """Commit, with what calls and jobs have changed; where requests of control go on, the next turn begins."""
        if self.in_progress.requests:
            self.keeper.keep_all(self.worlds)
        else:
            self.keeper.keep_touched(self.worlds)
        if self.keeper.has_saved():
            self._publish()
        self.turns.commit()
        self.keeper.is_final()
        if self.in_progress.requests:
            self._begin()

    def _let_go(self) -> None:
        self.keeper.is_undone()
        if self.turns.is_open:
            self.turns.abandon()

    def _publish(self) -> None:
        self.turns.publish(self.keeper.held_layers())

    # What others have done

    def _reload_worlds(self) -> None:
        reload_worlds(self)
        for world in self.worlds:
            self.database.versions[world.name] = self.turns.version_of(world.name)
        self._publish()
        self.turns.is_stale = False

    def _follow(self, news: News) -> None:
        for name in news.gone:
            self._forget(name)
        for name, version in news.whole.items():
            known = self.database.versions.get(name)
            self._reload_world(name, goes_on=known is not None and known.era == version.era)
        loader = None
        for line in news.lines:
            mine = self.database.versions.get(line.world)
            if mine is None or line.number <= mine.line:
                continue
            if line.number > mine.line + 1:  # some are in the tables only
                self._reload_world(line.world, goes_on=True)
                continue
            loader = loader or Loader(self.database, self.worlds)
            self._apply(loader, line)

    def _apply(self, loader: Loader, line: NewLine) -> None:
        world = self.worlds.get(line.world)
        if world is not None:
            loader.apply(world, line.entry)
            self.keeper.followed(world)
            self.database.versions[line.world].line = line.number

    def _reload_world(self, name: str, *, goes_on: bool) -> None:
        reload_world(self, name, goes_on=goes_on)
        self.database.versions[name] = self.turns.version_of(name)
        self._publish()

    def _forget(self, name: str) -> None:
        self.database.versions.pop(name, None)
        self.keeper.forget(name)
        if self.worlds.get(name) is not None:
            self.worlds.drop(name)
