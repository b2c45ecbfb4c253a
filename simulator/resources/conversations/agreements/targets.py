"""The targets of an agreement: from when each is counted, by when it is to be met, when it was.

Which there are is vendor-docs and client-code; from when they are counted is not published, so that follows their
names: the first response to a customer, each next reply after it, the longest that a message stays without a response,
all the time that the customer waits for one, and all the time that the conversation is open.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from kustomer_sandbox.simulator.resources.settings.opening_hours import EveryHour
from kustomer_sandbox.simulator.values.clock import iso, parse
from kustomer_sandbox.simulator.values.record import JSON, Record

FIRST, NEXT = "firstResponse", "nextReply"
LONGEST, WAIT, OPEN_TIME = "longestUnrespondedMessage", "totalCustomerWaitTime", "totalConversationOpenTime"
_USUAL_PRIORITY = 3
_ON_TIME, _LATE = "onTimeCount", "lateCount"

Metric = Mapping[str, JSON]
Metrics = Mapping[str, dict[str, JSON]]


@dataclass(frozen=True, slots=True)
class Terms:
    """What a version promises a conversation, and in which hours."""

    version: Record
    hours: EveryHour

    def allowed(self, name: str, priority: int | None) -> timedelta | None:
        """The time for a target by the conversation's priority; None where nothing is promised."""
        promised = self.version["attributes"]["metrics"].get(name, {"enabled": False})
        allowed = promised["times"].get(str(priority or _USUAL_PRIORITY)) if promised["enabled"] else None
        return None if allowed is None else timedelta(milliseconds=allowed)

    def by(self, start: str, allowed: timedelta) -> str:
        """When so much counted time has passed."""
        return iso(self.hours.later(parse(start), allowed))

    def resumed(self, metric: Metric, since: str, at: str) -> dict[str, JSON]:
        """A target that stood still from `since` until `at`, with as much time left as it had; none if it had none."""
        due = metric["breachAt"]
        if due <= since:
            return dict(metric)
        return {**metric, "breachAt": self.by(at, self.hours.elapsed(parse(since), parse(due)))}


def targets(terms: Terms, held: Metrics, now: Mapping[str, JSON], at: str) -> dict[str, dict[str, JSON]]:
    """The targets that run or were met, by the conversation's attributes as they are `now`, at that instant."""
    metrics = dict(held)
    response, asked = now["firstResponse"].get("sentAt"), now["lastMessageUnrespondedTo"].get("sentAt")
    answered = now["lastResponse"].get("sentAt", at)
    _begin(terms, metrics, FIRST, now["firstMessageIn"].get("sentAt"), now)
    if response is not None:
        _meet(metrics, FIRST, response)
    if asked is None:
        for name in (LONGEST, NEXT, WAIT):
            _meet(metrics, name, answered)
    else:
        _wait_again(terms, metrics, asked)
        _begin(terms, metrics, LONGEST, asked, now)
        _begin(terms, metrics, WAIT, asked, now)
        if response is not None:
            _begin(terms, metrics, NEXT, asked, now)
    _begin(terms, metrics, OPEN_TIME, now["createdAt"], now)
    if whole := metrics.get(OPEN_TIME):
        is_done = now["status"] == "done"
        metrics[OPEN_TIME] = {"satisfiedAt": at, **whole} if is_done else {"breachAt": whole["breachAt"]}
    return metrics


def stands_still(name: str, metric: Metric) -> bool:
    """Whether a target is to be put off by the time in which its conversation is not open."""
    return "satisfiedAt" not in metric or name == OPEN_TIME


def is_late(metric: Metric, at: str) -> bool:
    """Whether a target was met too late, or has run out by `at`."""
    met = metric.get("satisfiedAt")
    return bool(metric["breachAt"] < met) if met is not None else bool(metric["breachAt"] <= at)


def _wait_again(terms: Terms, metrics: dict[str, dict[str, JSON]], asked: str) -> None:
    """The customer waits for another answer: each is counted for itself, the time of waiting together."""
    if "satisfiedAt" in metrics.get(LONGEST, {}):
        metrics.pop(LONGEST)
    waited = metrics.get(WAIT, {})
    if met := waited.get("satisfiedAt"):
        rest = {name: value for name, value in waited.items() if name != "satisfiedAt"}
        metrics[WAIT] = terms.resumed(rest, met, asked)


def _begin(
    terms: Terms, metrics: dict[str, dict[str, JSON]], name: str, start: str | None, now: Mapping[str, JSON]
) -> None:
    """Begin a target that has a beginning and is promised for this priority; `nextReply` begins for each reply."""
    known = metrics.get(name)
    if start is None or (known is not None and not (name == NEXT and "satisfiedAt" in known)):
        return
    allowed = terms.allowed(name, now.get("priority"))
    if allowed is None:
        return
    counts = {count: (known or {}).get(count, 0) for count in (_ON_TIME, _LATE)} if name == NEXT else {}
    metrics[name] = {"breachAt": terms.by(start, allowed), **counts}


def _meet(metrics: dict[str, dict[str, JSON]], name: str, at: str) -> None:
    """Note when a target that runs was met, and of replies whether in time."""
    metric = metrics.get(name)
    if metric is None or "satisfiedAt" in metric:
        return
    met = {**metric, "satisfiedAt": at}
    if name == NEXT:
        met[_LATE if is_late(met, at) else _ON_TIME] += 1
    metrics[name] = met
