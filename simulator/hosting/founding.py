"""What every organisation has from its first day, whatever its scenario."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from kustomer_sandbox.simulator.operations.changes import create
from kustomer_sandbox.simulator.operations.system import system_context
from kustomer_sandbox.simulator.operations.writing import new_record
from kustomer_sandbox.simulator.values.record import JSON
from kustomer_sandbox.simulator.world.world import World

DEFAULT_QUEUE = "DEFAULT_QUEUE"
"""The name of the system's own queue (docs/guides/queues-and-routing)."""


_FOUNDED: Mapping[str, Mapping[str, JSON]] = {
    "queue": {"name": DEFAULT_QUEUE, "displayName": DEFAULT_QUEUE, "key": DEFAULT_QUEUE, "system": True},
    "auth_setting": {},
}


def found(world: World) -> None:
    """Give an empty world the organisation, the system's queue and how one signs in.

    Ids follow from the organisation's and take none of the world's.
    """
    context = system_context(world)
    meta = {"registeredIpAddress": "127.0.0.1", "registeredExternal": False}
    organisation = {"name": world.org_name, "displayName": world.org_name, "meta": meta}
    create(context, new_record(context, "org", organisation, id=world.org))
    for kind, facts in _FOUNDED.items():
        create(context, new_record(context, kind, facts, id=_id(world, facts.get("name", kind))))
    secret = hashlib.sha256(f"{world.ids.seed}/{world.org}/secret of customers".encode()).hexdigest()
    kind = "auth_customer_setting"
    create(context, new_record(context, kind, {"secret": secret}, id=_id(world, kind)))


def _id(world: World, name: str) -> str:
    return world.org[:8] + hashlib.sha256(f"{world.org}/{name}".encode()).hexdigest()[:16]
