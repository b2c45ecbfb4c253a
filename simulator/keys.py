"""API keys of worlds: a key stands for a machine user with fixed roles, as in Kustomer."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from simulator.auth import ALL_ROLES, digest
from simulator.call import Principal, Scene
from simulator.writing import new_record

if TYPE_CHECKING:
    from simulator.world import World
    from simulator.worlds import Worlds

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
    principal = _enrol(world, number, frozenset(roles), read_sensitive=read_sensitive)
    return _admit(worlds, world, principal), principal


def issue_key_of(worlds: Worlds, world: World, principal: Principal) -> tuple[str, Principal]:
    """A new key for a machine user the world already has, as a fork has those of its origin: no record is added."""
    same = replace(principal, key_id=f"key-{len(world.keys) + 1}")
    return _admit(worlds, world, same), same


def _admit(worlds: Worlds, world: World, principal: Principal) -> str:
    """Make the world's next key, have it stand for the principal, and tell it."""
    secret = hashlib.sha256(f"{world.name}/{world.ids.seed}/{len(world.keys) + 1}".encode()).hexdigest()[:32]
    key = f"sandbox_{world.name}_{secret}"
    worlds.admit(world, digest(key), principal)
    return key


def reset(worlds: Worlds, world: World) -> None:
    """Put a world back to how it was made; its keys go on working, with machine users made anew."""
    worlds.rebuild(world)


def renew_keys(world: World) -> None:
    """After the world's records changed at a stroke: make machine users anew for keys whose user is not there."""
    for number, (key_digest, old) in enumerate(list(world.keys.items()), 1):
        if world.records.get("user", old.user_id) is None:
            world.keys[key_digest] = _enrol(world, number, old.roles, read_sensitive=old.read_sensitive)


def _enrol(world: World, number: int, roles: frozenset[str], *, read_sensitive: bool) -> Principal:
    """The machine user a key acts as, stored like any other user."""
    name = f"API key {number}"
    facts = {"name": name, "displayName": name, "userType": "machine", "roles": sorted(roles)}
    user = world.records.insert(new_record(system_scene(world), "user", facts))
    return Principal(key_id=f"key-{number}", user_id=user["id"], roles=roles, read_sensitive=read_sensitive)
