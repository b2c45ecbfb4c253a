"""What a world's calls have spent, minute by minute, as far as the journal has them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from kustomer_sandbox.simulator.api import Api
from kustomer_sandbox.simulator.control.places import WorldName, find
from kustomer_sandbox.simulator.values.clock import iso
from kustomer_sandbox.simulator.world.journal import FIELDS, Journal
from kustomer_sandbox.simulator.world.limits import ORG, SEARCH

_TOO_MANY = 429
_MINUTE = len("2026-06-09T12:00")
_AT, _STATUS, _TRACE = map(FIELDS.index, ("at", "status", "trace"))


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
    """Every minute with calls, oldest first. Read from plain rows: there may be thousands."""
    found: dict[str, MinuteSpent] = {}
    for row in journal.rows_since(0):
        drawn = {values[0] for step, outcome, _, values in row[_TRACE] if step == "budget" and outcome == "ok"}
        is_refused = row[_STATUS] == _TOO_MANY
        if drawn or is_refused:
            at = _minute_of(row[_AT])
            minute = found.setdefault(at, MinuteSpent(minute=at, calls=0, searches=0, refused=0))
            minute.calls += ORG in drawn
            minute.searches += SEARCH in drawn
            minute.refused += is_refused
    return [found[at] for at in sorted(found)]


def _minute_of(at: datetime | str) -> str:
    return f"{(iso(at) if isinstance(at, datetime) else at)[:_MINUTE]}:00.000Z"
