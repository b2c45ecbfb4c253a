"""How a run would fare under each plan, for a client that waits where it is refused and then asks again.

Charged are the very budgets that answer calls (`world/limits.py`), on a clock of the forecast's own. The run begins in
an idle minute, and every call takes no longer than it did. Left aside is what fell due by itself, such as scheduled
drafts on WhatsApp, which nobody waits for.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from kustomer_sandbox.contracts.model import Contracts, Limits
from kustomer_sandbox.simulator.store.memory import MemoryStore
from kustomer_sandbox.simulator.values.clock import EARLIEST, EPOCH, WorldClock, parse
from kustomer_sandbox.simulator.values.errors import TooManyRequests
from kustomer_sandbox.simulator.world.limits import HOOKS, ORG, Budgets, ceilings_of, whole_seconds
from kustomer_sandbox.simulator.world.spending.run import Run, RunCall
from kustomer_sandbox.simulator.world.spending.saving import Saving, savings

_REFUSED_FROM = 400


@dataclass(frozen=True, kw_only=True, slots=True)
class FirstRefused:
    """The first call that a budget would refuse: its number in the run from 1, and how many seconds after the start."""

    number: int
    method: str
    path: str
    operation: str
    budget: str
    limit: int
    after: float

    def __str__(self) -> str:
        call = f"#{self.number} {self.method} {self.path}"
        return f"{call} by {self.budget} ({self.limit}) after {_in_words(self.after)}"


@dataclass(frozen=True, kw_only=True, slots=True)
class PlanForecast:
    """A run under one plan: requests a minute, how long it takes and how much of that is waiting (seconds).

    `refused` counts answers of 429, `waited_for` the seconds by the budget they were waited for.
    """

    plan: str
    requests: int
    takes: float
    waits: float
    refused: int
    first_refused: FirstRefused | None
    waited_for: Mapping[str, float]


@dataclass(frozen=True, kw_only=True, slots=True)
class WhatIf:
    """A run under each plan, the largest first, and which calls could be saved, the most first."""

    calls: int
    recorded_on: str
    left_out: int
    plans: tuple[PlanForecast, ...]
    savings: tuple[Saving, ...]

    def under(self, plan: str) -> PlanForecast:
        """The forecast for one plan. Raises `KeyError`."""
        return {forecast.plan: forecast for forecast in self.plans}[plan]

    def as_json(self) -> dict[str, Any]:
        """All of it, for machines."""
        return asdict(self)

    def __str__(self) -> str:
        rows = [("plan", "a minute", "takes", "waits", "refused", "first refused"), *map(_row, self.plans)]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        table = ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]
        more = f" ({self.left_out} more are left out)" if self.left_out else ""
        saved = [f"  {saving}" for saving in self.savings] or ["  none that shows"]
        head = f"{self.calls} calls, recorded on the plan {self.recorded_on}{more}"
        return "\n".join([head, *table, "calls to save:", *saved])


def _in_words(seconds: float) -> str:
    """`1 min 2.5 s`."""
    minutes, rest = divmod(round(seconds, 1), 60)
    hours, minutes = divmod(int(minutes), 60)
    parts = [(hours, "h"), (minutes, "min"), (rest, "s")]
    return " ".join(f"{value:g} {unit}" for value, unit in parts if value) or "0 s"


def _row(forecast: PlanForecast) -> tuple[str, ...]:
    return (
        forecast.plan,
        str(forecast.requests),
        _in_words(forecast.takes),
        _in_words(forecast.waits),
        str(forecast.refused),
        str(forecast.first_refused or "-"),
    )


def what_if(run: Run, contracts: Contracts) -> WhatIf:
    """How the run would fare under each plan, and which calls to save. A world's own `org` and `hooks` do not count."""
    requests = contracts.limits.plans
    plans = sorted(requests, key=lambda plan: requests[plan], reverse=True)
    return WhatIf(
        calls=len(run.calls),
        recorded_on=run.plan,
        left_out=run.left_out,
        plans=tuple(forecast(run, contracts.limits, plan) for plan in plans),
        savings=savings(run, contracts),
    )


def forecast(run: Run, limits: Limits, plan: str) -> PlanForecast:
    """The run under one plan."""
    own = {name: limit for name, limit in run.limits.items() if name not in {ORG, HOOKS}}
    start = parse(run.calls[0].at) if run.calls else EPOCH
    budgets = Budgets(
        limits=limits, ceilings=ceilings_of(limits, plan, own), store=MemoryStore(), clock=WorldClock(start), world=""
    )
    now, refused, first = start, 0, None
    waited: dict[str, float] = defaultdict(float)
    for number, call, pause in run.wanted():
        now += pause
        while (refusal := _refusal(budgets, call, now)) is not None:
            first = first or _first(number, call, refusal, (now - start).total_seconds())
            refused += 1
            free = EARLIEST + timedelta(seconds=whole_seconds(refusal.resets_at))
            waited[refusal.budget] += (free - now).total_seconds()
            now = free
    return PlanForecast(
        plan=plan,
        requests=budgets.requests,
        takes=(now - start).total_seconds(),
        waits=sum(waited.values()),
        refused=refused,
        first_refused=first,
        waited_for=dict(waited),
    )


def _refusal(budgets: Budgets, call: RunCall, now: datetime) -> TooManyRequests | None:
    """Charge a call as the pipeline does: in the same order, and what a refused one took of objects is given back."""
    of_objects = []
    try:
        for budget, counter in call.draws:
            budgets.take(budget, counter, now)
            if budget in budgets.limits.budgets:
                of_objects.append(counter)
    except TooManyRequests as refusal:
        for counter in of_objects:
            budgets.give_back(counter, now)
        return refusal
    if call.status >= _REFUSED_FROM and not call.refused_by:
        for counter in of_objects:
            budgets.give_back(counter, now)
    return None


def _first(number: int, call: RunCall, refusal: TooManyRequests, after: float) -> FirstRefused:
    return FirstRefused(
        number=number,
        method=call.method,
        path=call.path,
        operation=call.operation,
        budget=refusal.budget,
        limit=refusal.limit,
        after=after,
    )
