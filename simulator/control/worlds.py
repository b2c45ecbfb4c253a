"""Control of worlds: making, showing, forking, resetting and dropping them, and their API keys."""

from __future__ import annotations

from fastapi import APIRouter, HTTPException, Response

from kustomer_sandbox.simulator.api import Api
from kustomer_sandbox.simulator.control.models import (
    Choices,
    KeyMade,
    KeyShown,
    NewFork,
    NewKey,
    NewWorld,
    WorldChange,
    WorldMade,
    WorldPlan,
    WorldShown,
)
from kustomer_sandbox.simulator.control.places import WorldName, find, instant_of
from kustomer_sandbox.simulator.hosting.keys import issue_key, issue_key_of
from kustomer_sandbox.simulator.hosting.worlds import (
    NameTaken,
    UnknownLimit,
    UnknownPlan,
    UnknownScenario,
    WorldSpec,
)
from kustomer_sandbox.simulator.values.clock import EPOCH, iso
from kustomer_sandbox.simulator.values.readings import UnknownReading
from kustomer_sandbox.simulator.values.record import Principal
from kustomer_sandbox.simulator.values.unmasking import WindowSettings
from kustomer_sandbox.simulator.world.state import WorldOptions
from kustomer_sandbox.simulator.world.world import World

_TAKEN = "A world of this name exists already."


def add_worlds(router: APIRouter, api: Api) -> None:
    """Add the routes."""
    _add_making(router, api)
    _add_showing_and_ending(router, api)
    _add_keys(router, api)


def _add_making(router: APIRouter, api: Api) -> None:
    @router.post("/worlds", status_code=201)
    async def create_world(asked: NewWorld) -> WorldMade:
        """Make a world and its first API key."""
        world = create_as_asked(api, asked, asked.name or api.worlds.free_name())
        key, _ = issue_key(api.worlds, world)
        return WorldMade(**world_shown(world).model_dump(), api_key=key)

    @router.post("/worlds/{world}/fork", status_code=201)
    async def fork_world(world: WorldName, asked: NewFork | None = None) -> WorldMade:
        """Make an independent world in the same state, and a key for the machine user of the origin's first key.

        Journal, snapshots and armed faults are not taken along. A reset brings the fork back to this state.
        """
        origin = find(api, world)
        try:
            fork = api.worlds.fork(origin, (asked and asked.name) or api.worlds.free_name())
        except NameTaken:
            raise HTTPException(409, _TAKEN) from None
        first = next(iter(origin.live_keys()), None)
        key, _ = issue_key_of(api.worlds, fork, first) if first else issue_key(api.worlds, fork)
        return WorldMade(**world_shown(fork).model_dump(), api_key=key)


def _add_showing_and_ending(router: APIRouter, api: Api) -> None:
    @router.get("/worlds")
    async def list_worlds() -> list[WorldShown]:
        """All worlds, in the order they were made."""
        return [world_shown(find(api, world.name)) for world in api.worlds]

    @router.get("/worlds/{world}")
    async def get_world(world: WorldName) -> WorldShown:
        """One world."""
        return world_shown(find(api, world))

    @router.patch("/worlds/{world}")
    async def change_world(world: WorldName, asked: WorldChange) -> WorldShown:
        """Have a world go on under other settings: as its plan is changed, or its masks look otherwise."""
        target = find(api, world)
        plans = api.contracts.limits.plans
        if asked.plan is not None and asked.plan not in plans:
            raise HTTPException(400, f"plan must be one of {', '.join(sorted(plans))}.")
        changes: WorldOptions = asked.model_dump(exclude_none=True)  # type: ignore[assignment]
        target.configure(**changes)
        return world_shown(target)

    @router.get("/choices")
    async def choices() -> Choices:
        """The scenarios and plans that a world can be made from."""
        return Choices(scenarios=sorted(api.worlds.scenarios), plans=dict(api.contracts.limits.plans))

    @router.delete("/worlds/{world}", status_code=204)
    async def delete_world(world: WorldName) -> Response:
        """Forget a world and its keys."""
        api.worlds.drop(find(api, world).name)
        return Response(status_code=204)

    @router.post("/worlds/{world}/reset")
    async def reset_world(world: WorldName) -> WorldShown:
        """Put a world back to how it was made; its keys go on working."""
        target = find(api, world)
        api.worlds.reset(target)
        return world_shown(target)


def _add_keys(router: APIRouter, api: Api) -> None:
    @router.post("/worlds/{world}/keys", status_code=201)
    async def create_key(world: WorldName, asked: NewKey) -> KeyMade:
        """Issue another API key. It is shown this once."""
        target = find(api, world)
        key, who = issue_key(
            api.worlds, target, roles=asked.roles, read_sensitive=asked.read_sensitive, user_type=asked.user_type
        )
        return KeyMade(**_key(who).model_dump(), api_key=key)

    @router.get("/worlds/{world}/keys")
    async def list_keys(world: WorldName) -> list[KeyShown]:
        """The keys of a world, in the order they were issued, without the keys themselves."""
        return [_key(who) for who in find(api, world).live_keys()]


def _key(who: Principal) -> KeyShown:
    return KeyShown(
        key_id=who.key_id,
        user_id=who.user_id,
        roles=sorted(who.roles),
        read_sensitive=who.read_sensitive,
        user_type=who.user_type,
    )


def create_as_asked(api: Api, asked: WorldPlan, name: str) -> World:
    """A new world of this name. Raises a 400 for what does not exist, a 409 for a name that is taken."""
    spec = WorldSpec(
        name=name,
        scenario=asked.scenario,
        seed=asked.seed,
        plan=asked.plan,
        start=instant_of(asked.clock) if asked.clock else EPOCH,
        mode=asked.mode,
        masking=asked.masking,
        errors=asked.errors,
        ratelimit_reset=asked.ratelimit_reset,
        strict=asked.strict,
        limits=asked.limits,
        readings=asked.readings,
        masked_search=asked.masked_search,
        windows=WindowSettings(asked.window_minutes, asked.windows_for),
    )
    try:
        return api.worlds.create(spec)
    except NameTaken:
        raise HTTPException(409, _TAKEN) from None
    except UnknownPlan as unknown:
        raise HTTPException(400, f"plan must be one of {', '.join(unknown.known)}.") from None
    except UnknownLimit as unknown:
        raise HTTPException(400, f"limits must name budgets: {', '.join(unknown.known)}.") from None
    except UnknownReading as unknown:
        raise HTTPException(400, f"readings: {unknown}.") from None
    except UnknownScenario as unknown:
        raise HTTPException(400, f"scenario must be one of {', '.join(unknown.known)}.") from None


def world_shown(world: World) -> WorldShown:
    """A world as the control API shows it."""
    return WorldShown(
        name=world.name,
        org=world.org,
        org_name=world.org_name,
        scenario=world.scenario,
        plan=world.plan,
        masking=world.masking,
        errors=world.errors,
        ratelimit_reset=world.ratelimit_reset,
        strict=world.strict,
        limits=dict(world.limits),
        readings=dict(world.readings),
        masked_search=world.masked_search,
        window_minutes=world.windows.minutes,
        windows_for=world.windows.opens_for,
        now=iso(world.clock.now()),
        mode=world.clock.mode,
        records={r.type: world.records.count(r.type) for r in world.contracts.resources.values()},
    )
