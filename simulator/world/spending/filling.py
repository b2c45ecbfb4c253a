"""Which calls filled a budget, read from the journal: why a call was refused, and what to change about it.

Nothing is written while a call is answered. What the journal has forgotten, or a fork did not take along, is missing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from kustomer_sandbox.contracts.model import Limits
from kustomer_sandbox.simulator.values.clock import iso, parse
from kustomer_sandbox.simulator.world.journal import Journal, JournalEntry
from kustomer_sandbox.simulator.world.journal_summary import JOB

_SHOWN = 3
"""So many kinds of calls are told in one line."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SpentKind:
    """Calls of one operation by one key that drew on a budget; `first` and `last` are numbers of journal entries.

    What fell due by itself has the kind of job as its operation, and the key `system`.
    """

    operation: str
    key: str
    times: int
    first: int
    last: int

    def __str__(self) -> str:
        span = " to ".join(f"#{number}" for number in dict.fromkeys((self.first, self.last)))
        return f"{self.times} x {self.operation} by {self.key or 'no key'} ({span})"


@dataclass(frozen=True, kw_only=True, slots=True)
class BudgetWindow:
    """A budget's minute. `object` is as the journal tells it, `keys` whose calls count (all, if empty).

    `starts` and `ends` are instants as the journal writes them; the end is the first instant that has budget again.
    """

    budget: str
    object: str
    keys: frozenset[str]
    starts: str
    ends: str


@dataclass(slots=True)
class Fillings:
    """Which calls filled which budget of one journal; each minute is looked through once, when somebody asks."""

    journal: Journal
    limits: Limits
    _known: dict[BudgetWindow, tuple[SpentKind, ...]] = field(default_factory=dict)

    def window(self, budget: str, target: str, keys: Collection[str], ends: str) -> BudgetWindow:
        """The minute of a budget that ends at an instant."""
        held = self.limits.budgets.get(budget)
        # A user's own budget is told by the user, whatever key or job acts for it.
        by_user = held is None or held.is_of_client
        starts = iso(parse(ends) - timedelta(seconds=self.limits.window_seconds))
        return BudgetWindow(
            budget=budget, object=target, keys=frozenset(() if by_user else keys), starts=starts, ends=ends
        )

    def of(self, window: BudgetWindow) -> tuple[SpentKind, ...]:
        """The calls that filled it, the most frequent kinds first."""
        if window not in self._known:
            self._known[window] = _spent(self.journal.find(), window, self.limits)
        return self._known[window]

    def of_refused(self, entry: JournalEntry) -> tuple[SpentKind, ...]:
        """The calls before this one that filled the budget which refused it; none if no budget did."""
        told = _refusing(entry)
        if told is None:
            return ()
        window = self.window(told["budget"], told["object"], {entry.key}, told["resets_at"])
        return self.of(window)

    def shown(self, entry: JournalEntry) -> dict[str, Any]:
        """The entry as the control API shows it; a refusal by a budget also tells what it was `filled_by`."""
        shown = entry.shown()
        if filled := self.of_refused(entry):
            (refusal,) = (step for step in shown["trace"] if "resets_at" in step["detail"])
            refusal["detail"]["filled_by"] = [
                {name: getattr(kind, name) for name in SpentKind.__slots__} for kind in filled
            ]
        return shown

    def told(self, entry: JournalEntry) -> str:
        """What an entry's line ends in where a budget refused it: ` filled by 9 x GetCustomer by key-1 (#1 to #9)`."""
        filled = self.of_refused(entry)
        if not filled:
            return ""
        more = f" and {len(filled) - _SHOWN} more" if len(filled) > _SHOWN else ""
        return " filled by " + ", ".join(str(kind) for kind in filled[:_SHOWN]) + more


def _refusing(entry: JournalEntry) -> dict[str, Any] | None:
    """What the journal says of the budget that refused a call."""
    details = (step["detail"] for step in entry.steps())
    return next((detail for detail in details if "resets_at" in detail), None)


def _spent(entries: Iterable[JournalEntry], window: BudgetWindow, limits: Limits) -> tuple[SpentKind, ...]:
    times: Counter[tuple[str, str]] = Counter()
    first: dict[tuple[str, str], int] = {}
    last: dict[tuple[str, str], int] = {}
    for entry in entries:
        if window.starts <= entry.at < window.ends and _draws(entry, window, limits):
            kind = (entry.operation or entry.path, entry.key)
            times[kind] += 1
            first.setdefault(kind, entry.seq)
            last[kind] = entry.seq
    return tuple(
        SpentKind(operation=operation, key=key, times=n, first=first[operation, key], last=last[operation, key])
        for (operation, key), n in times.most_common()  # equally many as they came
    )


def _draws(entry: JournalEntry, window: BudgetWindow, limits: Limits) -> bool:
    """Whether the call took a unit of the budget and did not give it back: a refused one keeps only what is shared."""
    if window.keys and entry.key not in window.keys:
        return False
    is_kept = window.budget not in limits.budgets or entry.method == JOB
    took = False
    for step, outcome, names, values in entry.trace:
        if outcome != "ok":
            continue
        is_kept = is_kept or step == "rule"
        if step == "budget" and values[0] == window.budget:
            told = values[names.index("object")] if "object" in names else ""
            took = took or told == window.object
    return took and is_kept
