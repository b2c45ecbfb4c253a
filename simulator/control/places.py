"""What the control routes share: finding a world by its name, and the instants its time can be at."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import HTTPException, Path

from kustomer_sandbox.simulator.api import Api
from kustomer_sandbox.simulator.values.clock import EARLIEST, LATEST, utc
from kustomer_sandbox.simulator.world.world import World

WorldName = Annotated[str, Path(description="The world's name.")]


def find(api: Api, name: str) -> World:
    """The world of this name, with all that has fallen due. Raises a 404."""
    world = api.worlds.get(name)
    if world is None:
        raise HTTPException(404, "There is no world of this name; GET /_sandbox/worlds lists them.")
    world.run_due(world.clock.now())
    return world


def instant_of(given: datetime) -> datetime:
    """An instant that a world's time can be at, in UTC. Raises a 400."""
    try:
        instant = utc(given)
    except OverflowError:
        instant = LATEST
    if not EARLIEST <= instant < LATEST:
        raise HTTPException(400, "A world's time lies in the years 1970 to 2099.")
    return instant
