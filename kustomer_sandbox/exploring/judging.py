"""What is to be said against a run: each rule looks at what came of it, beside the run in which nothing went wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from kustomer_sandbox.exploring.effects import MADE, Effects
from kustomer_sandbox.exploring.points import FOR_GOOD
from kustomer_sandbox.exploring.run import Asked, Call, Run
from kustomer_sandbox.simulator.world.journal import JournalEntry

FINAL = frozenset({400, 401, 403, 405, 413, 415, 422})
"""Refusals that the same call meets again, until something else has changed."""

_ROUNDING = 1
"""Seconds: the instant at which budget is back is told in whole ones."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What came of a run. `is_done`: the job returned as if all were well; `answer` is what it returned, in short.

    `windows` are the customers whose unmasking windows it left open, `leaks` where sensitive values were found.
    """

    run: Run
    entries: Mapping[int, JournalEntry]
    effects: Effects
    is_done: bool
    is_stuck: bool
    answer: str
    windows: tuple[str, ...]
    leaks: tuple[str, ...]

    def operation(self, call: Call) -> str:
        """What a call asked for: `CreateCustomer`, or its method where the API has no such operation."""
        return self.entries[call.seq].operation or call.asked[0]

    def steps(self, step: str) -> list[tuple[str, bool]]:
        """What the numbers of points count, deliveries or calls: what each is of, and whether a tool made it."""
        if step == "delivery":
            return [(event, False) for event in self.run.deliveries]
        return [(self.operation(call), call.is_by_tool) for call in self.run.calls]

    def number(self, call: Call) -> int:
        """Which of the run's calls it is, from 1."""
        return self.run.calls.index(call) + 1

    def made_by(self) -> Counter[Asked]:
        """How often each call made new records."""
        return Counter(call.asked for call in self.run.calls if self.inserts(call))

    def inserts(self, call: Call) -> bool:
        """Whether a call made records."""
        return any(change.kind == "insert" for change in self.entries[call.seq].changes)


class Complaint(NamedTuple):
    """What rule was broken, and how."""

    rule: str
    text: str


def complaints(outcome: Outcome, clean: Outcome, said: Collection[Complaint] = ()) -> list[Complaint]:
    """All that is to be said against a run, but for the rules of which it was `said` already of the clean one."""
    found = [Complaint(rule, text) for rule, judge in RULES.items() for text in judge(outcome, clean)]
    if any(complaint.rule in CAUSES for complaint in found):
        found = [complaint for complaint in found if complaint.rule not in CONSEQUENCES]
    usual = {complaint.rule for complaint in said} - {leak.__name__}  # leaks are told apart by their words
    return [complaint for complaint in found if complaint.rule not in usual]


def effect_twice(outcome: Outcome, clean: Outcome) -> Iterator[str]:
    """The same creation was made twice: by the same call, or by one that left the same record."""
    usual = clean.made_by()
    for asked, times in outcome.made_by().items():
        if times > max(1, usual[asked]):
            calls = [call for call in outcome.run.calls if call.asked == asked and outcome.inserts(call)]
            numbers = " and ".join(str(outcome.number(call)) for call in calls)
            yield f"{outcome.operation(calls[0])} made its records {times} times, at calls {numbers}"
            return
    for effect, times in outcome.effects.items():
        if effect.how == MADE and times > max(1, clean.effects[effect]):
            yield f"{times} times the same {effect.record}"


def half_done(outcome: Outcome, clean: Outcome) -> Iterator[str]:
    """The job answered as if all were well, and its world is not as if all had been well."""
    is_same = outcome.answer == clean.answer and not outcome.run.deliveries
    if outcome.is_done and is_same and outcome.effects != clean.effects:
        yield f"the job calls it done; {_difference(outcome, clean)}"


def other_end(outcome: Outcome, clean: Outcome) -> Iterator[str]:
    """What a receiver has made of all deliveries is not what it makes of them when nothing goes wrong."""
    if outcome.run.deliveries and outcome.is_done:
        if outcome.effects != clean.effects:
            yield f"what came of the deliveries is otherwise; {_difference(outcome, clean)}"
        elif outcome.answer != clean.answer:
            yield "the receiver's state is otherwise"


