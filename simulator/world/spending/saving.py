"""Which calls of a run could be saved: what was asked again in vain, and what goes together in one call."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from kustomer_sandbox.contracts.model import Contracts, Operation
from kustomer_sandbox.simulator.world.spending.run import Run, RunCall

TOGETHER = 100
"""So many records one bulk operation takes, and so many ids one path (`ObjectIds`)."""

_REFUSED_FROM = 400

SavingKind = Literal["asked again", "searched again", "one by one"]
Numbered = tuple[int, RunCall]


@dataclass(frozen=True, kw_only=True, slots=True)
class Saving:
    """Calls of one operation by one key, of which `saved` could be saved; `first` and `last` are numbers in the run.

    `instead` is the operation that does many at once; empty where the answer was known already.
    """

    kind: SavingKind
    operation: str
    key: str
    calls: int
    saved: int
    instead: str
    first: int
    last: int

    def __str__(self) -> str:
        how = f"{self.instead} takes up to {TOGETHER} at once" if self.instead else "with the same answer, to be kept"
        span = f"#{self.first} to #{self.last}"
        return f"{self.saved} of {self.calls}: {self.operation} {self.kind} by {self.key} ({span}), {how}"


def savings(run: Run, contracts: Contracts) -> tuple[Saving, ...]:
    """What could be saved, the most first. No call counts twice."""
    done = [(number, call) for number, call in enumerate(run.calls, 1) if call.status and call.status < _REFUSED_FROM]
    operations = contracts.operations
    known = [(number, call) for number, call in done if call.operation in operations]
    merged = _merged([*_again(known, contracts), *_together(known, contracts)])
    in_order = sorted(merged, key=lambda saving: saving.first)
    return tuple(sorted(in_order, key=lambda saving: saving.saved, reverse=True))


def _again(calls: Sequence[Numbered], contracts: Contracts) -> Iterator[Saving]:
    """Reads and searches that asked the same, in groups whose answer stayed the same."""
    answers: dict[int, int] = {}
    latest: dict[int, list[Numbered]] = {}
    groups: list[tuple[SavingKind, list[Numbered]]] = []
    for number, call in calls:
        operation = contracts.operations[call.operation]
        if not call.asks or not (operation.method == "GET" or operation.searches):
            continue
        if call.answer != answers.get(call.asks):
            answers[call.asks], latest[call.asks] = call.answer, []
            groups.append(("searched again" if operation.searches else "asked again", latest[call.asks]))
        latest[call.asks].append((number, call))
    for kind, group in groups:
        if group[1:]:
            yield _saving(kind, group, saved=len(group) - 1, instead="")


def _saving(kind: SavingKind, calls: list[Numbered], *, saved: int, instead: str) -> Saving:
    (first, call), (last, _) = calls[0], calls[-1]
    return Saving(
        kind=kind,
        operation=call.operation,
        key=call.key,
        calls=len(calls),
        saved=saved,
        instead=instead,
        first=first,
        last=last,
    )


def _together(calls: Sequence[Numbered], contracts: Contracts) -> Iterator[Saving]:
    """Calls that another operation, or the same with several ids, does many of at once: each record counts once."""
    made = {call.operation: contracts.operations[call.operation] for _, call in calls}
    instead = {id: _many_at_once(operation, contracts) for id, operation in made.items()}
    groups: dict[tuple[str, str], dict[object, Numbered]] = defaultdict(dict)
    for number, call in calls:
        if instead[call.operation]:
            record = number if made[call.operation].method == "POST" else call.path
            groups[call.operation, call.key].setdefault(record, (number, call))
    for (operation, _), records in groups.items():
        saved = len(records) - -(-len(records) // TOGETHER)
        if saved:
            yield _saving("one by one", list(records.values()), saved=saved, instead=instead[operation])


def _many_at_once(operation: Operation, contracts: Contracts) -> str:
    """The id of the operation that does for many what this one does for one; empty if there is none."""
    if operation.method == "GET":
        several = any(str(given.schema.get("$ref", "")).endswith("/ObjectIds") for given in operation.parameters)
        return operation.id if several else ""
    bulk = {bulk.bulk_of: bulk.id for bulk in contracts.operations.values() if bulk.bulk_of}
    alike = (id for single, id in bulk.items() if _makes_the_same(contracts.operations[single], operation))
    return bulk.get(operation.id) or next(alike, "")


def _makes_the_same(one: Operation, other: Operation) -> bool:
    """Whether both create records that draw on one budget, by different paths."""
    budgets = {spend.budget.name for spend in one.spends}
    return one.method == "POST" and any(spend.budget.name in budgets for spend in other.spends)


def _merged(found: Sequence[Saving]) -> Iterator[Saving]:
    """One line for all groups of the same operation, key and kind."""
    groups: dict[tuple[SavingKind, str, str, str], list[Saving]] = defaultdict(list)
    for saving in found:
        groups[saving.kind, saving.operation, saving.key, saving.instead].append(saving)
    for (kind, operation, key, instead), alike in groups.items():
        yield Saving(
            kind=kind,
            operation=operation,
            key=key,
            calls=sum(saving.calls for saving in alike),
            saved=sum(saving.saved for saving in alike),
            instead=instead,
            first=min(saving.first for saving in alike),
            last=max(saving.last for saving in alike),
        )
