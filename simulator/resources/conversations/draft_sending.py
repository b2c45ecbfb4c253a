"""Sending a draft: it disappears, and what it said stands in its conversation as an outgoing message or a note."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from kustomer_sandbox.simulator.operations import changes
from kustomer_sandbox.simulator.operations.call import Context, acting_as
from kustomer_sandbox.simulator.operations.registry import job
from kustomer_sandbox.simulator.operations.writing import new_record
from kustomer_sandbox.simulator.resources.conversations.messages import new_message
from kustomer_sandbox.simulator.resources.conversations.notes import mentioned, post
from kustomer_sandbox.simulator.resources.files.attaching import ids_of
from kustomer_sandbox.simulator.values.clock import iso
from kustomer_sandbox.simulator.values.errors import Refusal
from kustomer_sandbox.simulator.values.record import JSON, Principal, Record

EVENT = "draft-send"
SERVICE_WINDOW = timedelta(hours=24)
"""WhatsApp delivers free text and choices only so long after the customer's last message (vendor-docs)."""

_RECENT = 500
_WHATSAPP = "whatsapp_outbound"
"""The budget of what is sent on WhatsApp."""
_COPIED = ("subject", "auto", "lang", "shortcuts", "kbArticles")
_ADDRESSES = ("from", "to", "cc", "bcc", "replyTo")
_APPS = {
    "email": "postmark",
    "sms": "twilio",
    "whatsapp": "whatsapp",
    "chat": "chat",
    "facebook": "facebook",
    "instagram": "instagram",
    "twitter-tweet": "twitter",
    "twitter-dm": "twitter",
}
"""Which app a draft without one is sent through (assumed)."""


def send(context: Context, draft: Record) -> Record:
    """Send a draft, stored or not, and forget it. Answers with the draft as sent, in its conversation.

    Raises `NotFound` when its customer or conversation is gone and `TooManyRequests` when the WhatsApp budget of
    the one who sends is used up; neither changes anything.
    """
    customer = context.records.get_or_404("customer", draft["relationships"]["customer"]["id"], parameter="")["id"]
    place = draft["relationships"].get("conversation")
    at: dict[str, str] = {}
    if place is not None:
        at = {"conversation": context.records.get_or_404("conversation", place["id"], parameter="")["id"]}
    if draft["attributes"]["channel"] == "note":
        made = _new_note(context, draft)
    else:
        made = new_message(context, {**message_of(context, draft), **at, "customer": customer})
    if context.records.get("draft", draft["id"]) is not None:
        changes.delete(context, draft)
    context.world.unschedule(EVENT, draft["id"])
    if draft["attributes"]["channel"] == "whatsapp":
        context.spend(_WHATSAPP)  # the last step, so that a refusal leaves nothing counted
    sent = {**draft["attributes"], "status": "sent", "sendAt": draft["attributes"].get("sendAt", iso(context.now))}
    relationships = {**draft["relationships"], "conversation": made["relationships"].get("conversation")}
    return {**draft, "attributes": sent, "relationships": relationships}


@job(EVENT)
def send_due(context: Context, ref: str) -> Record | None:
    """Send a scheduled draft in its author's name; one that cannot be sent stays, with status `failed`."""
    draft = context.records.get("draft", ref)
    if draft is None:
        return None
    author = Principal(key_id="", user_id=draft["relationships"]["createdBy"]["id"], roles=frozenset())
    context = acting_as(context, author)
    try:
        with context.records.transaction():
            return send(context, draft)
    except Refusal:
        return changes.update_by_system(context, draft, {"status": "failed", "scheduled": False})


def message_of(context: Context, draft: Record) -> dict[str, Any]:
    """The outgoing message a draft becomes, as a body of the messages' own form."""
    attributes = draft["attributes"]
    body: dict[str, Any] = {
        "channel": attributes["channel"],
        "app": attributes.get("app") or _APPS[attributes["channel"]],
        "direction": "out",
        "status": "sent",
        "sentAt": iso(context.now),
        "preview": _text(attributes),
        "meta": _meta(attributes),
        **{name: attributes[name] for name in _COPIED if attributes.get(name) is not None},
    }
    if attachments := [*attributes.get("attachments", ()), *ids_of(draft)]:
        body["attachments"] = list(dict.fromkeys(attachments))
    if attributes.get("source") in ("bulk", "satisfaction"):
        body["source"] = attributes["source"]
    error = _UNDELIVERED if _is_beyond_window(context, draft) else _BOUNCED if _bounces(attributes) else None
    if error is not None:
        body |= {"status": "error", "errorAt": iso(context.now), "error": error}
    return body


