"""The world acting for itself: seeding, jobs that fall due."""

from __future__ import annotations

from kustomer_sandbox.simulator.operations.call import Context
from kustomer_sandbox.simulator.values.auth import ALL_ROLES
from kustomer_sandbox.simulator.values.record import Principal
from kustomer_sandbox.simulator.world.world import World

SYSTEM = Principal(key_id="system", user_id="0" * 24, roles=ALL_ROLES, read_sensitive=True, user_type="system")
"""Who acts when the world itself does: seeding, due events."""


def in_the_name_of(user: str | None, *, key: str) -> Principal:
    """A user who is let do everything, as by a key of this id; without one the world itself."""
    if user is None:
        return SYSTEM
    return Principal(key_id=key, user_id=user, roles=ALL_ROLES, read_sensitive=True, user_type="user")


def system_context(world: World) -> Context:
    """The world acting for itself, now, in a unit of work of its own: use it at once, as it sees no later change."""
    return Context(world=world, principal=SYSTEM, now=world.clock.now(), records=world.unit_of_work())
