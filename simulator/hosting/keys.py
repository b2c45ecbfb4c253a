"""API keys of worlds: a key stands for a user with fixed roles: a machine user, as in Kustomer, or a person."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import replace

from kustomer_sandbox.simulator.hosting.machine_users import enrol
from kustomer_sandbox.simulator.hosting.worlds import Worlds
from kustomer_sandbox.simulator.values.auth import ALL_ROLES, digest
from kustomer_sandbox.simulator.values.record import Principal, UserType
from kustomer_sandbox.simulator.world.world import World

_SECRET_BYTES = 16


def issue_key(
    worlds: Worlds,
    world: World,
    *,
    roles: Iterable[str] = ALL_ROLES,
    read_sensitive: bool = False,
    user_type: UserType = "machine",
) -> tuple[str, Principal]:
    """A new key and its principal, a machine user's or a person's (`user`).

    The first key of a world is always the same, unless `worlds` has random ones.
    """
    number = len(world.keys) + 1
    principal = enrol(world, number, frozenset(roles), read_sensitive=read_sensitive, user_type=user_type)
    return _admit(worlds, world, principal), principal


def opening_key(worlds: Worlds, world: World, secret: str) -> str:
    """The key that whoever starts a sandbox is told, for a world that may be an older one: the same at every start.

    It ends in `secret`, and where that is empty it is the world's first. One that was deleted by a call stays so, and
    a new one is told.
    """
    key = f"sandbox_{world.name}_{secret[: 2 * _SECRET_BYTES] or _derived(world, 1)}"
    if digest(key) in world.keys:
        return key if worlds.by_key(digest(key)) else issue_key(worlds, world)[0]
    first = next(iter(world.live_keys()), None)
    number = len(world.keys) + 1
    if first is not None:
        worlds.admit(world, digest(key), replace(first, key_id=f"key-{number}"))
    else:
        worlds.admit(world, digest(key), enrol(world, number, ALL_ROLES, read_sensitive=False))
    return key


def issue_key_of(worlds: Worlds, world: World, principal: Principal) -> tuple[str, Principal]:
    """A new key for a machine user the world already has, as a fork has those of its origin: no record is added."""
    same = replace(principal, key_id=f"key-{len(world.keys) + 1}")
    return _admit(worlds, world, same), same


def _admit(worlds: Worlds, world: World, principal: Principal) -> str:
    """Make the world's next key, have it stand for the principal, and tell it."""
    secret = worlds.random_hex(_SECRET_BYTES) if worlds.random_hex else _derived(world, len(world.keys) + 1)
    key = f"sandbox_{world.name}_{secret}"
    worlds.admit(world, digest(key), principal)
    return key


def _derived(world: World, number: int) -> str:
    """The same for the same world and number, so that scripts can be written down with it. Anyone can work it out."""
    return hashlib.sha256(f"{world.name}/{world.ids.seed}/{number}".encode()).hexdigest()[: 2 * _SECRET_BYTES]
