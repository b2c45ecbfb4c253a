"""Whose world a call without a key is for, and who then calls."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from kustomer_sandbox.contracts.model import Operation
from kustomer_sandbox.simulator.hosting.worlds import Worlds
from kustomer_sandbox.simulator.operations.system import SYSTEM
from kustomer_sandbox.simulator.values.auth import digest
from kustomer_sandbox.simulator.values.errors import NotFound
from kustomer_sandbox.simulator.values.record import Principal
from kustomer_sandbox.simulator.world.world import World

NOBODY = Principal(key_id="", user_id=SYSTEM.user_id, roles=frozenset(), user_type="system")
"""Who calls without a key: no role, no sight, and no user that could be looked up."""


def world_without_key(
    worlds: Worlds, operation: Operation, path: Mapping[str, str], headers: Mapping[str, str], org_name: str | None
) -> World:
    """The world that a hook's hash, or the organisation's name in the path or the host, leads to. Raises `NotFound`.

    Worlds made from the same scenario have the same hooks and names: of those the one made last answers, or that of an
    API key which is sent along though it need not be.
    """
    name = path["name"] if operation.keyless == "name" else org_name
    fitting = [world for world in worlds if name in (None, world.org_name)]
    if operation.keyless == "hash":
        fitting = [world for world in fitting if _has_hook(world, operation, path)]
    if not fitting:
        raise NotFound("Nothing answers here without a key.", rule="keyless-world")
    return _of_key(worlds, fitting, headers) or fitting[-1]


def _has_hook(world: World, operation: Operation, path: Mapping[str, str]) -> bool:
    if path.get("org", world.org) != world.org:
        return False
    return bool(world.store.find(operation.resource.type, "hash", path["hash"], limit=1))


def _of_key(worlds: Worlds, fitting: Iterable[World], headers: Mapping[str, str]) -> World | None:
    key = headers.get("authorization", "").partition(" ")[2].strip()
    found = worlds.by_key(digest(key)) if key else None
    return found[0] if found is not None and any(world is found[0] for world in fitting) else None
