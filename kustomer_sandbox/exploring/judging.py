"""What is to be said against a run: each rule looks at what came of it, beside the run in which nothing went wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import NamedTuple

from kustomer_sandbox.exploring.points import FOR_GOOD
from kustomer_sandbox.exploring.run import JobRun, Stuck
from kustomer_sandbox.testkit.asserting import retries
from kustomer_sandbox.testkit.asserting.effects import MADE, Effects
from kustomer_sandbox.testkit.shared import Asked
from kustomer_sandbox.testkit.webhooks.faults import EndlessDeliveries


class Complaint(NamedTuple):
    """What rule was broken, and how."""

    rule: str
    text: str


def complaints(run: JobRun, clean: JobRun, said: Collection[Complaint] = ()) -> list[Complaint]:
    """All that is to be said against a run, but for the rules of which it was `said` already of the clean one."""
    found = [Complaint(rule, text) for rule, judge in _RULES.items() for text in judge(run, clean)]
    if any(_RULES[complaint.rule] in _CAUSES for complaint in found):
        found = [complaint for complaint in found if _RULES[complaint.rule] not in _CONSEQUENCES]
    usual = {complaint.rule for complaint in said} - {leak.__name__}  # leaks are told apart by their words
    return [complaint for complaint in found if complaint.rule not in usual]


def effect_twice(run: JobRun, clean: JobRun) -> Iterator[str]:
    """The same creation was made twice: by the same call, or by one that left the same record."""
    usual = Counter(_creations(clean).values())
    for asked, times in Counter(_creations(run).values()).items():
        if times > max(1, usual[asked]):
            numbers = [number for number, made in _creations(run).items() if made == asked]
            at = " and ".join(map(str, numbers))
            yield f"{run.operation(numbers[0])} made its records {times} times, at calls {at}"
            return
    for effect, times in run.effects.items():
        if effect.how == MADE and times > max(1, clean.effects[effect]):
            yield f"{times} times the same {effect.record}"


def _creations(run: JobRun) -> dict[int, Asked]:
    """The calls that made new records, by their numbers."""
    calls = enumerate(run.journalled(), 1)
    return {at: call.asked for at, (call, entry) in calls if any(made.kind == "insert" for made in entry.changes)}


def half_done(run: JobRun, clean: JobRun) -> Iterator[str]:
    """The job answered as if all were well, and its world is not as if all had been well.

    Where the world has moved, it may be as it likes: what is to hold then, the user says. What does not hold says more.
    """
    is_same = run.answer == clean.answer and not run.events and run.acts is None and not run.broken
    if run.is_done and is_same and run.effects != clean.effects:
        yield f"the job calls it done; {_difference(run, clean)}"


def not_held(run: JobRun, _: JobRun) -> Iterator[str]:
    """The job returned, and what the user says is to hold does not."""
    if run.broken:
        yield run.broken


def other_end(run: JobRun, clean: JobRun) -> Iterator[str]:
    """What a receiver has made of all deliveries is not what it makes of them when nothing goes wrong."""
    if run.events and run.is_done:
        if run.effects != clean.effects:
            yield f"what came of the deliveries is otherwise; {_difference(run, clean)}"
        elif run.answer != clean.answer:
            yield "the receiver's state is otherwise"


def _difference(run: JobRun, clean: JobRun) -> str:
    parts = (("missing", clean.effects - run.effects), ("too much", run.effects - clean.effects))
    return "; ".join(f"{words}: {_listed(found)}" for words, found in parts if found)


def _listed(effects: Effects) -> str:
    counted: Counter[str] = Counter()
    for effect, times in effects.items():
        counted[str(effect)] += times
    return ", ".join(f"{times} x {name}" for name, times in sorted(counted.items()))


def window_open(run: JobRun, _: JobRun) -> Iterator[str]:
    """An unmasking window stays open. Nobody can close one if just that is refused for good."""
    if run.point.fault in FOR_GOOD and run.calls[run.point.number - 1].asked[0] == "DELETE":
        return
    yield from (f"the unmasking window of customer {customer} stays open" for customer in run.windows)


def leak(run: JobRun, clean: JobRun) -> Iterator[str]:
    """A sensitive value, or the key, in what was logged, printed or raised."""
    yield from (text for text in run.leaks if run is clean or text not in clean.leaks)


def too_early(run: JobRun, _: JobRun) -> Iterator[str]:
    """A call that was refused with a 429 was made again before its budget was back."""
    return retries.too_early(run.journalled())


def refusal_repeated(run: JobRun, _: JobRun) -> Iterator[str]:
    """A call that was refused for good was made again, and nothing had changed since."""
    return retries.refusal_repeated(run.journalled())


def too_often(run: JobRun, _: JobRun) -> Iterator[str]:
    """A call was repeated more often than allowed; the client was stopped then."""
    numbers = [number for number, call in enumerate(run.calls, 1) if call.asked == run.overdone]
    if numbers:
        yield f"{run.operation(numbers[0])} was made {len(numbers)} times, and the client was stopped"


def stuck(run: JobRun, _: JobRun) -> Iterator[str]:
    """A program, or what comes of deliveries, did not end."""
    if isinstance(run.fault, Stuck):
        yield "the program was still running when its time was over"
    if isinstance(run.fault, EndlessDeliveries):
        yield str(run.fault)


def forged_taken(run: JobRun, _: JobRun) -> Iterator[str]:
    """A receiver took what nobody who knows its webhook's token has sent."""
    yield from (f"what was forged was answered with {status}" for status in run.forged)


def never_taken(run: JobRun, _: JobRun) -> Iterator[str]:
    """A receiver refused an event until there was no patience left; its webhook is switched off by that."""
    yield from (f"{event} was refused every time, and the webhook switched off" for event in run.refused)


_CAUSES = (effect_twice, forged_taken, never_taken)
_CONSEQUENCES = (not_held, half_done, other_end)
"""What need not be said where one of the causes was found."""

_OTHERS = (window_open, leak, too_early, too_often, refusal_repeated, stuck)
_RULES: Mapping[str, Callable[[JobRun, JobRun], Iterator[str]]] = {
    rule.__name__: rule for rule in (*_CAUSES, *_CONSEQUENCES, *_OTHERS)
}
"""The rules by the names that findings have."""
