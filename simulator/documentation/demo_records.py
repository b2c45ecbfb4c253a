"""Finds the records that examples call by name: in the world that is served as it was made, else in the demo world."""

from __future__ import annotations

from collections.abc import Iterable

from kustomer_sandbox.contracts.build.examples import Find, RecordName
from kustomer_sandbox.simulator.hosting.worlds import Worlds, WorldSpec
from kustomer_sandbox.simulator.values.record import JSON, Record
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
        if not text or text in _texts(record):
            value = _within(record, name.path) if name.path else record["id"]
            if value is not None:
                return value
    return None


def _within(record: Record, path: tuple[str, ...]) -> JSON:
    """A value among the attributes, or the id of what a relationship leads to; None if there is neither."""
    related = record.get("relationships", {}).get(path[0])
    if path[0] not in record["attributes"] and isinstance(related, dict):
        return related["id"]
    return _at(record["attributes"], path)


def _texts(record: Record) -> list[JSON]:
    return [record.get("klass"), *record["attributes"].values()]


def _at(value: JSON, path: Iterable[str]) -> JSON:
    """The value that a way leads to, through fields of objects and positions in lists; None if it ends before."""
    for step in path:
        if isinstance(value, list):
            value = value[int(step)] if step.isdigit() and int(step) < len(value) else None
        else:
            value = value.get(step) if isinstance(value, dict) else None
    return value
