"""Satisfaction surveys: planned when a conversation is done, sent when their time has come if it still is, answered.

The states are vendor-docs; which survey is taken, and when, is assumed: the first enabled one for the channel of the
last message whose criteria the conversation meets, its `delayTime` in seconds after the conversation is done.
Nothing is delivered, and no customer answers by himself. After how long a survey counts as unresponded is not
published: that state is only written.

The conversation and the response tell the same: whichever is written passes it on to the other.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from kustomer_sandbox.simulator.operations import changes
from kustomer_sandbox.simulator.operations.call import Call, Context
from kustomer_sandbox.simulator.operations.ordering import in_order
from kustomer_sandbox.simulator.operations.registry import job
from kustomer_sandbox.simulator.operations.writing import new_record
from kustomer_sandbox.simulator.resources.conversations.criteria import meets
from kustomer_sandbox.simulator.resources.customers import summaries
from kustomer_sandbox.simulator.values.clock import iso
from kustomer_sandbox.simulator.values.record import JSON, Record

EVENT = "survey"
_HISTORY = timedelta(minutes=1)
"""What a scenario tells of the past asks nobody: an end that lies further back than this is history."""
_LINKS = ("form", "formResponse")
_SAID = ("status", "rating", "score", "answers")


def followed(call: Call, before: Record, after: Mapping[str, JSON]) -> dict[str, JSON]:
    """What a change of a conversation, by a body that may tell of an answer, does to its `satisfactionLevel`.

    An answer is passed on to its response, an end plans a survey, and a new beginning cancels one that is not sent.
    """
    was = before["attributes"]
    if "satisfactionLevel" in call.body:
        return _told(call, was["satisfactionLevel"], after["satisfactionLevel"])
    if after["status"] != "done":
        return canceled(call, was)
    if was["status"] == "done" or call.now < call.world.clock.now() - _HISTORY:
        return {}
    conversation = {**before, "attributes": after}
    form = _form(call, conversation)
    return {} if form is None else {"satisfactionLevel": _planned(call, conversation, form)}


def canceled(context: Context, attributes: Mapping[str, JSON]) -> dict[str, JSON]:
    """What is new of a conversation with these attributes that is not done any more: its survey is not sent."""
    level = attributes["satisfactionLevel"]
    if level.get("status") != "scheduled" or "formResponse" not in level:
        return {}
    context.world.unschedule(EVENT, level["formResponse"])
    _respond(context, level["formResponse"], {"status": "canceled"})
    return {"satisfactionLevel": {**level, "status": "canceled", "updatedAt": iso(context.now)}}


def answered(context: Context, response: Record, said: Mapping[str, JSON]) -> None:
    """Pass on what a customer answered to the conversation, if this is its latest survey, and to the customer."""
    conversation = context.records.get("conversation", response["relationships"]["conversation"]["id"])
    if conversation is None:
        return
    level = conversation["attributes"]["satisfactionLevel"]
    if level.get("formResponse") != response["id"]:
        return
    texts = [text for text in said.get("answers", ()) if isinstance(text, str)]
    first = {"firstAnswer": texts[0][:1024]} if texts else {}
    level = {**level, **said, **first, "updatedAt": iso(context.now)}
    _show(context, conversation, {"satisfactionLevel": level})


def move(context: Context, conversation: Record, owner: Mapping[str, JSON]) -> None:
    """Let the response to a conversation's survey belong to another customer with it."""
    id = conversation["attributes"]["satisfactionLevel"].get("formResponse", "")
    if response := context.records.get("satisfaction_response", id):
        changes.update_by_system(context, {**response, "relationships": {**response["relationships"], **owner}})


@job(EVENT)
def offer(context: Context, ref: str) -> Record | None:
    """Send the survey with this response, unless its conversation is open again, gone, or was asked about since."""
    response = context.records.get("satisfaction_response", ref)
    if response is None or response["attributes"]["status"] != "scheduled":
        return None
    conversation = context.records.get("conversation", response["relationships"]["conversation"]["id"])
    level = conversation["attributes"]["satisfactionLevel"] if conversation else {}
    if conversation is None or level.get("formResponse") != ref or level["status"] != "scheduled":
        return _respond(context, ref, {"status": "canceled"})
    form = context.records.get("satisfaction_form", level["form"])
    if form is None or not form["attributes"]["enabled"]:
        return _show(context, conversation, canceled(context, conversation["attributes"]))
    _respond(context, ref, {"status": "offered"})
    return _show(context, conversation, {"satisfactionLevel": {**level, **_sent(context)}})


def _show(context: Context, conversation: Record, news: Mapping[str, JSON]) -> Record:
    """Let the conversation, and its customer, show what became of the survey."""
    stored = changes.update_by_system(context, conversation, news)
    summaries.follow(context, stored, before=stored["attributes"]["status"])
    return stored


def _told(context: Context, was: Mapping[str, JSON], level: Mapping[str, JSON]) -> dict[str, JSON]:
    """A written level, which keeps naming its survey and response, once it is passed on to that response."""
    level = {**{name: was[name] for name in _LINKS if name in was}, **level}
    said = {name: level[name] for name in _SAID if level.get(name) is not None}
    if level.get("firstAnswer"):
        said["answers"] = level["answers"] or [level["firstAnswer"]]
    if "formResponse" in level:
        _respond(context, level["formResponse"], said)
    return {"satisfactionLevel": level}


def _respond(context: Context, id: str, news: Mapping[str, JSON]) -> Record | None:
    response = context.records.get("satisfaction_response", id)
    return None if response is None else changes.update_by_system(context, response, news)


def _planned(context: Context, conversation: Record, form: Record) -> dict[str, JSON]:
    """The level of a conversation that is to be asked, and its response: at once or at its time."""
    of, done = form["attributes"], conversation["attributes"]["lastDone"]
    due = iso(context.now + timedelta(seconds=of["delayTime"]))
    status = "scheduled" if of["delayTime"] else "offered"
    facts = {"status": status, "channel": of["channel"], "answers": []}
    related = {
        "conversation": {"type": "conversation", "id": conversation["id"]},
        "customer": conversation["relationships"]["customer"],
    }
    response = changes.create(context, new_record(context, "satisfaction_response", facts, relationships=related))
    if status == "scheduled":
        context.world.schedule(EVENT, response["id"], due)
    return {
        **facts,
        "form": form["id"],
        "formResponse": response["id"],
        "createdAt": iso(context.now),
        "sentBy": done["createdBy"],
        "sentByTeams": done["createdByTeams"],
        **({"scheduledFor": due} if status == "scheduled" else _sent(context)),
    }


def _sent(context: Context) -> dict[str, JSON]:
    return {"status": "offered", "sentAt": iso(context.now)}


def _form(context: Context, conversation: Record) -> Record | None:
    facts = conversation["attributes"]
    side = "lastMessageIn" if facts.get("lastMessageDirection") == "in" else "lastMessageOut"
    channel = facts[side].get("channel")
    forms = context.records.find("satisfaction_form") if channel else []
    for form in in_order(forms):
        of = form["attributes"]
        fits = of["enabled"] and of["channel"] == channel
        if fits and meets(context, conversation, of["criteria"]):
            return form
    return None
