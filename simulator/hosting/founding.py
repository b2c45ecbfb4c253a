"""What every organisation has from its first day, whatever its scenario."""

from __future__ import annotations

import hashlib

from kustomer_sandbox.simulator.operations.changes import create
from kustomer_sandbox.simulator.operations.system import system_context
from kustomer_sandbox.simulator.operations.writing import new_record
from kustomer_sandbox.simulator.world.world import World

DEFAULT_QUEUE = "DEFAULT_QUEUE"
"""The name of the system's own queue (docs/guides/queues-and-routing)."""


def found(world: World) -> None:
    """Give an empty world the system's queue. Its id follows from the organisation's and takes none of the world's."""
    id = world.org[:8] + hashlib.sha256(f"{world.org}/{DEFAULT_QUEUE}".encode()).hexdigest()[:16]
    facts = {"name": DEFAULT_QUEUE, "displayName": DEFAULT_QUEUE, "key": DEFAULT_QUEUE, "system": True}
    context = system_context(world)
    create(context, new_record(context, "queue", facts, id=id))
