"""Criteria about which calls were made, in which order, and what they cost."""

from __future__ import annotations

from kustomer_sandbox.grading.criteria.words import (
    CALL,
    CALLS,
    NUMBER,
    Arguments,
    criterion,
    met,
    seqs,
    told,
    unmet,
)
from kustomer_sandbox.grading.evidence import Evidence
from kustomer_sandbox.grading.trace import TracedCall
from kustomer_sandbox.grading.verdict import Ruling

_TOO_MANY = 429
_REFUSED_FROM = 400


@criterion("trace", required=["call"], call=CALL, at_least=NUMBER, at_most=NUMBER)
def called(asked: Arguments, evidence: Evidence) -> Ruling:
    """Such a call succeeded: at least once, or between `at_least` and `at_most` times."""
    found = evidence.trace.find(asked["call"])
    least, most = asked.get("at_least", 1), asked.get("at_most")
    what = f"calls with {told(asked['call'])}: {len(found)}"
    if len(found) < least:
        near = [call for call in evidence.trace.agents() if call.is_of(asked["call"])]
        return unmet(f"{what}, wanted at least {least}", seqs(near))
    if most is not None and len(found) > most:
        return unmet(f"{what}, wanted at most {most}", seqs(found))
    return met(what, seqs(found))


@criterion("trace", required=["call"], call=CALL)
def not_called(asked: Arguments, evidence: Evidence) -> Ruling:
    """No such call was made, not even one that was refused, unless a `status` is named."""
    wanted = asked["call"]
    found = [
        call
        for call in evidence.trace.agents()
        if (call.fits(wanted) if "status" in wanted else call.is_of(wanted))
    ]  # fmt: skip
    if found:
        return unmet(f"calls with {told(wanted)}: {len(found)}", seqs(found))
    return met(f"no call with {told(wanted)}")


@criterion("trace", required=["calls"], calls=CALLS)
def in_order(asked: Arguments, evidence: Evidence) -> Ruling:
    """Such calls succeeded one after another, whatever came between: searched, then opened."""
    found: list[TracedCall] = []
    waiting = iter(evidence.trace.calls)
    for wanted in asked["calls"]:
        call = next((call for call in waiting if call.fits(wanted)), None)
        if call is None:
            after = f" after #{found[-1].seq}" if found else ""
            return unmet(f"no call with {told(wanted)}{after}", seqs(found))
        found.append(call)
    return met("called in this order", seqs(found))


@criterion("trace")
def waits_for_reset(_: Arguments, evidence: Evidence) -> Ruling:
    """After a refusal with 429 nothing is refused again for the same budget before it is free."""
    free_at: dict[tuple[str, str], tuple[str, int]] = {}
    for call in evidence.trace.agents():
        budget = _exhausted(call)
        if budget is None:
            continue
        of, resets_at = budget
        known = free_at.get(of)
        if known is not None and call.entry.at < known[0]:
            return unmet(f"refused again before {known[0]}, when {of[0]} was free", (known[1], call.seq))
        free_at[of] = resets_at, call.seq
    if free_at:
        return met("waited after each refusal", (seq for _, seq in free_at.values()))
    return met("never refused with 429")


@criterion("cost", required=["at_most"], at_most=NUMBER)
def calls(asked: Arguments, evidence: Evidence) -> Ruling:
    """The agent made no more calls of the API than this. One tool call is one or two."""
    made = list(evidence.trace.agents())
    if len(made) > asked["at_most"]:
        return unmet(f"calls: {len(made)}, wanted at most {asked['at_most']}", seqs(made[asked["at_most"] :]))
    return met(f"calls: {len(made)} of {asked['at_most']}")


@criterion("cost", required=["at_most"], at_most=NUMBER)
def tokens(asked: Arguments, evidence: Evidence) -> Ruling:
    """What the API answered has no more tokens than this, at four characters a token."""
    unknown = [call for call in evidence.trace.agents() if call.graded is None]
    if unknown:
        return unmet(f"the answers of {len(unknown)} calls are not known any more", seqs(unknown))
    total = evidence.trace.tokens()
    if total > asked["at_most"]:
        largest = sorted(evidence.trace.agents(), key=_characters)[-3:]
        return unmet(f"about {total} tokens, wanted at most {asked['at_most']}", sorted(seqs(largest)))
    return met(f"about {total} tokens of {asked['at_most']}")


@criterion("cost", required=["at_most"], at_most=NUMBER)
def refusals(asked: Arguments, evidence: Evidence) -> Ruling:
    """No more calls than this were refused."""
    found = [call for call in evidence.trace.agents() if call.entry.status >= _REFUSED_FROM]
    if len(found) > asked["at_most"]:
        return unmet(f"refused calls: {len(found)}, wanted at most {asked['at_most']}", seqs(found))
    return met(f"refused calls: {len(found)}")


def _exhausted(call: TracedCall) -> tuple[tuple[str, str], str] | None:
    """The budget (and its object) that refused a call, and when it is free."""
    if call.entry.status != _TOO_MANY:
        return None
    detail = call.entry.steps()[-1]["detail"] if call.entry.trace else {}
    budget = str(detail.get("budget", "")), str(detail.get("object", ""))
    return (budget, str(detail["resets_at"])) if "resets_at" in detail else None


def _characters(call: TracedCall) -> int:
    return call.graded.characters if call.graded else 0
