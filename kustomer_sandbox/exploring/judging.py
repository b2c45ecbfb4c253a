"""What is to be said against a run: each rule looks at what came of it, beside the run in which nothing went wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import NamedTuple

from kustomer_sandbox.exploring.effects import MADE, Effects
from kustomer_sandbox.exploring.points import FOR_GOOD
from kustomer_sandbox.exploring.run import Asked, JobRun, Stuck

_FINAL = frozenset({400, 401, 403, 405, 413, 415, 422})
"""Refusals that the same call meets again, until something else has changed."""

_ROUNDING = 1
"""Seconds: the instant at which budget is back is told in whole ones."""


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
    usual = _made_by(clean)
    for asked, times in _made_by(run).items():
        if times > max(1, usual[asked]):
            made = [(at, call) for at, call in enumerate(run.calls, 1) if call.asked == asked and run.inserts(call)]
            numbers = " and ".join(str(at) for at, _ in made)
            yield f"{run.operation(made[0][1])} made its records {times} times, at calls {numbers}"
            return
    for effect, times in run.effects.items():
        if effect.how == MADE and times > max(1, clean.effects[effect]):
            yield f"{times} times the same {effect.record}"


def _made_by(run: JobRun) -> Counter[Asked]:
    """How often each call made new records."""
    return Counter(call.asked for call in run.calls if run.inserts(call))


def half_done(run: JobRun, clean: JobRun) -> Iterator[str]:
    """The job answered as if all were well, and its world is not as if all had been well."""
    is_same = run.answer == clean.answer and not run.deliveries
    if run.is_done and is_same and run.effects != clean.effects:
        yield f"the job calls it done; {_difference(run, clean)}"


def other_end(run: JobRun, clean: JobRun) -> Iterator[str]:
    """What a receiver has made of all deliveries is not what it makes of them when nothing goes wrong."""
    if run.deliveries and run.is_done:
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
    waits: dict[Asked, float] = {}
    for number, call in enumerate(run.calls, 1):
        early = waits.get(call.asked, 0) - call.at
        if early > _ROUNDING:
            yield f"{run.operation(call)} was made again at call {number}, {early:.0f} s before its budget was back"
        waits[call.asked] = call.back_at


def too_often(run: JobRun, _: JobRun) -> Iterator[str]:
    """A call was repeated more often than allowed; the client was stopped then."""
    calls = [call for call in run.calls if call.asked == run.overdone]
    if calls:
        yield f"{run.operation(calls[0])} was made {len(calls)} times, and the client was stopped"


def stuck(run: JobRun, _: JobRun) -> Iterator[str]:
    """A program did not end."""
    if isinstance(run.fault, Stuck):
        yield "the program was still running when its time was over"


def forged_taken(run: JobRun, _: JobRun) -> Iterator[str]:
    """A receiver took what nobody who knows its webhook's token has sent."""
    yield from (f"what was forged was answered with {status}" for status in run.forged)


def never_taken(run: JobRun, _: JobRun) -> Iterator[str]:
    """A receiver refused an event until there was no patience left; its webhook is switched off by that."""
    yield from (f"{event} was refused every time, and the webhook switched off" for event in run.refused)


def refusal_repeated(run: JobRun, _: JobRun) -> Iterator[str]:
    """A call that was refused for good was made again, and nothing had changed since."""
    refused: dict[Asked, int] = {}
    for number, call in enumerate(run.calls, 1):
        if call.asked in refused:
            yield f"{run.operation(call)} was refused with {refused[call.asked]} and made again at call {number}"
        if run.entries[call.seq].changes:
            refused.clear()
        refused.pop(call.asked, None)
        if call.status in _FINAL:
            refused[call.asked] = call.status


_CAUSES = (effect_twice, forged_taken, never_taken)
_CONSEQUENCES = (half_done, other_end)
"""What need not be said where one of the causes was found."""

_OTHERS = (window_open, leak, too_early, too_often, refusal_repeated, stuck)
_RULES: Mapping[str, Callable[[JobRun, JobRun], Iterator[str]]] = {
    rule.__name__: rule for rule in (*_CAUSES, *_CONSEQUENCES, *_OTHERS)
}
"""The rules by the names that findings have."""
