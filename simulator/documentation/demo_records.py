"""Finds the records that examples call by name: in the world that is served as it was made, else in the demo world."""

from __future__ import annotations

from kustomer_sandbox.contracts.build.examples import Find, RecordName, is_known_by
from kustomer_sandbox.simulator.hosting.worlds import Worlds, WorldSpec
from kustomer_sandbox.simulator.values.record import JSON
from kustomer_sandbox.simulator.world.world import World

DEMO = WorldSpec(name="demo", scenario="demo")


def finder(worlds: Worlds) -> Find:
    """How names are found for the first of some worlds, or for the demo world if there are none.

    Looked up in worlds as they were made, so that what users did since changes no example. They are made when they
    are first needed.
    """
    plans = [*(worlds.plan_of(world.name) for world in worlds), DEMO]
    made: list[World] = []

    def find(name: RecordName) -> JSON:
        for at, plan in enumerate((plans[0], plans[-1])):
            if at == len(made):
                made.append(worlds.pristine(plan))
            found = _value(made[at], name)
            if found is not None:
                return found
        return None

    return find


def _value(world: World, name: RecordName) -> JSON:
    """The value that a name stands for in a world: of the first record, by id, that fits."""
    text = name.text or world.records.resource(name.type).example
    for record in world.records.find(name.type):
        if not text or is_known_by(text, record):
            value = name.value_in(record)
            if value is not None:
                return value
    return None
