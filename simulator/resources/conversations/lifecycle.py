"""The status of a conversation: what a change of it leaves behind, and snoozes that elapse."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from kustomer_sandbox.simulator.operations import changes
from kustomer_sandbox.simulator.operations.call import Context
from kustomer_sandbox.simulator.operations.registry import job
from kustomer_sandbox.simulator.resources.conversations import work_items
from kustomer_sandbox.simulator.resources.conversations.agreements import standing
from kustomer_sandbox.simulator.resources.customers.summaries import follow
from kustomer_sandbox.simulator.resources.organisation.membership import teams_of
from kustomer_sandbox.simulator.values.clock import iso
from kustomer_sandbox.simulator.values.moments import milliseconds
from kustomer_sandbox.simulator.values.record import JSON, Record

_TOTALS = {"open": "totalOpen", "snoozed": "totalSnooze", "done": "totalDone"}
FIRST_CHANGED = frozenset({"name", "priority", "assignedTeams", "assignedUsers", "tags", "custom"})
"""The attributes whose times of change a new conversation shows if it was given them."""
_NEVER: dict[str, JSON] = dict.fromkeys((
    "nameAt", "priorityAt", "channelAt", "assignedTeamsAt", "assignedUsersAt", "brandAt", "defaultLangAt", "statusAt",
    "tagsAt", "customAt",
))  # fmt: skip
_UNANSWERED: dict[str, JSON] = {"createdByTeams": [], "assignedTeams": [], "assignedUsers": []}
_WHEN_DONE = (
    "assignedTeams", "assignedUsers", "noteCount", "messageCount", "messageCountByChannel", "outboundMessageCount",
    "outboundMessageCountByChannel", "lastMessageDirection",
)  # fmt: skip


def started(context: Context, attributes: Mapping[str, JSON], given: Collection[str]) -> dict[str, JSON]:
    """What a new conversation with these attributes shows of its beginning; `given` are those the caller named.

    What was given counts as changed then, a language excepted, and so do status and channels (recorded).
    """
    now, at = iso(context.now), attributes["createdAt"]
    history = {**_NEVER, "channelAt": at, "statusAt": at}
    for name in given:
        if name in FIRST_CHANGED:
            history[f"{name}At"] = at
    first: dict[str, JSON] = {"lastActivityAt": now, "modificationHistory": history}
    return {**first, "open": {"statusAt": now}} if attributes["status"] == "open" else first


def moved(context: Context, attributes: Mapping[str, JSON], status: str) -> dict[str, JSON]:
    """The attributes after a change of status: stamps, counts, time spent; unchanged if that is the status."""
    before = attributes["status"]
    if before == status:
        return dict(attributes)
    now = iso(context.now)
    history = attributes["modificationHistory"]
    after = {**attributes, "status": status, "modificationHistory": {**history, "statusAt": now}}
    spent = milliseconds(history["statusAt"], now)
    total = attributes.get(_TOTALS[before], {}).get("time", 0) + spent
    after[_TOTALS[before]] = {"time": total, "businessTime": total}
    if before == "snoozed" and after.get("snooze", {}).get("status") == "scheduled":
        after["snooze"] = {**after["snooze"], "status": "canceled", "statusAt": now}
    return after | _entered(context, after, before)


def _entered(context: Context, after: Mapping[str, JSON], before: str) -> dict[str, JSON]:
    """What follows from being in the new status."""
    if after["status"] == "snoozed":
        return _counted(after, "snoozeCount")
    if after["status"] == "done":
        mark, first = _done(context, after), after["firstDone"]
        return {
            "lastDone": mark,
            "firstDone": first if "createdAt" in first else mark,
            "firstResponseSinceLastDone": _UNANSWERED,
            "lastMessageUnrespondedToSinceLastDone": {},
            **_counted(after, "doneCount"),
        }
    again = ("reopenCount", "reopenFromDoneCount") if before == "done" else ("reopenCount",)
    return {"open": {"statusAt": iso(context.now)}, **_counted(after, *again)}


def _counted(attributes: Mapping[str, JSON], *names: str) -> dict[str, JSON]:
    return {name: attributes.get(name, 0) + 1 for name in names}


def _done(context: Context, attributes: Mapping[str, JSON]) -> dict[str, JSON]:
    now = iso(context.now)
    spent = milliseconds(attributes["createdAt"], now)
    mark = {
        "time": spent,
        "businessTime": spent,
        "createdAt": now,
        "createdBy": context.principal.user_id,
        "createdByTeams": teams_of(context, context.principal.user_id),
        **{name: attributes[name] for name in _WHEN_DONE if name in attributes},
    }
    last = attributes.get("lastMessageIn" if mark.get("lastMessageDirection") == "in" else "lastMessageOut")
    return {**mark, "lastMessageDirectionType": last["directionType"]} if last and "directionType" in last else mark


def plan_wake(context: Context, conversation: Record) -> None:
    """Have a snoozed conversation open at its time; forget the plan for any other."""
    attributes = conversation["attributes"]
    time = attributes.get("snooze", {}).get("time")
    if attributes["status"] == "snoozed" and time and not conversation.get("deleted"):
        context.world.schedule("snooze", conversation["id"], time)
    else:
        context.world.unschedule("snooze", conversation["id"])


@job("snooze")
def wake(context: Context, id: str) -> Record | None:
    """The snooze has elapsed: the conversation is open again."""
    conversation = context.records.get("conversation", id)
    if conversation is None or conversation["attributes"]["status"] != "snoozed":
        return None
    attributes = conversation["attributes"]
    snooze = {**attributes.get("snooze", {}), "status": "elapsed", "statusAt": iso(context.now)}
    opened = {**conversation, "attributes": moved(context, {**attributes, "snooze": snooze}, "open")}
    held = work_items.directed(context, standing.held(context, conversation, opened))
    stored = changes.update_by_system(context, held)
    standing.plan(context, conversation, stored)
    work_items.enter(context, opened, stored)
    follow(context, stored, before="snoozed")
    return stored
