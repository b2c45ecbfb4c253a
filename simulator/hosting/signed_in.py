"""Whom the token of a sign-in stands for: a person, with the roles they had when they signed in."""

from __future__ import annotations

from kustomer_sandbox.simulator.records.sign_ins import sign_in_by
from kustomer_sandbox.simulator.values.clock import iso
from kustomer_sandbox.simulator.values.record import Principal
from kustomer_sandbox.simulator.world.world import World


def signed_in(world: World, token: str) -> tuple[World, Principal] | None:
    """A world and the person whom the token with this digest stands for there; None if none, or not any more."""
    found = sign_in_by(world.store, token)
    if found is None or found.until <= iso(world.clock.now()):
        return None
    user = world.records.get("user", found.user)
    if user is None or user["attributes"]["deletedAt"]:
        return None
    return world, Principal(key_id=found.id, user_id=found.user, roles=frozenset(found.roles), user_type="user")
