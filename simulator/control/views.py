"""What can be seen of a world: journal, budgets, unmasking windows, waiting drafts."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated

import orjson
from fastapi import APIRouter, Query
from pydantic import Field

from simulator.api import Api
from simulator.call import Record
from simulator.clock import EARLIEST, iso
from simulator.control.models import Closed
from simulator.control.places import WorldName, find
from simulator.control.view_models import (
    BudgetShown,
    DraftShown,
    JournalEntry,
    JournalPage,
    LimitsShown,
    ObjectBudgetShown,
    WindowShown,
)
from simulator.journal import Journal, Wanted
from simulator.limits import ObjectUse
from simulator.store.protocol import Taken
from simulator.world import WINDOW, World

_ID = re.compile(r"[0-9a-f]{24}|all")
_WAITING = frozenset({"draft", "scheduled"})


class JournalFilter(Closed):
    """Which entries are wanted; all that is given must hold."""

    since: int = Field(default=0, ge=0, description="Entries after this number.")
    limit: int = Field(default=100, ge=1, le=1000)
    operation: str | None = None
    method: str | None = None
    path: str | None = Field(default=None, description="The beginning of a path as the journal shows it.")
    status: str | None = Field(default=None, pattern=r"^(0|[1-5](\d\d|xx))$", description="`404`, or a class: `4xx`.")
    tool: str | None = None
    call: str | None = None
    customer: str | None = None
    channel: str | None = None
    key: str | None = None


def add_views(router: APIRouter, api: Api) -> None:
    """Add the routes."""

    @router.get("/worlds/{world}/journal")
    async def journal(world: WorldName, asked: Annotated[JournalFilter, Query()]) -> JournalPage:
        """What happened, oldest first: every call with the decisions made on its way, without values."""
        return _page(find(api, world).journal, asked)

    @router.get("/worlds/{world}/limits")
    async def limits(world: WorldName) -> LimitsShown:
        """The budgets as they stand. The view itself costs nothing."""
        return _limits(find(api, world))

    @router.get("/worlds/{world}/windows")
    async def windows(world: WorldName) -> list[WindowShown]:
        """The unmasking windows open now."""
        return _open_windows(find(api, world))

    @router.get("/worlds/{world}/drafts")
    async def drafts(world: WorldName) -> list[DraftShown]:
        """The drafts that wait or are scheduled, without what they say."""
        target = find(api, world)
        found = [orjson.loads(row.data) for row in target.store.find("draft", "id")]
        return [_draft(record) for record in found if record["attributes"].get("status") in _WAITING]


def _page(journal: Journal, asked: JournalFilter) -> JournalPage:
    wanted: Wanted = asked.model_dump(exclude_none=True, exclude={"since", "limit"})  # type: ignore[assignment]
    found = journal.find(since=asked.since, limit=asked.limit + 1, **wanted)
    shown = [JournalEntry.model_validate(entry.shown()) for entry in found[: asked.limit]]
    more = len(found) > len(shown)
    return JournalPage(entries=shown, next=shown[-1].seq if more else None, total=journal.total)


def _limits(world: World) -> LimitsShown:
    now, budgets = world.clock.now(), world.budgets
    org = _budget(budgets.requests, budgets.request_state(now))
    search = _budget(world.contracts.limits.searches, budgets.search_state(now))
    objects = [_object(use) for use in budgets.objects_in_use(now)]
    return LimitsShown(plan=world.plan, search=search, objects=objects, **org.model_dump())


def _object(use: ObjectUse) -> ObjectBudgetShown:
    return ObjectBudgetShown(
        budget=use.budget.name,
        per=use.budget.per,
        object=use.object if _ID.fullmatch(use.object) else "***",
        user=use.user,
        **_budget(use.budget.limit, use.taken).model_dump(),
    )


def _budget(limit: int, taken: Taken) -> BudgetShown:
    resets = iso(EARLIEST + timedelta(seconds=taken.resets_at)) if taken.used else None
    return BudgetShown(limit=limit, used=taken.used, remaining=max(limit - taken.used, 0), resets_at=resets)


def _open_windows(world: World) -> list[WindowShown]:
    now = world.clock.now()
    found = [orjson.loads(row.data) | {"id": row.id} for row in world.store.find(WINDOW, "id")]
    return [
        WindowShown(
            customer=window["id"], requested_by=window["requestedBy"], start=window["startDate"], end=window["endDate"]
        )
        for window in found
        if world.is_unmasked(window["id"], now)
    ]


def _draft(record: Record) -> DraftShown:
    facts, related = record["attributes"], record.get("relationships", {})
    return DraftShown(
        id=record["id"],
        channel=facts["channel"],
        status=facts["status"],
        send_at=facts.get("sendAt"),
        customer=(related.get("customer") or {}).get("id", ""),
        conversation=(related.get("conversation") or {}).get("id", ""),
    )
