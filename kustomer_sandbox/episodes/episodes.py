"""Episodes: a world for each, with an API key and an MCP URL of its own, until it is ended or idle for too long.

A world itself says that it is one (`World.episode`): whoever has the world, after a restart or in another process, has
the episode.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from operator import attrgetter
from typing import TYPE_CHECKING

from kustomer_sandbox.mcp_server.clock import AsyncClock
from kustomer_sandbox.mcp_server.model import Scope
from kustomer_sandbox.simulator.api import Api
from kustomer_sandbox.simulator.world.state import Episode
from kustomer_sandbox.simulator.world.world import World
from kustomer_sandbox.upstreams.accounts import WorldAccounts

if TYPE_CHECKING:
    from kustomer_sandbox.episodes.models import EpisodeEnded, EpisodeShown, Reason

MOST_EPISODES = 10_000
MOST_ENDED = 256
"""How many episodes that ended by themselves are remembered, until somebody asks what happened."""

_ID_BYTES = 8


class TooManyEpisodes(Exception):
    """`MOST_EPISODES` are open."""


class Episodes:
    """The episodes of one sandbox. `begin` and `end` are for whoever runs them, `sweep` for the server's clock.

    What they are is told as the control API shows it; a start, which has none, does without these shapes.
    """

    def __init__(
        self, api: Api, accounts: WorldAccounts, *, clock: AsyncClock, random_hex: Callable[[int], str]
    ) -> None:
        self.accounts = accounts
        self._worlds = api.worlds
        self._turn = api.turn
        self._clock = clock
        self._random = random_hex
        self._ended: dict[str, EpisodeEnded] = {}

    def new_name(self) -> str:
        """The name of an episode and its world: not to be guessed, and never the same again."""
        if sum(world.episode is not None for world in self._worlds) >= MOST_EPISODES:
            raise TooManyEpisodes
        return f"episode-{self._random(_ID_BYTES)}"

    def begin(self, world: World, *, scope: Scope, idle: timedelta) -> tuple[EpisodeShown, str, str]:
        """An episode in a world just made, with its API key and its MCP URL, which are shown this once.

        Raises `StateUnavailable`.
        """
        url = self.accounts.url(world, scope=scope)
        world.episode = Episode(began_at=self._clock.now(), idle=idle, start=world.snapshot())
        return self._shown(world, world.episode), self.accounts.key(world), url

    def get(self, id: str) -> EpisodeShown | None:
        """An open episode."""
        world = self._worlds.get(id)
        return self._shown(world, world.episode) if world and world.episode else None

    def all(self) -> list[EpisodeShown]:
        """The open episodes, oldest first."""
        found = [self._shown(world, world.episode) for world in self._worlds if world.episode]
        return sorted(found, key=attrgetter("began_at"))

    async def end(self, id: str, *, reason: Reason = "deleted") -> EpisodeEnded | None:
        """End an episode and forget it: its URL, key and world are no more. Gives what happened; None if unknown.

        One that ended by itself is told of once. Raises `StateUnavailable` when its URL could not be ended.
        """
        world = self._worlds.get(id)
        if world is None or world.episode is None:
            return self._ended.pop(id, None)
        from kustomer_sandbox.episodes.models import LeaseShown, what_happened  # noqa: PLC0415 - see above

        last = self._shown(world, world.episode)
        grade = None
        if world.criteria:
            from kustomer_sandbox.grading.judge import graded_if_asked  # noqa: PLC0415 - few episodes are graded

            grade = graded_if_asked(self._worlds, world)
        told = what_happened(world, last, grade, ended_at=self._clock.now(), reason=reason)
        told.leases = [LeaseShown.model_validate(lease) for lease in await self.accounts.end(id)]
        return told

    async def sweep(self) -> None:
        """End what has been idle for too long, and the accounts of worlds that were dropped."""
        if self._idle():
            with self._turn():  # in which is seen what other processes have ended, or been called for
                for id in self._idle():
                    if ended := await self.end(id, reason="idle"):
                        self._ended[id] = ended
        while len(self._ended) > MOST_ENDED:
            del self._ended[next(iter(self._ended))]
        for name in self.accounts.dropped():
            await self.accounts.end(name)

    def _idle(self) -> list[str]:
        now, used = self._clock.now(), self.accounts.last_used
        return [world.name for world in self._worlds if world.episode and now - used(world) >= world.episode.idle]

    def _shown(self, world: World, facts: Episode) -> EpisodeShown:
        from kustomer_sandbox.episodes.models import shown  # noqa: PLC0415 - see above

        return shown(self._worlds, world, facts, self.accounts.last_used(world))
