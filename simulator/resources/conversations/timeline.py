"""What a message does to its conversation: counts, channels, first and last of each direction, responses, reopening.

The attributes are vendor-docs and client-code; how they follow from messages is published in outline only, so the
details here are assumed: a response is an outbound, not automatic, message after an unanswered inbound one.
"""

from __future__ import annotations

from collections.abc import Mapping

from kustomer_sandbox.simulator.operations import changes
from kustomer_sandbox.simulator.operations.call import Context
from kustomer_sandbox.simulator.resources.conversations import surveys, work_items
from kustomer_sandbox.simulator.resources.conversations.agreements import standing
from kustomer_sandbox.simulator.resources.conversations.lifecycle import moved, plan_wake
from kustomer_sandbox.simulator.resources.customers import summaries
from kustomer_sandbox.simulator.resources.customers.summaries import in_order, sent_at
from kustomer_sandbox.simulator.values.clock import iso
from kustomer_sandbox.simulator.values.moments import milliseconds
from kustomer_sandbox.simulator.values.record import JSON, Record

_SHOWN = frozenset({
    "messageCount", "outboundMessageCount", "inboundMessageCount", "messageCountByChannel",
    "outboundMessageCountByChannel", "channels", "billingStatus", "firstMessageIn", "firstMessageOut", "lastMessageIn",
    "lastMessageOut", "lastMessageAt", "lastMessageDirection", "lastMessageUnrespondedTo",
    "lastMessageUnrespondedToSinceLastDone", "lastReceivedAt", "firstResponse", "firstResponseSinceLastDone",
    "lastResponse", "preview",
})  # fmt: skip
"""What follows from the messages alone."""


def placed(conversation: Record, direction: str, sent: str) -> dict[str, JSON]:
    """What a message is in its conversation: its directionType, and if outbound how long the customer waited."""
    attributes = conversation["attributes"]
    last = attributes.get("lastMessageDirection")
    kind = "initial" if last is None else "response" if last != direction else "followup"
    facts: dict[str, JSON] = {"directionType": f"{kind}-{direction}"}
    facts |= {name: attributes[name] for name in ("assignedUsers", "assignedTeams")}
    asked = attributes["lastMessageUnrespondedTo"]
    if direction == "out" and asked:
        waited = milliseconds(asked["sentAt"], sent)
        facts |= {"responseTime": waited, "responseBusinessTime": waited}
    return facts


def post(context: Context, conversation: Record, message: Record) -> Record:
    """Bring the conversation, and its customer, up to date with a message just stored.

    An inbound message opens a conversation that is snoozed or done; an imported one, being history, does not.
    """
    facts, before, now = message["attributes"], conversation["attributes"], iso(context.now)
    news = heard(before, message, is_since_done=sent_at(message) >= _done_at(before)) | {"lastActivityAt": now}
    if news["channels"] != before["channels"]:
        news["modificationHistory"] = {**before["modificationHistory"], "channelAt": now}
    opens = before["status"] != "open" and facts["direction"] == "in" and "importedAt" not in facts
    if opens:
        news = moved(context, {**before, **news}, "open") | surveys.canceled(context, before)
    stored = _stored(context, conversation, news)
    if opens:
        plan_wake(context, stored)
    summaries.follow(context, stored, before=before["status"], message=message)
    return stored


def _stored(context: Context, conversation: Record, news: dict[str, JSON]) -> Record:
    """Store what is new of a conversation, and what that does to its agreement and its queue."""
    after = {**conversation, "attributes": {**conversation["attributes"], **news}}
    held = work_items.directed(context, standing.held(context, conversation, after))
    if held is after:
        return changes.update_by_system(context, conversation, news)
    stored = changes.update_by_system(context, held)
    standing.plan(context, conversation, stored)
    work_items.enter(context, after, stored)
    return stored


def renew(context: Context, id: str) -> None:
    """Work out what a conversation shows of its messages anew, after one was changed, moved or redacted."""
    conversation = context.records.get("conversation", id)
    if conversation is None:
        return
    kept = {name: value for name, value in conversation["attributes"].items() if name not in _SHOWN}
    first = {name: value for name, value in context.records.defaults("conversation").items() if name in _SHOWN}
    attributes = {**kept, **first}
    messages = context.records.find("message", "conversation", id)
    later = _since_done(attributes, messages)
    steps = []
    for message in in_order(messages):
        attributes = attributes | heard(attributes, message, is_since_done=message["id"] in later)
        steps.append(attributes)
    renewed = standing.renewed(context, conversation, {**conversation, "attributes": attributes}, steps)
    standing.plan(context, conversation, changes.update_by_system(context, renewed))


def _done_at(attributes: Mapping[str, JSON]) -> str:
    """When a conversation was last done; before everything if it never was."""
    at: str = attributes["lastDone"].get("createdAt", "")
    return at


