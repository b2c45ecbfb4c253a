"""Which service level agreement a conversation is under, and how it stands: targets, satisfied or breached, and when.

The attribute's form is vendor-docs; how it moves is published in outline only, so the details are assumed: an open
conversation without an agreement comes under the oldest whose active version's criteria it meets. A version's `hours`
are `calendar`, `business` for the default business schedule, or a schedule's id; once it is gone every
hour counts. While the conversation is not open the targets stand still; they are put off by that time when it is open
again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from kustomer_sandbox.simulator.operations import changes
from kustomer_sandbox.simulator.operations.call import Context
from kustomer_sandbox.simulator.operations.registry import job
from kustomer_sandbox.simulator.resources.conversations.agreements.targets import (
    OPEN_TIME,
    WAIT,
    Terms,
    is_late,
    stands_still,
    targets,
)
from kustomer_sandbox.simulator.resources.conversations.criteria import meets
from kustomer_sandbox.simulator.resources.settings.opening_hours import CALENDAR, EveryHour, hours_of
from kustomer_sandbox.simulator.values.clock import iso
from kustomer_sandbox.simulator.values.record import JSON, Record

EVENT = "sla"
_CALENDAR, _BUSINESS = "calendar", "business"
_TIMED = ("firstMessageIn", "firstResponse", "lastResponse", "lastMessageUnrespondedTo", "lastMessageOut")
"""The marks of messages whose times targets follow from."""
_AWAY = ("totalSnooze", "totalDone")
_STATUS = {"open": "pending", "snoozed": "paused", "done": "done"}


def held(context: Context, before: Record | None, after: Record) -> Record:
    """A conversation about to be written, with `sla` as it then stands; the very same where no agreement matters."""
    if "sla" in after["attributes"]:
        was = before["attributes"] if before else after["attributes"]
        terms = _terms(context, after)
        shown = after["attributes"]["sla"] if terms is None else _moved(context, terms, was, after["attributes"])
        return after if shown == after["attributes"]["sla"] else _showing(after, shown)
    if after["attributes"]["status"] != "open" or "importedAt" in after["attributes"]:
        return after
    terms = _matching(context, after)
    if terms is None:
        return after
    version = terms.version
    shown = {
        "name": version["attributes"]["name"],
        "version": version["attributes"]["version"],
        "matchedAt": iso(context.now),
        "status": "pending",
        "breached": False,
        "metrics": {},
        "summary": {},
    }
    under = {"sla": version["relationships"]["sla"], "slaVersion": {"type": "sla_version", "id": version["id"]}}
    after = {**after, "relationships": {**after["relationships"], **under}}
    after = _showing(after, shown)
    return _showing(after, _moved(context, terms, after["attributes"], after["attributes"]))


def renewed(context: Context, before: Record, after: Record, steps: Sequence[Mapping[str, JSON]]) -> Record:
    """A conversation whose messages were changed or moved, with `sla` as it stands by those there are now.

    `steps` are its attributes after each of its messages. When in its life it was not open is not kept, but for how
    long: all that time is added to every target that is counted anew (assumed).
    """
    was, now = before["attributes"], after["attributes"]
    terms = _terms(context, after) if "sla" in now else None
    if terms is None:
        return held(context, before, after)
    if all(was[name].get("sentAt") == now[name].get("sentAt") for name in _TIMED):
        return after
    away = timedelta(milliseconds=sum(now[total].get("time", 0) for total in _AWAY))
    shown = _without_messages(now["sla"])
    for step in steps:
        known = shown["metrics"]
        shown["metrics"] = targets(terms, known, step, step["lastMessageAt"])
        for name, metric in shown["metrics"].items():
            if _is_new(name, metric, known) and stands_still(name, metric):
                shown["metrics"][name] = {**metric, "breachAt": terms.by(metric["breachAt"], away)}
        shown = _breached(shown, "")
    is_open = now["status"] == "open"
    shown = _breached(shown, iso(context.now) if is_open else now["modificationHistory"]["statusAt"])
    if now["status"] == "done" and not shown["breached"]:
        shown["summary"] = {"satisfiedAt": now["lastDone"].get("createdAt", iso(context.now))}
    return _showing(after, shown)


def _without_messages(shown: Mapping[str, JSON]) -> dict[str, JSON]:
    """An agreement as it stands by what does not follow from messages."""
    kept = {name: metric for name, metric in shown["metrics"].items() if name == OPEN_TIME}
    bare = {name: value for name, value in shown.items() if name != "breach"}
    return {**bare, "metrics": kept, "breached": False, "summary": {}}


def _is_new(name: str, metric: Mapping[str, JSON], known: Mapping[str, JSON]) -> bool:
    """Whether a target begins anew; the time of waiting, which goes on, does so only once."""
    return name not in known or (name != WAIT and metric["breachAt"] != known[name]["breachAt"])


def plan(context: Context, before: Record | None, after: Record) -> None:
    """Have the next target of a pending conversation run out at its time; forget the plan for any other."""
    due = _due(after)
    if due == (_due(before) if before else None):
        return
    if due is None:
        context.world.unschedule(EVENT, after["id"])
    else:
        context.world.schedule(EVENT, after["id"], due)


def _due(conversation: Record) -> str | None:
    """When the next target of a conversation runs out, if it is pending and there is one."""
    shown = conversation["attributes"].get("sla")
    if shown is None or shown["status"] != "pending" or conversation.get("deleted"):
        return None
    return next(iter(_next(shown) or ()), None)


@job(EVENT)
def run_out(context: Context, id: str) -> Record | None:
    """A target has run out: the agreement is breached."""
    conversation = context.records.get("conversation", id)
    if conversation is None or "sla" not in conversation["attributes"]:
        return None
    shown = conversation["attributes"]["sla"]
    if shown["status"] != "pending" or (after := _breached(shown, iso(context.now))) is shown:
        return None
    return changes.update_by_system(context, conversation, {"sla": after})


def _showing(conversation: Record, shown: JSON) -> Record:
    return {**conversation, "attributes": {**conversation["attributes"], "sla": shown}}


def _terms(context: Context, conversation: Record) -> Terms | None:
    """What the conversation's agreement promises; None if there is none, or none any more."""
    reference = conversation["relationships"].get("slaVersion")
    if not reference:
        return None
    active = (version for version in context.world.derived.agreements() if version["id"] == reference["id"])
    version = next(active, None) or context.records.get("sla_version", reference["id"])
    return Terms(version, _hours(context, version) or CALENDAR) if version else None


