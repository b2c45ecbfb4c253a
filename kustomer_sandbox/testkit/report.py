"""A failed test's report about its world: last calls, budgets, open windows, armed faults. No personal value."""

from __future__ import annotations

from dataclasses import fields

from kustomer_sandbox.simulator.world.faults import Fault, FaultMatch
from kustomer_sandbox.simulator.world.journal import line
from kustomer_sandbox.simulator.world.views import BudgetInUse
from kustomer_sandbox.testkit.kustomer import Kustomer

LAST_CALLS = 12


def section(kustomer: Kustomer) -> str:
    """The text of the report section."""
    return "\n".join([*_head(kustomer), *_calls(kustomer), *_windows(kustomer), *_faults(kustomer)])


def _head(kustomer: Kustomer) -> list[str]:
    limits, world = kustomer.limits, kustomer.world
    facts = (
        f"world: scenario {world.scenario}, plan {limits.plan}, masking {world.masking}, errors {world.errors}, "
        f"its time {kustomer.clock.text}"
    )
    budgets = [limits.requests, *([limits.searches] if limits.searches.used else []), *limits.objects]
    return [facts, *(f"budget: {_budget(budget)}" for budget in budgets)]


def _budget(budget: BudgetInUse) -> str:
    resets = f", resets at {budget.resets_at}" if budget.resets_at else ""
    about = f" of {budget.object}" if budget.object else ""
    return f"{budget.name}{about}: {budget.used} of {budget.limit} used{resets}"


def _calls(kustomer: Kustomer) -> list[str]:
    total = kustomer.journal.total
    entries = kustomer.journal.find(since=total - LAST_CALLS)
    if not entries:
        return ["journal: no call was made"]
    return [f"journal: the last {len(entries)} of {total} calls", *(f"  {line(entry)}" for entry in entries)]


def _windows(kustomer: Kustomer) -> list[str]:
    return [f"open window: customer {window.customer}, until {window.end}" for window in kustomer.windows]


def _faults(kustomer: Kustomer) -> list[str]:
    return [
        f"armed fault: {_described(armed.fault)} for {armed.left} more of "
        + (_described(armed.match) if armed.match != FaultMatch() else "all calls")
        for armed in kustomer.faults.armed
    ]


def _described(value: FaultMatch | Fault) -> str:
    """The value with what is not as by default."""
    given = [
        (field.name, getattr(value, field.name))
        for field in fields(value)
        if getattr(value, field.name) != field.default
    ]
    return f"{type(value).__name__}({', '.join(f'{name}={content!r}' for name, content in given)})"