def _difference(outcome: Outcome, clean: Outcome) -> str:
    parts = (("missing", clean.effects - outcome.effects), ("too much", outcome.effects - clean.effects))
    return "; ".join(f"{words}: {_told(found)}" for words, found in parts if found)


def _told(effects: Effects) -> str:
    counted: Counter[str] = Counter()
    for effect, times in effects.items():
        counted[str(effect)] += times
    return ", ".join(f"{times} x {name}" for name, times in sorted(counted.items()))


def window_open(outcome: Outcome, _: Outcome) -> Iterator[str]:
    """An unmasking window stays open. Nobody can close one if just that is refused for good."""
    point = outcome.run.point
    if point.fault in FOR_GOOD and outcome.run.calls[point.number - 1].asked[0] == "DELETE":
        return
    yield from (f"the unmasking window of customer {customer} stays open" for customer in outcome.windows)


def leak(outcome: Outcome, clean: Outcome) -> Iterator[str]:
    """A sensitive value, or the key, in what was logged, printed or raised."""
    known = () if outcome is clean else clean.leaks
    yield from (text for text in outcome.leaks if text not in known)


def too_early(outcome: Outcome, _: Outcome) -> Iterator[str]:
    """A call that was refused with a 429 was made again before its budget was back."""
    waits: dict[Asked, float] = {}
    for number, call in enumerate(outcome.run.calls, 1):
        early = waits.get(call.asked, 0) - call.at
        if early > _ROUNDING:
            yield f"{outcome.operation(call)} was made again at call {number}, {early:.0f} s before its budget was back"
        waits[call.asked] = call.back_at


def too_often(outcome: Outcome, _: Outcome) -> Iterator[str]:
    """A call was repeated more often than allowed; the client was stopped then."""
    overdone = outcome.run.overdone
    calls = [call for call in outcome.run.calls if call.asked == overdone]
    if calls:
        yield f"{outcome.operation(calls[0])} was made {len(calls)} times, and the client was stopped"


def stuck(outcome: Outcome, _: Outcome) -> Iterator[str]:
    """A program did not end."""
    if outcome.is_stuck:
        yield "the program was still running when its time was over"


def forged_taken(outcome: Outcome, _: Outcome) -> Iterator[str]:
    """A receiver took what nobody who knows its webhook's token has sent."""
    yield from (f"what was forged was answered with {status}" for status in outcome.run.forged)


def never_taken(outcome: Outcome, _: Outcome) -> Iterator[str]:
    """A receiver refused an event until there was no patience left; its webhook is switched off by that."""
    yield from (f"{event} was refused every time, and the webhook switched off" for event in outcome.run.refused)


def refusal_repeated(outcome: Outcome, _: Outcome) -> Iterator[str]:
    """A call that was refused for good was made again, and nothing had changed since."""
    refused: dict[Asked, int] = {}
    for number, call in enumerate(outcome.run.calls, 1):
        if call.asked in refused:
            yield f"{outcome.operation(call)} was refused with {refused[call.asked]} and made again at call {number}"
        if outcome.entries[call.seq].changes:
            refused.clear()
        refused.pop(call.asked, None)
        if call.status in FINAL:
            refused[call.asked] = call.status


RULES: Mapping[str, Callable[[Outcome, Outcome], Iterator[str]]] = {
    rule.__name__: rule
    for rule in (
        effect_twice,
        half_done,
        forged_taken,
        never_taken,
        other_end,
        window_open,
        leak,
        too_early,
        too_often,
        refusal_repeated,
        stuck,
    )
}
"""The rules by the names that findings have."""

CAUSES = {rule.__name__ for rule in (effect_twice, forged_taken, never_taken)}
CONSEQUENCES = {rule.__name__ for rule in (half_done, other_end)}
"""What need not be said where one of the causes was found."""