_BOUNCED = {
    "status": 400,
    "code": "invalid-recipient",
    "title": "A recipient is marked as inactive: mail to this address cannot be delivered.",
    "meta": {"appErrorCode": 406},
}
"""The entity of a mail that could not be delivered (recorded)."""
_NOWHERE = ".invalid"
"""The domain that no mail reaches, by RFC 2606: what stands for an inactive recipient here (a choice of ours)."""
_UNDELIVERED = {
    "status": 400,
    "code": "whatsapp_window_closed",
    "title": "Not delivered",
    "detail": "The customer has not written on WhatsApp in the last 24 hours; only a template message is delivered.",
}
"""The entity of a delivery failure; its status and code are assumed."""


def _bounces(attributes: Mapping[str, Any]) -> bool:
    """Whether one of an e-mail's recipients cannot be reached."""
    return attributes["channel"] == "email" and _is_undeliverable(attributes)


def reaches_nobody(forward: Mapping[str, Any]) -> bool:
    """Whether a forward names no recipient, or one that cannot be reached (assumed)."""
    return not forward.get("to") or _is_undeliverable(forward)


def _is_undeliverable(attributes: Mapping[str, Any]) -> bool:
    parties = [party for name in ("to", "cc", "bcc") for party in _listed(attributes.get(name, []))]
    return any(party["email"].casefold().endswith(_NOWHERE) for party in parties)


def _text(attributes: Mapping[str, Any]) -> str:
    interactive = attributes.get("meta", {}).get("interactive", {})
    text: str = attributes.get("body") or interactive.get("body", {}).get("text", "")
    return text


def _meta(attributes: Mapping[str, Any]) -> dict[str, Any]:
    meta = {name: attributes[name] for name in _ADDRESSES if name in attributes}
    if attributes["channel"] == "email":
        meta |= {name: _listed(meta[name]) for name in ("to", "cc", "bcc") if name in meta}
        if "from" in meta:
            meta["from"] = meta["from"]["email"]
        if "subject" in attributes:
            meta["subject"] = attributes["subject"]
    return {**meta, **attributes.get("meta", {})}


def _listed(value: JSON) -> list[JSON]:
    return value if isinstance(value, list) else [value]


def _new_note(context: Context, draft: Record) -> Record:
    """The note that a note draft becomes, counted in its conversation."""
    places = {
        name: draft["relationships"][name] for name in ("customer", "conversation") if name in draft["relationships"]
    }
    attributes = {"body": draft["attributes"].get("body", "")}
    if draft["attributes"].get("lang") is not None:
        attributes["lang"] = draft["attributes"]["lang"]
    if mentions := mentioned(draft["attributes"].get("userMentions", [])):
        places["userMentions"] = mentions
    return post(context, new_record(context, "note", attributes, relationships=places))


def _is_beyond_window(context: Context, draft: Record) -> bool:
    """Whether WhatsApp would refuse this now: no template, and the customer silent for the service window."""
    attributes = draft["attributes"]
    if attributes["channel"] != "whatsapp" or "template" in attributes.get("meta", {}):
        return False
    since = iso(context.now - SERVICE_WINDOW)
    customer = draft["relationships"]["customer"]["id"]
    latest = context.records.find("message", "customer", customer, order="desc", limit=_RECENT)
    return not any(_is_whatsapp_in(message["attributes"]) and _said_at(message) >= since for message in latest)


def _is_whatsapp_in(attributes: Mapping[str, Any]) -> bool:
    return attributes.get("channel") == "whatsapp" and attributes.get("direction") == "in"


def _said_at(message: Record) -> str:
    attributes = message["attributes"]
    return str(attributes.get("sentAt") or attributes["createdAt"])
