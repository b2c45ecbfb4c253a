"""API keys of worlds: a key stands for a machine user with fixed roles, as in Kustomer."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from simulator.auth import ALL_ROLES
from simulator.call import Principal, Scene
from simulator.world import World
from simulator.worlds import Worlds
from simulator.writing import new_record

SYSTEM = Principal(key_id="system", user_id="0" * 24, roles=ALL_ROLES, read_sensitive=True, user_type="system")
"""Who acts when the world itself does: seeding, due events."""


def system_scene(world: World) -> Scene:
    """The world acting for itself, now."""
    return Scene(world=world, principal=SYSTEM, now=world.clock.now(), records=world.records)


def issue_key(
    worlds: Worlds, world: World, *, roles: Iterable[str] = ALL_ROLES, read_sensitive: bool = False
) -> tuple[str, Principal]:
    """A new key and its principal. Deterministic per world: the first key of a world is always the same."""
    number = len(world.keys) + 1
    key = f"sandbox_{world.name}_{hashlib.sha256(f'{world.name}/{world.ids.seed}/{number}'.encode()).hexdigest()[:32]}"
    held = frozenset(roles)
    user = new_record(
        system_scene(world),
        "user",
        {"name": f"API key {number}", "displayName": f"API key {number}", "userType": "machine", "roles": sorted(held)},
    )
    world.records.insert(user)
    principal = Principal(key_id=f"key-{number}", user_id=user["id"], roles=held, read_sensitive=read_sensitive)
    worlds.admit(world, key, principal)
    return key, principal
