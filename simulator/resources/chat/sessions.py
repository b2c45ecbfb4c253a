"""Chat sessions: conversations on the chat channel, by customer or by what a website calls its visitor."""

from __future__ import annotations

from collections.abc import Mapping

from kustomer_sandbox.simulator.operations import changes
from kustomer_sandbox.simulator.operations.call import Call, Context, acting_as
from kustomer_sandbox.simulator.operations.pages import page_of_records
from kustomer_sandbox.simulator.operations.registry import rule
from kustomer_sandbox.simulator.operations.writing import reference
from kustomer_sandbox.simulator.resources.conversations.conversations import new_conversation
from kustomer_sandbox.simulator.resources.conversations.lifecycle import moved
from kustomer_sandbox.simulator.resources.conversations.messages import new_message
from kustomer_sandbox.simulator.resources.customers import summaries
from kustomer_sandbox.simulator.values.clock import iso
from kustomer_sandbox.simulator.values.errors import BadRequest, Problem
from kustomer_sandbox.simulator.values.moments import kept
from kustomer_sandbox.simulator.values.outcome import Outcome, Single
from kustomer_sandbox.simulator.values.record import JSON, Principal, Record

CHANNEL = "chat"
_BOTH = {"in", "out"}


@rule("chat_sessions.list_sessions")
def list_sessions(call: Call) -> Outcome:
    """A page of a customer's or a visitor's sessions, that with the newest message first."""
    customer, tracking = call.query.get("customerId"), call.query.get("trackingId")
    if customer is None and tracking is None:
        message = "Give customerId or trackingId."
        raise BadRequest(Problem(message=message, parameter="customerId"), rule="chat-session-identity")
    found = {one["id"]: one for one in call.records.find("conversation", "customer", customer)} if customer else {}
    if tracking:
        found |= {one["id"]: one for one in call.records.find("conversation", "chatTrackingId", tracking)}
    sessions = [session_of(one) for one in found.values() if is_session(one) and _fits(call, one)]
    return page_of_records(call, sorted(sessions, key=_newest, reverse=True))


def _fits(call: Call, conversation: Record) -> bool:
    brand = call.query.get("brandId")
    if brand is not None and (conversation["relationships"].get("brand") or {}).get("id") != brand:
        return False
    return call.query.get("active") in (None, _is_active(conversation))


def _newest(session: Record) -> tuple[str, str]:
    attributes = session["attributes"]
    return attributes["lastMessageAt"] or attributes["createdAt"], session["id"]


@rule("chat_sessions.create")
def create(call: Call) -> Outcome:
    """A new session, with the tracking id of the customer's latest one that had any unless one is given."""
    reference(call, "customer", call.body["customerId"], field="customerId")
    return Single(record=session_of(_opened(call, {"trackingId": _tracking(call)})))


def _tracking(call: Call) -> str | None:
    if "trackingId" in call.body:
        return str(call.body["trackingId"])
    former = call.records.find("conversation", "customer", call.body["customerId"], order="desc")
    return next((known for one in former if (known := one["attributes"].get("chat", {}).get("trackingId"))), None)


def _opened(call: Call, about: Mapping[str, JSON]) -> Record:
    chat = {name: value for name, value in about.items() if value is not None}
    return new_conversation(call, call.body["customerId"], {"channels": [CHANNEL], CHANNEL: chat})


@rule("chat_sessions.hand_off")
def hand_off(call: Call) -> Outcome:
    """A session with a history. Raises `BadRequest` where that is of one side alone."""
    reference(call, "customer", call.body["customerId"], field="customerId")
    agent = agent_of(call) if "from" in call.body else call
    messages = call.body["messages"]
    if {message["direction"] for message in messages} != _BOTH:
        words = "A handoff has at least one message of each direction."
        raise BadRequest(Problem(message=words, pointer="/messages"), rule="chat-handoff")
    opened = _opened(call, {"trackingId": _tracking(call), "externalId": call.body.get("externalId")})
    dated = [(kept(message["date"], field="messages"), message) for message in messages]
    for at, message in sorted(dated, key=lambda each: each[0]):
        said = {"preview": message["body"], "direction": message["direction"], "sentAt": at}
        sender = agent if message["direction"] == "out" else call
        new_message(sender, {**said, "channel": CHANNEL, "app": CHANNEL, "conversation": opened["id"]})
    conversation = call.records.get_or_404("conversation", opened["id"])
    if not call.body.get("active", True):
        conversation = _closed(call, conversation)
    return Single(record=session_of(conversation))


def _closed(call: Call, conversation: Record) -> Record:
    """The conversation, stored as one that has ended and is done."""
    before = conversation["attributes"]
    facts = {**before, "ended": True, "endedAt": iso(call.now), "endedByType": "user"}
    written = {**conversation, "attributes": moved(call, facts, "done")}
    ended_by = {"endedBy": {"type": "user", "id": call.principal.user_id}}
    stored = changes.update_by_caller(call, written, relationships=ended_by)
    summaries.follow(call, stored, before=before["status"])
    return stored


def agent_of(call: Call) -> Context:
    """The call as the user makes it whom the body's `from` names. Raises `BadRequest` if there is none."""
    user = reference(call, "user", call.body["from"], field="from")
    return acting_as(call, Principal(key_id=call.principal.key_id, user_id=user["id"], roles=frozenset()))


def is_session(conversation: Record) -> bool:
    """Whether a conversation is on the chat channel."""
    return CHANNEL in conversation["attributes"]["channels"] or CHANNEL in conversation["attributes"]


def is_of_visitor(call: Call, conversation: Record) -> bool:
    """Whether a session is that of the visitor whom the body names; yes where either has no name."""
    visitor = conversation["attributes"].get(CHANNEL, {}).get("trackingId")
    return not visitor or call.body.get("trackingId", visitor) == visitor


def _is_active(conversation: Record) -> bool:
    return not conversation["attributes"]["ended"]


def session_of(conversation: Record) -> Record:
    """A conversation as the session that it is."""
    facts = conversation["attributes"]
    attributes = {
        "preview": facts.get("preview"),
        "active": _is_active(conversation),
        **facts.get(CHANNEL, {}),
        "lastMessageAt": facts.get("lastMessageAt"),
        "createdAt": facts["createdAt"],
        "updatedAt": facts["updatedAt"],
    }
    customer = {"customer": conversation["relationships"]["customer"]}
    return {"id": conversation["id"], "type": "chat_session", "attributes": attributes, "relationships": customer}
