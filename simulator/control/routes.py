"""The routes of the control API."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated

import orjson
from fastapi import APIRouter, HTTPException, Path, Query, Response

from simulator.api import Api
from simulator.clock import EPOCH, iso, utc
from simulator.control.durations import parse_duration
from simulator.control.models import (
    ClockChange,
    ClockShown,
    Health,
    JournalEntry,
    JournalPage,
    KeyMade,
    LimitsShown,
    NewKey,
    NewWorld,
    WindowShown,
    WorldMade,
    WorldShown,
)
from simulator.keys import issue_key, reset
from simulator.world import WINDOW, World
from simulator.worlds import NameTaken, Plan, UnknownPlan, UnknownScenario

EARLIEST, LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
"""Between these a world's time can lie: ids hold it as 32 bits of seconds."""


def control_router(api: Api) -> APIRouter:
    """All control routes over one simulator."""
    router = APIRouter(prefix="/_sandbox", tags=["Sandbox control"])
    _add_health(router, api)
    _add_worlds(router, api)
    _add_time(router, api)
    _add_views(router, api)
    return router


def _world(api: Api, name: str) -> World:
    world = api.worlds.get(name)
    if world is None:
        raise HTTPException(404, "There is no world of this name; GET /_sandbox/worlds lists them.")
    world.settle(world.clock.now())
    return world


WorldName = Annotated[str, Path(description="The world's name.")]


def _add_health(router: APIRouter, api: Api) -> None:
    @router.get("/health")
    async def health() -> Health:
        """Whether the sandbox is up."""
        return Health(
            status="ok",
            worlds=len(list(api.worlds)),
            operations=len(api.contracts.operations),
            tools=len(api.contracts.tools),
        )


def _add_worlds(router: APIRouter, api: Api) -> None:
    @router.post("/worlds", status_code=201)
    async def create_world(asked: NewWorld) -> WorldMade:
        """Make a world and its first API key."""
        world = _create(api, asked)
        key, _ = issue_key(api.worlds, world)
        return WorldMade(**shown(world).model_dump(), api_key=key)

    @router.get("/worlds")
    async def list_worlds() -> list[WorldShown]:
        """All worlds, in the order they were made."""
        return [shown(_world(api, world.name)) for world in api.worlds]

    @router.get("/worlds/{world}")
    async def get_world(world: WorldName) -> WorldShown:
        """One world."""
        return shown(_world(api, world))

    @router.delete("/worlds/{world}", status_code=204)
    async def delete_world(world: WorldName) -> Response:
        """Forget a world and its keys."""
        api.worlds.drop(_world(api, world).name)
        return Response(status_code=204)

    @router.post("/worlds/{world}/reset")
    async def reset_world(world: WorldName) -> WorldShown:
        """Put a world back to how it was made; its keys go on working."""
        target = _world(api, world)
        reset(api.worlds, target)
        return shown(target)

    @router.post("/worlds/{world}/keys", status_code=201)
    async def create_key(world: WorldName, asked: NewKey) -> KeyMade:
        """Issue another API key."""
        key, who = issue_key(
            api.worlds, _world(api, world), roles=asked.roles, read_sensitive=asked.read_sensitive
        )
        return KeyMade(
            api_key=key,
            key_id=who.key_id,
            user_id=who.user_id,
            roles=sorted(who.roles),
            read_sensitive=who.read_sensitive,
        )


def _create(api: Api, asked: NewWorld) -> World:
    plan = Plan(
        name=asked.name or api.worlds.free_name(),
        scenario=asked.scenario,
        seed=asked.seed,
        plan=asked.plan,
        start=_instant(asked.clock) if asked.clock else EPOCH,
        mode=asked.mode,
        masking=asked.masking,
    )
    try:
        return api.worlds.create(plan)
    except NameTaken:
        raise HTTPException(409, "A world of this name exists already.") from None
    except UnknownPlan as unknown:
        raise HTTPException(400, f"plan must be one of {', '.join(unknown.known)}.") from None
    except UnknownScenario as unknown:
        raise HTTPException(400, f"scenario must be one of {', '.join(unknown.known)}.") from None


def shown(world: World) -> WorldShown:
    """A world as the control API shows it."""
    return WorldShown(
        name=world.name,
        org=world.org,
        org_name=world.org_name,
        scenario=world.scenario,
        plan=world.plan,
        masking=world.masking,
        now=iso(world.clock.now()),
        mode=world.clock.mode,
        records={r.type: world.records.count(r.type) for r in world.contracts.resources.values()},
    )


def _add_time(router: APIRouter, api: Api) -> None:
    @router.get("/worlds/{world}/clock")
    async def get_clock(world: WorldName) -> ClockShown:
        """The world's present instant."""
        return _clock(_world(api, world))

    @router.post("/worlds/{world}/clock")
    async def change_clock(world: WorldName, change: ClockChange) -> ClockShown:
        """Move, freeze or run the world's time; what falls due fires, in order, before this returns."""
        target = _world(api, world)
        _change_clock(target, change)
        target.settle(target.clock.now())
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
        _move(world, now, _instant(change.set))
    else:
        try:
            _move(world, now, now + parse_duration(change.advance or ""))
        except (ValueError, OverflowError):
            raise HTTPException(400, "advance must be an ISO 8601 duration such as PT61S or P1DT2H.") from None


def _move(world: World, now: datetime, instant: datetime) -> None:
    if instant < now:
        raise HTTPException(400, "A world's time never goes back; reset the world instead.")
    world.clock.move_to(_instant(instant))


def _instant(given: datetime) -> datetime:
    """An instant that a world's time can be at, in UTC."""
    try:
        instant = utc(given)
    except OverflowError:
        instant = LATEST
    if not EARLIEST <= instant < LATEST:
        raise HTTPException(400, "A world's time lies in the years 1970 to 2099.")
    return instant


def _add_views(router: APIRouter, api: Api) -> None:
    @router.get("/worlds/{world}/journal")
    async def journal(
        world: WorldName,
        since: Annotated[int, Query(ge=0, description="Entries after this number.")] = 0,
        limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    ) -> JournalPage:
        """What happened, oldest first."""
        found = _world(api, world).journal
        entries = [JournalEntry(**entry) for entry in found.since(since, limit)]
        more = bool(entries) and entries[-1].seq < found.total
        return JournalPage(entries=entries, next=entries[-1].seq if more else None, total=found.total)

    @router.get("/worlds/{world}/limits")
    async def limits(world: WorldName) -> LimitsShown:
        """The request budget as it stands."""
        target = _world(api, world)
        state = target.budgets.request_state(target.clock.now())
        limit = target.contracts.limits.plans[target.plan]
        resets = EARLIEST + timedelta(seconds=state.resets_at) if state.used else None
        return LimitsShown(
            plan=target.plan,
            limit=limit,
            used=state.used,
            remaining=max(limit - state.used, 0),
            resets_at=iso(resets) if resets else None,
        )

    @router.get("/worlds/{world}/windows")
    async def windows(world: WorldName) -> list[WindowShown]:
        """The unmasking windows open now."""
        return _open_windows(_world(api, world))


def _open_windows(world: World) -> list[WindowShown]:
    found = []
    for row in world.store.find(WINDOW, "id"):
        window = orjson.loads(row.data)
        if world.is_unmasked(row.id, world.clock.now()):
            found.append(
                WindowShown(
                    customer=row.id,
                    requested_by=window["requestedBy"],
                    start=window["startDate"],
                    end=window["endDate"],
                )
            )
    return found
