"""Work items: conversations on their way through queues to somebody. At most one of a conversation is open.

An open item is accepted while somebody is assigned to its conversation and queued while nobody is; it is completed when
the conversation is done or deleted. Nothing offers items to users, so none is ever routed.

An open conversation with neither queue nor user goes to the queue of the first enabled rule it meets
(vendor-docs), when it is made and whenever it changes (assumed).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kustomer_sandbox.simulator.operations import changes
from kustomer_sandbox.simulator.operations.call import Call, Context
from kustomer_sandbox.simulator.operations.registry import rule
from kustomer_sandbox.simulator.operations.writing import new_record, reference
from kustomer_sandbox.simulator.resources.conversations.criteria import meets
from kustomer_sandbox.simulator.values.clock import iso
from kustomer_sandbox.simulator.values.moments import milliseconds
from kustomer_sandbox.simulator.values.outcome import Outcome, RawDocument, Single
from kustomer_sandbox.simulator.values.record import Record

_KIND = "work_item"
_COPIED = ("priority", "itemSize")
_WATCHED = ("status", "assignedUsers")


@rule("work_items.create")
def create(call: Call) -> Outcome:
    """The conversation's open item, as it is, or a new one in the queue that is named."""
    resource = call.body["resource"]
    reference(call, "conversation", resource["id"], field="resource/id")
    queue = reference(call, "queue", call.body["queue"], field="queue") if "queue" in call.body else None
    return Single(record=_open(call, resource["id"]) or new_item(call, resource["id"], queue))


@rule("work_items.queue_metrics")
def queue_metrics(call: Call) -> Outcome:
    """For each queue, in the order asked, how long the item that was accepted last had been in it, in milliseconds."""
    ids = dict.fromkeys(call.path["ids"].split(","))
    for id in ids:
        call.records.get_or_404("queue", id, parameter="ids")
    data = [{"type": "queue_metric", "id": id, "attributes": {"waitTime": _last_wait(call, id)}} for id in ids]
    return RawDocument(document={"data": data})


def _last_wait(call: Call, queue: str) -> int | None:
    items = [item["attributes"] for item in call.records.find(_KIND, "queue", queue)]
    taken = [item for item in items if "acceptedAt" in item]
    if not taken:
        return None
    last = max(taken, key=lambda item: item["acceptedAt"])
    return milliseconds(last["enteredAt"], last["acceptedAt"])


def new_item(context: Context, id: str, queue: Mapping[str, str] | None = None) -> Record:
    """Store the first item of the conversation with this id, in its queue unless another is given."""
    conversation = context.records.get_or_404("conversation", id)
    queue = queue or conversation["relationships"].get("queue") or _of_the_system(context)
    attributes = {**_entered(context, queue, 0), **_standing(context, _status(conversation))}
    related = {"resource": {"type": "conversation", "id": id}, "queue": dict(queue)}
    return changes.create(context, new_record(context, _KIND, attributes, relationships=related))


def directed(context: Context, conversation: Record) -> Record:
    """A conversation about to be written, in the queue that the rules give it; the very same where they give none."""
    rules = context.world.derived.queue_rules()
    facts = conversation["attributes"]
    if not rules or facts["status"] != "open" or facts["assignedUsers"] or facts.get("externalQueue"):
        return conversation
    if conversation["relationships"].get("queue") or "importedAt" in facts:
        return conversation
    for one in rules:
        if meets(context, conversation, one["attributes"]["criteria"]):
            queue = {"queue": one["relationships"]["queue"]}
            return {**conversation, "relationships": {**conversation["relationships"], **queue}}
    return conversation


def enter(context: Context, undirected: Record, stored: Record) -> None:
    """Queue a conversation that the rules have just given a queue, unless it has an open item."""
    queue = stored["relationships"].get("queue")
    if queue != undirected["relationships"].get("queue") and _open(context, stored["id"]) is None:
        new_item(context, stored["id"], queue)


def follow(context: Context, before: Record, after: Record) -> None:
    """Let the open item, if there is one, follow a change of its conversation."""
    was, now = before["attributes"], after["attributes"]
    queue = after["relationships"].get("queue")
    moved = queue is not None and queue != before["relationships"].get("queue")
    gone = bool(after.get("deleted"))
    if not (moved or gone or any(was[name] != now[name] for name in _WATCHED)):
        return
    item = _open(context, after["id"])
    if item is None:
        return
    if gone or (now["status"] == "done" and was["status"] != "done"):
        changes.update_by_system(context, item, {"status": "completed", "handle": {"completedAt": iso(context.now)}})
        return
    status, count = _status(after), item["attributes"]["queuedCount"]
    released = status == "queued" and item["attributes"]["status"] == "accepted"
    target = queue if moved else item["relationships"]["queue"]
    news = _entered(context, target, count) if moved or released else {}
    if moved or status != item["attributes"]["status"]:
        item = {**item, "relationships": {**item["relationships"], "queue": target}}
        changes.update_by_system(context, item, {**news, **_standing(context, status)})


def _open(context: Context, conversation: str) -> Record | None:
    items = context.records.find(_KIND, "conversation", conversation, order="desc", limit=1)
    return next((item for item in items if item["attributes"]["status"] != "completed"), None)


def _status(conversation: Record) -> str:
    return "accepted" if conversation["attributes"]["assignedUsers"] else "queued"


def _standing(context: Context, status: str) -> dict[str, str]:
    """The status, and since when it is that of an item that somebody has."""
    return {"status": status, "acceptedAt": iso(context.now)} if status == "accepted" else {"status": status}


def _entered(context: Context, queue: Mapping[str, str], count: int) -> dict[str, Any]:
    """What a queue gives an item that comes into it, after so many times."""
    facts = context.records.get_or_404("queue", queue["id"])["attributes"]
    return {"queuedCount": count + 1, "enteredAt": iso(context.now), **{name: facts[name] for name in _COPIED}}


def _of_the_system(context: Context) -> dict[str, str]:
    """The queue that every organisation has."""
    system = next(queue for queue in context.records.find("queue") if queue["attributes"]["system"])
    return {"type": "queue", "id": system["id"]}
