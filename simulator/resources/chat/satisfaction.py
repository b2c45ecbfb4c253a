"""What customers answer to the survey of a chat, as their chat's own server tells it."""

from __future__ import annotations

from kustomer_sandbox.simulator.operations import changes
from kustomer_sandbox.simulator.operations.call import Call
from kustomer_sandbox.simulator.operations.registry import rule
from kustomer_sandbox.simulator.resources.chat.sessions import is_of_visitor
from kustomer_sandbox.simulator.resources.conversations import surveys
from kustomer_sandbox.simulator.resources.customers.summaries import customer_of
from kustomer_sandbox.simulator.values.errors import BadRequest, NotFound, Problem
from kustomer_sandbox.simulator.values.outcome import Outcome, Single
from kustomer_sandbox.simulator.values.record import JSON, Record

_SAID = ("rating", "answers")


@rule("chat_satisfaction.update")
def update(call: Call) -> Outcome:
    """Record a rating, answers or that it was read; answers make it commented, a rating alone rated (vendor-docs)."""
    response = call.records.get_or_404("satisfaction_response", call.path["id"])
    if customer_of(response) != call.body["customerId"]:
        raise NotFound(Problem(message="This is no answer of this customer.", parameter="id"))
    place = response["relationships"]["conversation"]["id"]
    conversation = call.records.get_or_404("conversation", place, parameter="")
    if not is_of_visitor(call, conversation):
        message = "trackingId is not that of the chat; leave it out."
        raise BadRequest(Problem(message=message, pointer="/trackingId"), rule="chat-session-of-customer")
    news: dict[str, JSON] = {name: call.body[name] for name in _SAID if name in call.body}
    if news:
        news["status"] = "commented" if "answers" in news else "rated"
    read = {"read": True} if call.body.get("read") else {}
    answered = changes.update_by_caller(call, response, {**news, **read})
    if news:
        surveys.answered(call, answered, news)
    return Single(record=answered, included=_survey(call, conversation))


def _survey(call: Call, conversation: Record) -> list[Record] | None:
    """The survey that is answered, if it is asked for and there is one; None if it is not asked for."""
    if "include" not in call.query:
        return None
    form = conversation["attributes"]["satisfactionLevel"].get("form")
    found = call.records.get("satisfaction_form", form) if form else None
    return [found] if found else []
