"""Which service level agreement a conversation is under, and how it stands: targets, satisfied or breached, and when.

The attribute's form is vendor-docs; how it moves is published in outline only, so the details are assumed: an open
conversation without an agreement comes under the oldest whose active version's criteria it meets. Every hour counts.
While it is not open the targets stand still; they are put off by that time when it is open again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from kustomer_sandbox.simulator.operations import changes
from kustomer_sandbox.simulator.operations.call import Context
from kustomer_sandbox.simulator.operations.registry import job
from kustomer_sandbox.simulator.resources.conversations.criteria import meets
from kustomer_sandbox.simulator.values.clock import iso, parse
from kustomer_sandbox.simulator.values.moments import milliseconds
from kustomer_sandbox.simulator.values.record import JSON, Record

EVENT = "sla"
_CALENDAR = "calendar"
_LONGEST, _OPEN_TIME = "longestUnrespondedMessage", "totalConversationOpenTime"
_USUAL_PRIORITY = 3
_TIMED = ("firstMessageIn", "firstResponse", "lastResponse", "lastMessageUnrespondedTo", "lastMessageOut")
"""The marks of messages whose times targets follow from."""
_AWAY = ("totalSnooze", "totalDone")
_STATUS = {"open": "pending", "snoozed": "paused", "done": "done"}


def held(context: Context, before: Record | None, after: Record) -> Record:
    """A conversation about to be written, with `sla` as it then stands; the very same where no agreement matters."""
    if "sla" in after["attributes"]:
        was = before["attributes"] if before else after["attributes"]
        version = _version(context, after)
        shown = after["attributes"]["sla"] if version is None else _moved(context, version, was, after["attributes"])
        return after if shown == after["attributes"]["sla"] else _showing(after, shown)
    if after["attributes"]["status"] != "open" or "importedAt" in after["attributes"]:
        return after
    version = _matching(context, after)
    if version is None:
        return after
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
    return _showing(after, _moved(context, version, after["attributes"], after["attributes"]))


def renewed(context: Context, before: Record, after: Record, steps: Sequence[Mapping[str, JSON]]) -> Record:
    """A conversation whose messages were changed or moved, with `sla` as it stands by those there are now.

    `steps` are its attributes after each of its messages. When in its life it was not open is not kept, but for how
    long: all that time is added to every target that is counted anew (assumed).
    """
    was, now = before["attributes"], after["attributes"]
    version = _version(context, after) if "sla" in now else None
    if version is None:
        return held(context, before, after)
    if all(was[name].get("sentAt") == now[name].get("sentAt") for name in _TIMED):
        return after
    away = timedelta(milliseconds=sum(now[total].get("time", 0) for total in _AWAY))
    shown = _without_messages(now["sla"])
    for step in steps:
        known = shown["metrics"]
        counted = _metrics(version, known, step, step["lastMessageAt"])
        fresh = [name for name in counted if counted[name]["breachAt"] != known.get(name, {}).get("breachAt")]
        shown["metrics"] = counted | {name: _put_off(name, counted[name], away) for name in fresh}
        shown = _breached(shown, "")
    is_open = now["status"] == "open"
    shown = _breached(shown, iso(context.now) if is_open else now["modificationHistory"]["statusAt"])
    if now["status"] == "done" and not shown["breached"]:
        shown["summary"] = {"satisfiedAt": now["lastDone"].get("createdAt", iso(context.now))}
    return _showing(after, shown)


def _without_messages(shown: Mapping[str, JSON]) -> dict[str, JSON]:
    """An agreement as it stands by what does not follow from messages."""
    kept = {name: metric for name, metric in shown["metrics"].items() if name == _OPEN_TIME}
    bare = {name: value for name, value in shown.items() if name != "breach"}
    return {**bare, "metrics": kept, "breached": False, "summary": {}}


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


def _version(context: Context, conversation: Record) -> Record | None:
    reference = conversation["relationships"].get("slaVersion")
    if not reference:
        return None
    active = (version for version in context.world.derived.agreements() if version["id"] == reference["id"])
    return next(active, None) or context.records.get("sla_version", reference["id"])


def _matching(context: Context, conversation: Record) -> Record | None:
    """The active version of the first agreement that the conversation meets, if its hours are known."""
    for version in context.world.derived.agreements():
        facts = version["attributes"]
        if facts["hours"] == _CALENDAR and meets(context, conversation, facts["criteria"]):
            return version
    return None


def _moved(context: Context, version: Record, was: Mapping[str, JSON], now: Mapping[str, JSON]) -> dict[str, JSON]:
    """How the agreement stands after a change of its conversation."""
    at, shown = iso(context.now), dict(now["sla"])
    if was["status"] == "open":  # what ran out before this change was breached before it
        shown = _breached(shown, at)
    elif now["status"] == "open":
        away = timedelta(milliseconds=milliseconds(was["modificationHistory"]["statusAt"], at))
        shown["metrics"] = {name: _put_off(name, metric, away) for name, metric in shown["metrics"].items()}
    shown["metrics"] = _metrics(version, shown["metrics"], now, at)
    shown["status"] = _STATUS[now["status"]]
    summary = {name: value for name, value in shown["summary"].items() if name != "satisfiedAt"}
    if now["status"] == "done" and not shown["breached"]:
        kept = shown["summary"].get("satisfiedAt", at) if was["status"] == "done" else at
        summary["satisfiedAt"] = kept
    return _breached({**shown, "summary": summary}, "")


def _put_off(name: str, metric: Mapping[str, JSON], away: timedelta) -> dict[str, JSON]:
    if "satisfiedAt" in metric and name != _OPEN_TIME:
        return dict(metric)
    return {**metric, "breachAt": iso(parse(metric["breachAt"]) + away)}


def _metrics(version: Record, held: Mapping[str, JSON], now: Mapping[str, JSON], at: str) -> dict[str, JSON]:
    """The targets that are known to run, each with when it runs out and when it was met."""
    metrics = dict(held)
    response = now["firstResponse"].get("sentAt")
    asked = now["lastMessageUnrespondedTo"].get("sentAt")
    first = now["firstMessageIn"].get("sentAt")
    _run(version, metrics, "firstResponse", first, response, now)
    waiting = metrics.get(_LONGEST, {})
    if asked is None and waiting and "satisfiedAt" not in waiting:
        metrics[_LONGEST] = {**waiting, "satisfiedAt": now["lastResponse"].get("sentAt", at)}
    elif asked is not None and "satisfiedAt" in waiting:
        metrics.pop(_LONGEST)
    _run(version, metrics, _LONGEST, asked, None, now)
    _run(version, metrics, _OPEN_TIME, now["createdAt"], None, now)
    if whole := metrics.get(_OPEN_TIME):
        is_done = now["status"] == "done"
        metrics[_OPEN_TIME] = {"satisfiedAt": at, **whole} if is_done else {"breachAt": whole["breachAt"]}
    return metrics


def _run(
    version: Record, metrics: dict[str, JSON], name: str, start: str | None, met: str | None, now: Mapping[str, JSON]
) -> None:
    """Begin a target that is promised for this priority and has a beginning; note when it was met."""
    promised = version["attributes"]["metrics"].get(name, {"enabled": False})
    allowed = promised["times"].get(str(now.get("priority") or _USUAL_PRIORITY)) if promised["enabled"] else None
    if name not in metrics and start is not None and allowed is not None:
        metrics[name] = {"breachAt": iso(parse(start) + timedelta(milliseconds=allowed))}
    if name in metrics and met is not None and "satisfiedAt" not in metrics[name]:
        metrics[name] = {**metrics[name], "satisfiedAt": met}


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
    late = [
        (metric["breachAt"], name)
        for name, metric in shown["metrics"].items()
        if metric["breachAt"] <= metric.get("satisfiedAt", at) and (metric.get("satisfiedAt") != metric["breachAt"])
    ]
    if not late:
        return shown
    when, name = min(late)
    return {**shown, "breached": True, "breach": {"metric": name, "at": when}, "summary": {"firstBreachAt": when}}
