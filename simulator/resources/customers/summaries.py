"""What a customer shows of its conversations and messages: counts by status, the last of each, the preview.

Kept by the write that changes it, so reading a customer never counts. `renew` works it out anew after what
cannot be followed step by step: a move, a deletion, an edit of the past.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from statistics import fmean

from kustomer_sandbox.simulator.operations import changes
from kustomer_sandbox.simulator.operations.call import Context
from kustomer_sandbox.simulator.resources.customers.customers import renew_counts
from kustomer_sandbox.simulator.values.record import JSON, Record

_OF_MESSAGES = ("lastMessageIn", "lastMessageOut", "lastMessageAt", "lastMessageUnrespondedTo", "preview")
_SHOWN = (*_OF_MESSAGES, "lastConversation")
_OF_SURVEYS = (
    "sentByTeams", "form", "formResponse", "channel", "status", "scheduledFor", "createdAt", "sentAt", "updatedAt",
    "sentBy",
)  # fmt: skip


def sent_at(message: Record) -> str:
    """When a message was sent; when it was recorded if that is not known."""
    attributes = message["attributes"]
    return str(attributes.get("sentAt") or attributes["createdAt"])


def in_order(messages: list[Record]) -> list[Record]:
    """Messages in the order in which they were sent."""
    return sorted(messages, key=lambda message: (sent_at(message), message["id"]))


def customer_of(record: Record) -> str:
    """The id of the customer a conversation or message belongs to."""
    return str(record["relationships"]["customer"]["id"])


def follow(context: Context, conversation: Record, *, before: str | None, message: Record | None = None) -> None:
    """Bring the customer up to date with a conversation that was written, and with its new message.

    `before` is the status the conversation had, None for a new one.
    """
    customer = context.records.get("customer", customer_of(conversation))
    if customer is None:
        return
    attributes = customer["attributes"]
    news = heard(attributes, message) if message else {}
    status = conversation["attributes"]["status"]
    if before != status:
        counts = dict(attributes.get("conversationCounts", {}))
        counts[status] = counts.get(status, 0) + 1
        if before is not None:
            counts[before] = counts.get(before, 0) - 1
        news |= renew_counts(context, counts)
    news |= _last_conversation(context, attributes, conversation)
    if _tells_of_survey(attributes.get("satisfactionLevel", {}), conversation):
        news |= _satisfied(attributes, context.records.find("conversation", "customer", customer["id"]))
    if news:
        changes.update_by_system(context, customer, news)


def heard(attributes: Mapping[str, JSON], message: Record) -> dict[str, JSON]:
    """Pure: what a customer's attributes take from one more message."""
    facts, sent = message["attributes"], sent_at(message)
    inbound = facts["direction"] == "in"
    news: dict[str, JSON] = {}
    side = "lastMessageIn" if inbound else "lastMessageOut"
    if sent >= (attributes.get(side) or {}).get("sentAt", ""):
        mark = {"sentAt": sent, "channel": facts["channel"]}
        mood = facts.get("sentiment")
        # Published as a text or null; the words are not, so it is null, and the mood stands in `sentiment`.
        news[side] = {**mark, "sentiment": None} if inbound else mark
        if inbound and mood:
            news["sentiment"] = mood
    if sent >= attributes.get("lastMessageAt", ""):
        news |= {"lastMessageAt": sent, "preview": _preview(facts, sent)}
        news["lastActivityAt"] = max(attributes.get("lastActivityAt") or "", sent)
    unanswered, reply = attributes.get("lastMessageUnrespondedTo") or {}, attributes.get("lastMessageOut") or {}
    if inbound and sent >= max(unanswered.get("sentAt", ""), reply.get("sentAt", "")):
        mark = {"id": message["id"], "sentAt": sent, "createdAt": facts["createdAt"]}
        active = max(attributes.get("lastCustomerActivityAt") or "", sent)
        news |= {"lastMessageUnrespondedTo": mark, "lastCustomerActivityAt": active}
    elif not inbound and not facts.get("auto") and unanswered and sent >= unanswered["sentAt"]:
        news["lastMessageUnrespondedTo"] = {}
    return news


def _preview(facts: Mapping[str, JSON], sent: str) -> dict[str, JSON]:
    return {
        "previewAt": sent,
        "type": f"message_{facts['direction']}",
        "text": facts.get("preview") or "",
        "subject": facts.get("subject") or "",
        "channel": facts["channel"],
    }


