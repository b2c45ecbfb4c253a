"""What the parts of the demo share: seeded choice, ids by name, and a timeline that acts in order of time."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from importlib import resources
from typing import TypeVar

import yaml12

from kustomer_sandbox.simulator.operations.acts import Acts
from kustomer_sandbox.simulator.operations.call import Call, Context
from kustomer_sandbox.simulator.operations.system import SYSTEM
from kustomer_sandbox.simulator.values.auth import ALL_ROLES
from kustomer_sandbox.simulator.values.record import JSON, Principal
from kustomer_sandbox.simulator.world.world import World

T = TypeVar("T")


@cache
def told(name: str) -> JSON:
    """The content of one document in `data/`, for reading only: several parts of the demo read the same one."""
    text = resources.files(__package__).joinpath("data", f"{name}.yaml").read_text("utf-8")
    return yaml12.parse_yaml(text)


@dataclass(frozen=True, slots=True)
class Chance:
    """Choice by hashing: the same seed and label choose the same, whatever was chosen before."""

    seed: str

    def number(self, *label: object) -> int:
        """A whole number of 64 bits."""
        text = "/".join(map(str, (self.seed, *label)))
        return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8])

    def between(self, low: int, high: int, *label: object) -> int:
        """A whole number from `low` to `high`, both possible."""
        return low + self.number(*label) % (high - low + 1)

    def pick(self, options: Sequence[T], *label: object) -> T:
        """One of the options."""
        return options[self.number(*label) % len(options)]

    def shuffled(self, options: Sequence[T], *label: object) -> list[T]:
        """All options in an order of chance."""
        return [options[at] for at in sorted(range(len(options)), key=lambda at: self.number(*label, at))]


@dataclass(frozen=True, kw_only=True, slots=True)
class Stage:
    """A world being filled. `known` holds the ids of what exists by (type, name).

    Others see what the `acts` wrote once they are settled.
    """

    world: World
    now: datetime
    chance: Chance
    acts: Acts
    known: dict[tuple[str, str], str] = field(default_factory=dict)
    _acts: list[tuple[datetime, Callable[[], None]]] = field(default_factory=list)

    def id(self, kind: str, name: str) -> str:
        """The id of a team, user, queue or customer by its name."""
        return self.known[kind, name]

    def ago(self, *, days: int = 0, minutes: int = 0) -> datetime:
        """An instant before the world's now."""
        return self.now - timedelta(days=days, minutes=minutes)

    def context(self, at: datetime, user: str = "") -> Context:
        """The world as a user acts in it at an instant; without a user, as the system."""
        who = SYSTEM
        if user:
            who = Principal(key_id="demo", user_id=self.id("user", user), roles=ALL_ROLES, read_sensitive=True)
        return self.acts.context(who, at)

    def call(self, operation: str, at: datetime, user: str, *, path: Mapping[str, str], body: JSON) -> Call:
        """A call of an operation as a user makes it at an instant, for the rules that take calls."""
        context = self.context(at, user)
        return Call(
            world=context.world,
            principal=context.principal,
            now=at,
            records=context.records,
            operation=self.world.contracts.operations[operation],
            path=path,
            query={},
            body=body,
        )

    def plan(self, at: datetime, act: Callable[[], None]) -> None:
        """Have something happen at an instant."""
        self._acts.append((at, act))

    def play(self) -> None:
        """Let everything planned happen in order of time, so that later acts see what earlier ones left."""
        for _, act in sorted(self._acts, key=lambda planned: planned[0]):
            act()
        self._acts.clear()
        self.acts.settle()
