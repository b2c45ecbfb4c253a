"""A failed test's report about its world: last calls, budgets, open windows, armed faults. No personal value."""

from __future__ import annotations

from collections import Counter

from kustomer_sandbox.simulator.world.journal import line
from kustomer_sandbox.simulator.world.spending.filling import Fillings
from kustomer_sandbox.simulator.world.views import BudgetInUse
from kustomer_sandbox.testkit.faults import described
from kustomer_sandbox.testkit.kustomer import Kustomer
from kustomer_sandbox.testkit.patches.entrance import REFUSED
from kustomer_sandbox.testkit.seeding import described as described_trigger

LAST_CALLS = 12
_STANDS = "stands still until kustomer.clock.advance(…) moves it"
_RUNS = "runs"


def section(kustomer: Kustomer) -> str:
    """The text of the report section."""
    return "\n".join(
        [*_head(kustomer), *_calls(kustomer), *_windows(kustomer), *_faults(kustomer), *_waiting(kustomer)]
    )


def _head(kustomer: Kustomer) -> list[str]:
    limits, world = kustomer.limits, kustomer.world
    facts = (
        f"world: scenario {world.scenario}, plan {limits.plan}, masking {world.masking}, errors {world.errors}, "
        f"its time {kustomer.clock.text}, which {_STANDS if kustomer.clock.stands_still else _RUNS}"
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
        return ["journal: no call reached this world", *(f"  {line}" for line in _why_none(kustomer))]
    fillings = Fillings(kustomer.journal, kustomer.world.contracts.limits)
    return [
        f"journal: the last {len(entries)} of {total} calls",
        *(f"  {line(entry)}{fillings.told(entry)}" for entry in entries),
    ]


def _why_none(kustomer: Kustomer) -> list[str]:
    """What may be the reason, as far as it is known."""
    refused = sum(entrance.calls[REFUSED] for entrance in kustomer.entrances)
    elsewhere = sum((entrance.elsewhere for entrance in kustomer.entrances), Counter[str]())
    told = [f"{count} calls went to {host}, which is not Kustomer's" for host, count in sorted(elsewhere.items())]
    if refused:
        told.append(f"{refused} calls of a client library that is not known were kept from leaving the machine")
    if strangers := kustomer.api.response_log.strangers:
        told.append(f"{strangers} calls had no key of this world: send kustomer.api_key")
    if not kustomer.entrances:
        told.append(f"only {kustomer.base_url} by kustomer.client() leads here;")
        told.append("code with a hard-wired address needs the fixture kustomer_everywhere")
    return told


def _windows(kustomer: Kustomer) -> list[str]:
    return [f"open window: customer {window.customer}, until {window.end}" for window in kustomer.windows]


def _faults(kustomer: Kustomer) -> list[str]:
    return [f"armed fault: {described(armed)}" for armed in kustomer.faults.armed]


def _waiting(kustomer: Kustomer) -> list[str]:
    return [f"still to happen: {described_trigger(one)}" for one in kustomer.world.triggers.waiting]
