"""Many acts in a row by one who fills a world: what they write is stored when it is searched, or settled."""

from __future__ import annotations

from datetime import datetime

from kustomer_sandbox.simulator.operations.call import Context
from kustomer_sandbox.simulator.records.deferred import DeferredUnitOfWork
from kustomer_sandbox.simulator.values.record import Principal
from kustomer_sandbox.simulator.world.world import World


class Acts:
    """Contexts that share what they read and write; nobody else may write to the world before `settle`."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._unit = DeferredUnitOfWork.like(world.unit_of_work())

    def context(self, by: Principal, at: datetime) -> Context:
        """The world as somebody acts in it at an instant."""
        return Context(world=self._world, principal=by, now=at, records=self._unit)

    def settle(self) -> None:
        """Let everybody see what was written. Raises `Conflict` for a unique value that two records have."""
        self._unit.settle()
