"""What is sent to a world's outbound webhooks: looked at, sent again, and answered by whoever received it."""

from __future__ import annotations

from dataclasses import replace

from kustomer_sandbox.simulator.records import deliveries
from kustomer_sandbox.simulator.records.deliveries import ANSWER, ATTEMPT, Delivery
from kustomer_sandbox.simulator.values.clock import iso
from kustomer_sandbox.simulator.world.world import World


class UnknownDelivery(KeyError):
    """The world has no delivery of this id, or has forgotten it."""


def sent(world: World) -> list[Delivery]:
    """Everything that was sent, or is to be sent, to webhooks, in the order in which it came up."""
    return deliveries.deliveries(world.store)


def replay(world: World, id: str) -> Delivery:
    """Send a delivery once more, as if for the first time; gives it as it then stands. Raises `UnknownDelivery`."""
    now = iso(world.clock.now())
    deliveries.keep(world.store, replace(_found(world, id), status="waiting", attempts=0, answer=None, due=now))
    world.schedule(ATTEMPT, id, now)
    world.run_due(world.clock.now())
    return _found(world, id)


def take_answer(world: World, id: str, status: int) -> None:
    """Note the HTTP status that a delivery was answered with, 0 if no answer came, and do what follows from it.

    A delivery that is not under way any more, as after a reset, is passed over.
    """
    now, found = world.clock.now(), deliveries.delivery(world.store, id)
    if found is None or found.status != "sending":
        return
    deliveries.keep(world.store, replace(found, answer=status or None))
    world.schedule(ANSWER, id, iso(now))
    world.run_due(now)


def _found(world: World, id: str) -> Delivery:
    found = deliveries.delivery(world.store, id)
    if found is None:
        raise UnknownDelivery(id)
    return found
