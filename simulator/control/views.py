"""What can be seen of a world: journal, budgets, unmasking windows, waiting drafts, and a client's run."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, HTTPException, Query, Response
from pydantic import Field

from kustomer_sandbox.simulator.api import Api
from kustomer_sandbox.simulator.control.models import Closed
from kustomer_sandbox.simulator.control.places import WorldName, find
from kustomer_sandbox.simulator.control.view_models import (
    BudgetShown,
    DraftShown,
    JournalEntryShown,
    JournalPage,
    JournalSummaryShown,
    LimitsShown,
    ObjectBudgetShown,
    RecordingShown,
    WindowShown,
)
from kustomer_sandbox.simulator.world import views
from kustomer_sandbox.simulator.world.journal import Wanted
from kustomer_sandbox.simulator.world.spending.filling import Fillings
from kustomer_sandbox.simulator.world.spending.run import Run
from kustomer_sandbox.simulator.world.spending.what_if import what_if
from kustomer_sandbox.simulator.world.world import World


class SummaryFilter(Closed):
    """Which entries are wanted; all that is given must hold."""

    since: int = Field(default=0, ge=0, description="Entries after this number.")
    operation: str | None = None
    method: str | None = None
    path: str | None = Field(default=None, description="The beginning of a path as the journal shows it.")
    status: str | None = Field(default=None, pattern=r"^(0|[1-5](\d\d|xx))$", description="`404`, or a class: `4xx`.")
    tool: str | None = None
    call: str | None = None
    customer: str | None = None
    channel: str | None = None
    key: str | None = None

    def wanted(self) -> Wanted:
        """What the entries must be like, as the journal asks for it."""
        given: Wanted = self.model_dump(exclude_none=True, exclude={"since", "limit", "until", "newest"})  # type: ignore[assignment]
        return given


class JournalFilter(SummaryFilter):
    """Which entries are wanted, and how many at most."""

    limit: int = Field(default=100, ge=1, le=1000)
    until: int | None = Field(default=None, ge=0, description="Entries up to this number.")
    newest: bool = Field(default=False, description="Whether the last entries that fit are wanted, not the first.")


def add_views(router: APIRouter, api: Api) -> None:
    """Add the routes."""

    @router.get("/worlds/{world}/journal")
    async def journal(world: WorldName, asked: Annotated[JournalFilter, Query()]) -> JournalPage:
        """What happened, oldest first: every call with the decisions made on its way, without values."""
        return _page(find(api, world), asked)

    @router.get("/worlds/{world}/journal/summary")
    async def summary(world: WorldName, asked: Annotated[SummaryFilter, Query()]) -> JournalSummaryShown:
        """How many calls came to which status, and what was refused or warned of, by kind: why a client stopped."""
        found = find(api, world).journal.summary(since=asked.since, **asked.wanted())
        return JournalSummaryShown.model_validate(found)

    @router.get("/worlds/{world}/limits")
    async def limits(world: WorldName) -> LimitsShown:
        """The budgets as they stand. The view itself costs nothing."""
        return _limits(find(api, world))

    @router.get("/worlds/{world}/windows")
    async def windows(world: WorldName) -> list[WindowShown]:
        """The unmasking windows open now."""
        return [WindowShown.model_validate(window) for window in views.windows(find(api, world))]

    @router.get("/worlds/{world}/drafts")
    async def drafts(world: WorldName) -> list[DraftShown]:
        """The drafts that wait or are scheduled, without what they say."""
        return [DraftShown.model_validate(draft) for draft in views.drafts(find(api, world))]


def _page(world: World, asked: JournalFilter) -> JournalPage:
    journal, fillings = world.journal, Fillings(world.journal, world.contracts.limits)
    wanted = asked.wanted()
    if asked.newest:
        found = journal.last(since=asked.since, until=asked.until, limit=asked.limit, **wanted)
    else:
        found = journal.find(since=asked.since, until=asked.until, limit=asked.limit + 1, **wanted)
    shown = [JournalEntryShown.model_validate(fillings.shown(entry)) for entry in found[: asked.limit]]
    more = len(found) > len(shown)
    return JournalPage(entries=shown, next=shown[-1].seq if more else None, total=journal.total)


def _limits(world: World) -> LimitsShown:
    seen = views.limits(world)
    return LimitsShown(
        plan=seen.plan,
        search=BudgetShown.model_validate(seen.searches),
        hooks=BudgetShown.model_validate(seen.hooks),
        objects=[ObjectBudgetShown.model_validate(budget) for budget in seen.objects],
        **BudgetShown.model_validate(seen.requests).model_dump(),
    )


def add_recordings(router: APIRouter, api: Api) -> None:
    """Add the routes."""

    @router.post("/worlds/{world}/recording", status_code=201)
    async def begin_recording(world: WorldName) -> RecordingShown:
        """Note every call from now on, without what it says; one that runs already begins anew."""
        find(api, world).record(whole=False)
        return RecordingShown(calls=0)

    @router.get("/worlds/{world}/recording", responses={200: {"content": {"application/json": {}}}})
    async def get_recording(world: WorldName) -> Response:
        """The run so far, as `kustomer-sandbox what-if` reads it: no bodies, no queries, no value but ids."""
        return Response(_run(api, world).as_json(), media_type="application/json")

    @router.get("/worlds/{world}/recording/what-if")
    async def ask_what_if(world: WorldName) -> dict[str, object]:
        """How long the run would take on each plan, where it would be refused first, and which calls to save."""
        return what_if(_run(api, world), api.contracts).as_json()

    @router.delete("/worlds/{world}/recording", status_code=204)
    async def end_recording(world: WorldName) -> Response:
        """Forget the recording."""
        find(api, world).recording = None
        return Response(status_code=204)


def _run(api: Api, name: str) -> Run:
    """The run that a world's recording has noted so far."""
    found = find(api, name)
    if found.recording is None:
        raise HTTPException(404, "No recording was begun; POST begins one.")
    return found.run_of(found.recording)