def _since_done(attributes: Mapping[str, JSON], messages: list[Record]) -> set[str]:
    """The ids of the messages sent since a conversation was last done; at that instant, those recorded after it."""
    done, there = _done_at(attributes), attributes["lastDone"].get("messageCount", 0)
    after = {message["id"] for message in messages if sent_at(message) > done}
    return after | {message["id"] for message in messages[there:] if sent_at(message) == done}


def heard(attributes: Mapping[str, JSON], message: Record, *, is_since_done: bool) -> dict[str, JSON]:
    """Pure: what a conversation's attributes take from one more message, sent since it was last done or before that."""
    facts, sent = message["attributes"], sent_at(message)
    direction = facts["direction"]
    news = _counted(attributes, direction, facts["channel"])
    side, mark = "In" if direction == "in" else "Out", _mark(message)
    if sent >= attributes[f"lastMessage{side}"].get("sentAt", ""):
        news[f"lastMessage{side}"] = mark
    first = attributes[f"firstMessage{side}"]
    if "sentAt" not in first or sent < first["sentAt"]:
        news[f"firstMessage{side}"] = mark
    if sent >= attributes.get("lastMessageAt", ""):
        news |= {"lastMessageAt": sent, "lastMessageDirection": direction, "preview": facts.get("preview")}
    if direction == "in":
        return news | _asked(attributes, mark, is_since_done=is_since_done)
    return news if facts["auto"] else news | _answered(attributes, mark, facts)


def _counted(attributes: Mapping[str, JSON], direction: str, channel: str) -> dict[str, JSON]:
    names = ["messageCount", "inboundMessageCount" if direction == "in" else "outboundMessageCount"]
    counted: dict[str, JSON] = {name: attributes[name] + 1 for name in names}
    counted["billingStatus"] = None  # no word but the first, `no_messages`, is known
    by_channel = ["messageCountByChannel", *(["outboundMessageCountByChannel"] if direction == "out" else [])]
    for name in by_channel:
        counts = attributes.get(name, {})
        counted[name] = {**counts, channel: counts.get(channel, 0) + 1}
    known = attributes["channels"]
    return {**counted, "channels": known if channel in known else [*known, channel]}


def _mark(message: Record) -> dict[str, JSON]:
    facts = message["attributes"]
    return {
        "id": message["id"],
        "sentAt": sent_at(message),
        "createdAt": facts["createdAt"],
        "channel": facts["channel"],
        "directionType": facts["directionType"],
        "createdBy": message["relationships"]["createdBy"]["id"],
        "createdByTeams": facts["createdByTeams"],
    }


def _asked(before: Mapping[str, JSON], mark: Mapping[str, JSON], *, is_since_done: bool) -> dict[str, JSON]:
    """The latest inbound message that no reply has followed is the one not responded to."""
    asked: dict[str, JSON] = {"lastReceivedAt": max(before.get("lastReceivedAt", ""), mark["sentAt"])}
    waiting, reply = before["lastMessageUnrespondedTo"], before["lastMessageOut"]
    if mark["sentAt"] >= max(waiting.get("sentAt", ""), reply.get("sentAt", "")):
        asked["lastMessageUnrespondedTo"] = {name: mark[name] for name in ("id", "sentAt", "createdAt")}
        if is_since_done:
            asked["lastMessageUnrespondedToSinceLastDone"] = asked["lastMessageUnrespondedTo"]
    return asked


def _answered(before: Mapping[str, JSON], mark: Mapping[str, JSON], facts: Mapping[str, JSON]) -> dict[str, JSON]:
    """A reply to what was not responded to; the first of them is the conversation's first response."""
    asked = before["lastMessageUnrespondedTo"]
    if not asked or mark["sentAt"] < asked["sentAt"]:
        return {}
    spent = milliseconds(before["firstMessageIn"]["sentAt"], mark["sentAt"])
    response = {
        **{name: mark[name] for name in ("id", "createdAt", "sentAt", "createdBy", "createdByTeams")},
        "time": spent,
        "businessTime": spent,
        "responseTime": milliseconds(asked["sentAt"], mark["sentAt"]),
        "assignedTeams": facts["assignedTeams"],
        "assignedUsers": facts["assignedUsers"],
    }
    answered = {
        "firstResponse": before["firstResponse"] if "id" in before["firstResponse"] else response,
        "lastResponse": response,
        "lastMessageUnrespondedTo": {},
    }
    if before["lastMessageUnrespondedToSinceLastDone"]:
        answered["lastMessageUnrespondedToSinceLastDone"] = {}
        if "id" not in before["firstResponseSinceLastDone"]:
            answered["firstResponseSinceLastDone"] = _since_last_done(before, response)
    return answered


def _since_last_done(before: Mapping[str, JSON], response: Mapping[str, JSON]) -> dict[str, JSON]:
    """A first response as it is counted since the last resolution: its time runs from what it answers (assumed)."""
    spent = response["responseTime"]
    return {**response, "time": spent, "businessTime": spent} if _done_at(before) else dict(response)
