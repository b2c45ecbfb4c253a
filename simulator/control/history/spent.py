"""What a world's calls have spent, minute by minute, as far as the journal has them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from kustomer_sandbox.simulator.api import Api
from kustomer_sandbox.simulator.control.places import WorldName, find
from kustomer_sandbox.simulator.values.clock import iso
from kustomer_sandbox.simulator.world.journal import Journal, JournalEntry
from kustomer_sandbox.simulator.world.limits import ORG, SEARCH

_TOO_MANY = 429
_MINUTE = len("2026-06-09T12:00")


class MinuteSpent(BaseModel):
    """One minute of the world's clock in which something was called."""

    minute: str = Field(description="The instant at which it begins.")
    calls: int = Field(description="Calls that drew on the organisation's budget.")
    searches: int = Field(description="Those that drew on the budget of searches.")
    refused: int = Field(description="Calls refused with 429, by whatever budget.")


class SpentShown(BaseModel):
    """The minutes with calls, oldest first; `now` is the world's time."""

    now: str
    minutes: list[MinuteSpent]


def add_spent(router: APIRouter, api: Api) -> None:
    """Add the route."""

    @router.get("/worlds/{world}/limits/history")
    async def limits_history(
        world: WorldName, minutes: Annotated[int, Query(ge=1, le=1440, description="How many at most.")] = 60
    ) -> SpentShown:
        """What was spent in each of the last minutes that had calls, as far as the journal has them."""
        target = find(api, world)
        return SpentShown(now=iso(target.clock.now()), minutes=spent(target.journal)[-minutes:])


def spent(journal: Journal) -> list[MinuteSpent]:
    """Every minute with calls, oldest first."""
    found: dict[str, MinuteSpent] = {}
    for entry in journal.find():
        drawn = _drawn(entry)
        is_refused = entry.status == _TOO_MANY
        if drawn or is_refused:
            at = f"{entry.at[:_MINUTE]}:00.000Z"
            minute = found.setdefault(at, MinuteSpent(minute=at, calls=0, searches=0, refused=0))
            minute.calls += ORG in drawn
            minute.searches += SEARCH in drawn
            minute.refused += is_refused
    return [found[at] for at in sorted(found)]


def _drawn(entry: JournalEntry) -> set[str]:
    """The names of the budgets that the call drew on."""
    return {values[0] for step, outcome, _, values in entry.trace if step == "budget" and outcome == "ok"}
