"""The users that API keys act as: stored like any other user, made anew where a world lost them."""

from __future__ import annotations

from kustomer_sandbox.simulator.operations.changes import create
from kustomer_sandbox.simulator.operations.system import system_context
from kustomer_sandbox.simulator.operations.writing import new_record
from kustomer_sandbox.simulator.values.clock import iso
from kustomer_sandbox.simulator.values.record import Principal, UserType
from kustomer_sandbox.simulator.world.world import World


def renew_keys(world: World) -> None:
    """After the world's records changed at a stroke: make machine users anew for keys whose user is not there."""
    for number, (key_digest, old) in enumerate(list(world.keys.items()), 1):
        if world.records.get("user", old.user_id) is None:
            world.keys[key_digest] = enrol(
                world,
                number,
                old.roles,
                read_sensitive=old.read_sensitive,
                user_type="user" if old.user_type == "user" else "machine",
            )


def enrol(
    world: World, number: int, roles: frozenset[str], *, read_sensitive: bool, user_type: UserType = "machine"
) -> Principal:
    """The user a key acts as, stored like any other user."""
    name = f"API key {number}" if user_type == "machine" else f"Person {number}"
    facts = {"name": name, "displayName": name, "userType": user_type, "roles": sorted(roles)}
    context = system_context(world)
    if user_type == "user":
        facts["emailVerifiedAt"] = iso(context.now)
    user = create(context, new_record(context, "user", facts))
    return Principal(
        key_id=f"key-{number}", user_id=user["id"], roles=roles, read_sensitive=read_sensitive, user_type=user_type
    )