def _last_conversation(context: Context, attributes: Mapping[str, JSON], conversation: Record) -> dict[str, JSON]:
    """The customer's last conversation as it stands, if this one is it or takes its place."""
    held = attributes.get("lastConversation") or {}
    if held.get("id") not in (None, conversation["id"]):
        other = context.records.get("conversation", held["id"])
        if other is not None and _activity(other) > _activity(conversation):
            return {}
    shown = _as_last(conversation)
    return {} if shown == held else {"lastConversation": shown}


def _activity(conversation: Record) -> tuple[str, str]:
    attributes = conversation["attributes"]
    return max(attributes["createdAt"], attributes.get("lastMessageAt", "")), conversation["id"]


def _as_last(conversation: Record) -> dict[str, JSON]:
    names = ("channels", "tags")
    attributes = conversation["attributes"]
    return {"id": conversation["id"], **{name: attributes[name] for name in names}} | _mood(attributes)


def _mood(attributes: Mapping[str, JSON]) -> dict[str, JSON]:
    """The sentiment, where one is known."""
    return {"sentiment": attributes["sentiment"]} if attributes["sentiment"] else {}


def _answered(conversation: Record) -> bool:
    """Whether its survey was answered with a score or a rating."""
    level = conversation["attributes"].get("satisfactionLevel", {})
    return level.get("score") is not None or level.get("rating") is not None


def _tells_of_survey(held: Mapping[str, JSON], conversation: Record) -> bool:
    """Whether what a customer shows of surveys may have to change because of this conversation of its."""
    if "count" in held or _answered(conversation):
        return True
    return "createdAt" in conversation["attributes"].get("satisfactionLevel", {}) and _survey(conversation) not in (
        held.get("firstSatisfaction"),
        held.get("lastSatisfaction"),
    )


def _survey(conversation: Record) -> dict[str, JSON]:
    """What a customer shows of the survey of one of its conversations: not what it answered."""
    level = conversation["attributes"]["satisfactionLevel"]
    return {"conversation": conversation["id"], **{name: level[name] for name in _OF_SURVEYS if name in level}}


def _satisfied(attributes: Mapping[str, JSON], conversations: Iterable[Record]) -> dict[str, JSON]:
    """Pure: the first and the last survey, and how all were answered on average; nothing where it shows just that."""
    held: dict[str, JSON] = attributes.get("satisfactionLevel", {})
    asked = sorted(
        (found["attributes"]["satisfactionLevel"]["createdAt"], found["id"], found)
        for found in conversations
        if "createdAt" in found["attributes"].get("satisfactionLevel", {})
    )
    levels = [found["attributes"]["satisfactionLevel"] for *_, found in asked if _answered(found)]
    shown: dict[str, JSON] = {
        "firstSatisfaction": _survey(asked[0][-1]) if asked else {"sentByTeams": []},
        "lastSatisfaction": _survey(asked[-1][-1]) if asked else {"sentByTeams": []},
    }
    shown |= {"count": len(levels)} if levels else {}
    for name, one in (("avgScore", "score"), ("avgRating", "rating")):
        if found := [level[one] for level in levels if level.get(one) is not None]:
            shown[name] = fmean(found)
    return {} if shown == held else {"satisfactionLevel": shown}


def renew(context: Context, id: str) -> None:
    """Work out all that a customer shows of its conversations and messages anew."""
    customer = context.records.get("customer", id)
    if customer is None:
        return
    conversations = context.records.find("conversation", "customer", id)
    bare = {name: value for name, value in customer["attributes"].items() if name not in _OF_MESSAGES}
    defaults = context.records.defaults("customer")
    shown: dict[str, JSON] = {name: defaults[name] for name in _SHOWN if name in defaults}
    live = {conversation["id"] for conversation in conversations}
    for message in in_order(context.records.find("message", "customer", id)):
        if message["relationships"]["conversation"]["id"] in live:
            shown |= heard(shown, message)
    if active := customer["attributes"].get("lastCustomerActivityAt"):  # what it wrote is moved, not that it wrote
        shown["lastCustomerActivityAt"] = max(active, shown.get("lastCustomerActivityAt", ""))
    if conversations:
        shown["lastConversation"] = _as_last(max(conversations, key=_activity))
    counts = Counter(conversation["attributes"]["status"] for conversation in conversations)
    news = {**shown, **renew_counts(context, counts), **_satisfied(customer["attributes"], conversations)}
    changes.update_by_system(context, {**customer, "attributes": bare}, news)
