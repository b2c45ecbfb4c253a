"""Control of a world's clock."""

from __future__ import annotations

from datetime import datetime

from fastapi import APIRouter, HTTPException

from kustomer_sandbox.simulator.api import Api
from kustomer_sandbox.simulator.control.models import ClockChange, ClockShown
from kustomer_sandbox.simulator.control.places import WorldName, find, instant_of
from kustomer_sandbox.simulator.values.clock import iso
from kustomer_sandbox.simulator.values.durations import parse_duration
from kustomer_sandbox.simulator.world.world import World


def add_time(router: APIRouter, api: Api) -> None:
    """Add the routes."""

    @router.get("/worlds/{world}/clock")
    async def get_clock(world: WorldName) -> ClockShown:
        """The world's present instant."""
        return _clock(find(api, world))

    @router.post("/worlds/{world}/clock")
    async def change_clock(world: WorldName, change: ClockChange) -> ClockShown:
        """Move, freeze or run the world's time; what falls due fires, in order, before this returns."""
        target = find(api, world)
        _change_clock(target, change)
        target.run_due(target.clock.now())
        return _clock(target)


def _clock(world: World) -> ClockShown:
    return ClockShown(now=iso(world.clock.now()), mode=world.clock.mode)


def _change_clock(world: World, change: ClockChange) -> None:
    given = change.model_dump(exclude_none=True)
    if len(given) != 1:
        raise HTTPException(400, "Give exactly one of advance, set and mode.")
    now = world.clock.now()
    if change.mode:
        world.clock.run(change.mode)
    elif change.set:
        _move(world, now, instant_of(change.set))
    else:
        try:
            _move(world, now, now + parse_duration(change.advance or ""))
        except (ValueError, OverflowError):
            raise HTTPException(400, "advance must be an ISO 8601 duration such as PT61S or P1DT2H.") from None


def _move(world: World, now: datetime, instant: datetime) -> None:
    if instant < now:
        raise HTTPException(400, "A world's time never goes back; reset the world instead.")
    world.clock.move_to(instant_of(instant))
