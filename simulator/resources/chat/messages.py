"""Messages of chat sessions, as the customer or as an agent writes them."""

from __future__ import annotations

from kustomer_sandbox.simulator.operations.call import Call, Context
from kustomer_sandbox.simulator.operations.pages import page_of_records
from kustomer_sandbox.simulator.operations.registry import rule
from kustomer_sandbox.simulator.operations.writing import reference
from kustomer_sandbox.simulator.resources.chat.sessions import CHANNEL, agent_of, is_of_visitor, is_session
from kustomer_sandbox.simulator.resources.conversations.messages import new_message
from kustomer_sandbox.simulator.resources.customers.summaries import customer_of, in_order
from kustomer_sandbox.simulator.values.errors import BadRequest, NotFound, Problem
from kustomer_sandbox.simulator.values.outcome import NoContent, Outcome, Single
from kustomer_sandbox.simulator.values.record import JSON, Record

_SHOWN = ("direction", "auto", "createdAt", "updatedAt")
_KEPT = ("customer", "conversation", "createdBy")


@rule("chat_messages.list_of_session")
def list_of_session(call: Call) -> Outcome:
    """A page of a session's messages on the chat channel, with all attributes or those that are asked for."""
    conversation = call.records.get_or_404("conversation", call.path["id"])
    if not is_session(conversation):
        raise NotFound(Problem(message="This conversation is no chat session.", parameter="id"))
    messages = in_order(call.records.find("message", "conversation", conversation["id"]))
    said = [_shown(one) for one in messages if one["attributes"]["channel"] == CHANNEL]
    if "fields" in call.query:
        wanted = call.query["fields"].split(",")
        said = [{**one, "attributes": {name: one["attributes"][name] for name in wanted}} for one in said]
    return page_of_records(call, said)


@rule("chat_messages.create")
def create(call: Call) -> Outcome:
    """What the customer says."""
    return _posted(call, call, {"direction": "in"})


@rule("chat_messages.create_outbound")
def create_outbound(call: Call) -> Outcome:
    """What a user says; an automatic message is no response."""
    auto = {"auto": call.body["auto"]} if "auto" in call.body else {}
    return _posted(call, agent_of(call), {"direction": "out", **auto})


@rule("chat_messages.show_typing")
def show_typing(call: Call) -> Outcome:
    """Check who types where; there is nobody here who could see it."""
    agent_of(call)
    _session(call)
    return NoContent()


def _posted(call: Call, sender: Context, facts: dict[str, JSON]) -> Outcome:
    session = _session(call)
    if not {"body", "attachments"} & call.body.keys():
        raise BadRequest(Problem(message="Give a body or attachments.", pointer="/body"), rule="chat-message-content")
    attached = {"attachments": call.body["attachments"]} if "attachments" in call.body else {}
    said = {"preview": call.body.get("body", ""), "conversation": session["id"], **attached, **facts}
    return Single(record=_shown(new_message(sender, {**said, "channel": CHANNEL, "app": CHANNEL})))


def _session(call: Call) -> Record:
    """The session that the body names. Raises `BadRequest` if it is none, another customer's or another visitor's."""
    reference(call, "conversation", call.body["session"], field="session")
    conversation = call.records.get_or_404("conversation", call.body["session"], parameter="")
    if not is_session(conversation) or customer_of(conversation) != call.body["customerId"]:
        message = "session names no chat session of this customer."
        raise BadRequest(Problem(message=message, pointer="/session"), rule="chat-session-of-customer")
    if not is_of_visitor(call, conversation):
        message = "trackingId is not that of the session; leave it out."
        raise BadRequest(Problem(message=message, pointer="/trackingId"), rule="chat-session-of-customer")
    return conversation


def _shown(message: Record) -> Record:
    """A message as one of its session."""
    facts = message["attributes"]
    return {
        "id": message["id"],
        "type": "chat_message",
        "attributes": {"body": facts.get("preview"), **{name: facts[name] for name in _SHOWN}},
        "relationships": {name: message["relationships"][name] for name in _KEPT if name in message["relationships"]},
    }
