"""Breadth-first over all reachable worlds: each is checked, and of each it is known how it ends."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from dataclasses import dataclass, field

from kustomer_sandbox.contracts import Contracts, load
from kustomer_sandbox.mcp_server.tools.read_unmasked import build_catalogue
from kustomer_sandbox.mcp_server.tools.teaching.finders import ToolCatalogue
from tests.exploration.invariants import complaints, is_at_rest, recovery
from tests.exploration.moves import Bounds, Move, Mover, Outcome, possible
from tests.exploration.stage import Stage, few_instants
from tests.exploration.world import World


@dataclass
class Explored:
    """What was found. `trouble` is the first complaint with the moves that lead to it, empty if there is none."""

    worlds: int = 0
    moves: int = 0
    shown: dict[str, int] = field(default_factory=dict)
    depth: int = 0
    trouble: list[str] = field(default_factory=list)


class Explorer:
    """One exploration."""

    def __init__(self, contracts: Contracts, tools: ToolCatalogue, bounds: Bounds) -> None:
        self._bounds = bounds
        self._mover = Mover(Stage(contracts, tools))
        # World -> its number, the number of the world it was first reached from, by which move, and how deep.
        self._known: dict[World, int] = {}
        self._origins: list[tuple[int, Move | None, int]] = []
        self._ways_out: list[int] = []
        self._found = Explored()

    async def run(self, most: int = 10_000_000) -> Explored:
        """Explore until every world is known, or there is trouble."""
        first = World(left=self._bounds.left)
        queue = deque([first])
        self._number(first, 0, None, 0)
        while queue and not self._found.trouble and len(self._known) < most:
            await self._expand(queue.popleft(), queue)
        self._found.worlds = len(self._known)
        if not self._found.trouble and not queue:
            self._check_endings()
        return self._found

    async def _expand(self, world: World, queue: deque[World]) -> None:
        number = self._known[world]
        depth = self._origins[number][2] + 1
        following: dict[Move, Outcome] = {}
        for move in possible(world, self._bounds):
            outcome = await self._mover.make(world, move)
            following[move] = outcome
            self._found.moves += 1
            if outcome.shown:
                self._found.shown[outcome.shown] = self._found.shown.get(outcome.shown, 0) + 1
            if outcome.world not in self._known:
                self._number(outcome.world, number, move, depth)
                queue.append(outcome.world)
            if trouble := complaints(world, move, outcome):
                self._found.trouble = [*self._way(number), f"{move}: {outcome.shown}", *trouble, repr(outcome.world)]
                return
        way_out = recovery(world, following)
        self._ways_out.append(-1 if way_out is None else self._known[way_out])

    def _number(self, world: World, origin: int, move: Move | None, depth: int) -> None:
        self._known[world] = len(self._known)
        self._origins.append((origin, move, depth))
        self._found.depth = depth

    def _way(self, number: int) -> list[str]:
        steps: list[str] = []
        while (move := self._origins[number][1]) is not None:
            steps.append(str(move))
            number = self._origins[number][0]
        return steps[::-1]

    def _check_endings(self) -> None:
        """From every world, once all is well, everything is closed after some time: no way out leads in a circle."""
        worlds = list(self._known)
        good = [is_at_rest(world) for world in worlds]
        checked = bytearray(len(worlds))
        for start in range(len(worlds)):
            path, at = [], start
            while not good[at] and not checked[at]:
                checked[at] = 1
                path.append(at)
                at = self._ways_out[at]
                if at < 0 or at in path[-200:]:
                    self._found.trouble = [*self._way(start), "it never ends", repr(worlds[path[-1]])]
                    return


def explore(bounds: Bounds, *, most: int = 10_000_000) -> Explored:
    """Explore within bounds; `most` worlds at most."""
    contracts = load()
    log = logging.getLogger("kustomer_sandbox")
    level = log.level
    log.setLevel(logging.CRITICAL + 1)
    try:
        with few_instants(sliding=bounds.sliding, hard=bounds.hard):
            return asyncio.run(Explorer(contracts, build_catalogue(contracts), bounds).run(most))
    finally:
        log.setLevel(level)
