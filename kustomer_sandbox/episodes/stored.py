"""Episodes of a sandbox whose worlds are kept: how each began stands beside its world."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kustomer_sandbox.simulator.store.protocol import Snapshot
from kustomer_sandbox.simulator.world.world import World

if TYPE_CHECKING:
    from kustomer_sandbox.simulator.keeping.kept_api import KeptApi

_BEGINNING = "episode"


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredEpisode:
    """An episode whose world is there again: how it began, and a key of its world."""

    world: World
    facts: Mapping[str, Any]
    start: Snapshot
    key: str


class StoredEpisodes:
    """The episodes that end with their worlds, and not with the process."""

    def __init__(self, api: KeptApi) -> None:
        self._api = api

    def begin(self, world: World, facts: Mapping[str, Any]) -> None:
        """Keep how an episode began, with its world."""
        self._api.keeper.put_beside(world, _BEGINNING, json.dumps(facts))

    def all(self) -> Iterator[StoredEpisode]:
        """Every episode that is kept, in the order in which they began."""
        keeper = self._api.keeper
        for world in list(self._api.worlds):
            if note := keeper.note_of(world):
                start = keeper.state_of(world, _BEGINNING).store
                yield StoredEpisode(world=world, facts=json.loads(note), start=start, key=self._api.key_of(world))
