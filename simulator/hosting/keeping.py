"""What worlds say to whoever has them outlive their process."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from kustomer_sandbox.simulator.store.protocol import Store
from kustomer_sandbox.simulator.values.clock import Mode
from kustomer_sandbox.simulator.world.world import World


class Keeping(Protocol):
    """Whoever writes worlds down, and so is told of each as it comes to be."""

    def new_store(self) -> Store:
        """The store of a world that is about to be seeded."""
        ...

    def prepare(self, world: World) -> None:
        """Make a world ready that has come to be, maybe one that nobody calls: a start to fork others from."""
        ...

    def begun(self, world: World) -> None:
        """A world has been made or forked, and will be called from now on."""
        ...


class KeptStart(NamedTuple):
    """What a world was when it was made, and in which mode its clock was."""

    world: World
    mode: Mode