def _matching(context: Context, conversation: Record) -> Terms | None:
    """The active version of the first agreement that the conversation meets, if its hours are known."""
    for version in context.world.derived.agreements():
        if meets(context, conversation, version["attributes"]["criteria"]) and (hours := _hours(context, version)):
            return Terms(version, hours)
    return None


def _hours(context: Context, version: Record) -> EveryHour | None:
    """The hours that count for a version; None if they are those of no schedule that there is."""
    named = version["attributes"]["hours"]
    if named == _CALENDAR:
        return CALENDAR
    find = context.records
    schedule = find.get_by("schedule", "default", at=True) if named == _BUSINESS else find.get("schedule", named)
    return hours_of(schedule) if schedule else None


def _moved(context: Context, terms: Terms, was: Mapping[str, JSON], now: Mapping[str, JSON]) -> dict[str, JSON]:
    """How the agreement stands after a change of its conversation."""
    at, shown = iso(context.now), dict(now["sla"])
    if was["status"] == "open":  # what ran out before this change was breached before it
        shown = _breached(shown, at)
    elif now["status"] == "open":
        since = was["modificationHistory"]["statusAt"]
        shown["metrics"] = {
            name: terms.resumed(metric, since, at) if stands_still(name, metric) else metric
            for name, metric in shown["metrics"].items()
        }
    shown["metrics"] = targets(terms, shown["metrics"], now, at)
    shown["status"] = _STATUS[now["status"]]
    summary = {name: value for name, value in shown["summary"].items() if name != "satisfiedAt"}
    if now["status"] == "done" and not shown["breached"]:
        kept = shown["summary"].get("satisfiedAt", at) if was["status"] == "done" else at
        summary["satisfiedAt"] = kept
    return _breached({**shown, "summary": summary}, "")


def _next(shown: Mapping[str, JSON]) -> tuple[str, str] | None:
    """When the next target that is not met runs out, and which; None after a breach, which is the only one told."""
    if shown["breached"]:
        return None
    open_ones = [(metric["breachAt"], name) for name, metric in shown["metrics"].items() if "satisfiedAt" not in metric]
    return min(open_ones, default=None)


def _breached(shown: dict[str, JSON], at: str) -> dict[str, JSON]:
    """The agreement with the breach of a target that ran out by `at` or was met too late; the same if none is."""
    if shown["breached"]:
        return shown
    late = [(metric["breachAt"], name) for name, metric in shown["metrics"].items() if is_late(metric, at)]
    if not late:
        return shown
    when, name = min(late)
    return {**shown, "breached": True, "breach": {"metric": name, "at": when}, "summary": {"firstBreachAt": when}}
