"""Satisfaction surveys: planned when a conversation is done, sent when their time has come if it still is.

The states are vendor-docs; which survey is taken, and when, is assumed: the first enabled one for the channel of the
last message whose criteria the conversation meets, its `delayTime` in seconds after the conversation is done.
Nothing is delivered, and no customer answers by himself.
"""

from __future__ import annotations

from datetime import timedelta

from kustomer_sandbox.simulator.operations import changes
from kustomer_sandbox.simulator.operations.call import Call, Context
from kustomer_sandbox.simulator.operations.registry import job
from kustomer_sandbox.simulator.operations.writing import new_record
from kustomer_sandbox.simulator.resources.conversations.criteria import meets
from kustomer_sandbox.simulator.values.clock import iso
from kustomer_sandbox.simulator.values.record import JSON, Record

EVENT = "survey"
_HISTORY = timedelta(minutes=1)
"""What a scenario tells of the past asks nobody: an end that lies further back than this is history."""


def follow(call: Call, before: Record, after: Record) -> None:
    """Plan the survey of a conversation just done."""
    was, now = before["attributes"], after["attributes"]
    if now["status"] != "done" or was["status"] == "done" or call.now < call.world.clock.now() - _HISTORY:
        return
    form = _form(call, after)
    if form is None or "satisfactionLevel" in call.body:
        return
    due = call.now + timedelta(seconds=form["attributes"]["delayTime"])
    call.world.schedule(EVENT, f"{after['id']}:{form['id']}", iso(due))


@job(EVENT)
def offer(context: Context, ref: str) -> Record | None:
    """Send the survey, unless the conversation is open again, gone, or was asked about since."""
    id, _, form_id = ref.partition(":")
    conversation, form = context.records.get("conversation", id), context.records.get("satisfaction_form", form_id)
    if conversation is None or form is None or conversation["attributes"]["status"] != "done":
        return None
    done, level = conversation["attributes"]["lastDone"], conversation["attributes"]["satisfactionLevel"]
    if not form["attributes"]["enabled"] or level.get("createdAt", "") >= done["createdAt"]:
        return None
    facts = {"status": "offered", "channel": form["attributes"]["channel"], "answers": []}
    related = {
        "conversation": {"type": "conversation", "id": id},
        "customer": conversation["relationships"]["customer"],
    }
    response = changes.create(context, new_record(context, "satisfaction_response", facts, relationships=related))
    shown: dict[str, JSON] = {
        **facts,
        "form": form_id,
        "formResponse": response["id"],
        "createdAt": iso(context.now),
        "sentAt": iso(context.now),
        "sentBy": done["createdBy"],
        "sentByTeams": done["createdByTeams"],
    }
    return changes.update_by_system(context, conversation, {"satisfactionLevel": shown})


def _form(context: Context, conversation: Record) -> Record | None:
    facts = conversation["attributes"]
    side = "lastMessageIn" if facts.get("lastMessageDirection") == "in" else "lastMessageOut"
    channel = facts[side].get("channel")
    forms = context.records.find("satisfaction_form") if channel else ()
    for form in sorted(forms, key=lambda form: form["attributes"]["position"]):
        of = form["attributes"]
        fits = of["enabled"] and of["channel"] == channel
        if fits and meets(conversation, of["criteria"], context.world.contracts.search):
            return form
    return None
