"""Conversation times: how long an agent had a conversation in hand, one record for each handle session.

What begins and ends a session is not published. Here it is the time in which a conversation is open and its assigned
users stay the same (assumed); each of them has a record when it ends, none if no time has passed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace

from kustomer_sandbox.simulator.operations import changes
from kustomer_sandbox.simulator.operations.call import Call, Context
from kustomer_sandbox.simulator.operations.pages import page
from kustomer_sandbox.simulator.operations.registry import rule
from kustomer_sandbox.simulator.operations.writing import new_record
from kustomer_sandbox.simulator.resources.organisation.membership import teams_of
from kustomer_sandbox.simulator.values.clock import iso
from kustomer_sandbox.simulator.values.moments import milliseconds
from kustomer_sandbox.simulator.values.outcome import Outcome, Page, Single
from kustomer_sandbox.simulator.values.record import JSON, Record

_TYPE = "conversation_time"
_DURATIONS = ("handleTime", "messageTime", "noteTime")


@rule("conversation_times.get_times")
def get_times(call: Call) -> Outcome:
    """One by its id; those found of several, in the order asked."""
    ids = call.path["ids"].split(",")
    if len(ids) == 1:
        return Single(record=call.records.get_or_404(_TYPE, ids[0], parameter="ids"))
    return Page(records=[found for id in dict.fromkeys(ids) if (found := call.records.get(_TYPE, id))])


@rule("conversation_times.list_in_milliseconds")
def list_in_milliseconds(call: Call) -> Outcome:
    """A page of the same sessions; all durations are milliseconds."""
    call.records.get_or_404("conversation", call.path["id"])
    found = page(call, "conversation", call.path["id"])
    return replace(found, records=[_in_milliseconds(record) for record in found.records])


def _in_milliseconds(record: Record) -> Record:
    facts = record["attributes"]
    durations = {name: facts[name] * 1000 for name in _DURATIONS} | {"handleTime": facts["milliseconds"]}
    return {**record, "attributes": facts | durations}


def end_sessions(context: Context, conversation: Record, after: Mapping[str, JSON]) -> None:
    """Record the sessions that a change of a conversation to these attributes ends; imported ones have none."""
    before = conversation["attributes"]
    users = before["assignedUsers"]
    goes_on = after["status"] == "open" and after["assignedUsers"] == users
    if not users or goes_on or before["status"] != "open" or "importedAt" in before:
        return
    history = before["modificationHistory"]
    start, now = max(history["statusAt"], history["assignedUsersAt"] or ""), iso(context.now)
    spent = milliseconds(start, now)
    if spent:
        for user in users:
            changes.create(context, _session(context, conversation, user, after, start=start, spent=spent))


def _session(
    context: Context, conversation: Record, user: str, after: Mapping[str, JSON], *, start: str, spent: int
) -> Record:
    before, wrote = conversation["attributes"], conversation["attributes"]["lastMessageOut"]
    has_written = wrote.get("createdBy") == user and wrote["sentAt"] >= start
    facts = {
        "createdByTeams": teams_of(context, user),
        "assignedUsers": before["assignedUsers"],
        "assignedTeams": before["assignedTeams"],
        "channels": before["channels"],
        "handleAt": start,
        "handleTime": round(spent / 1000),
        "milliseconds": spent,
        "messageTime": 0,
        "noteTime": 0,
        "touched": has_written,
        "reopened": start == before["modificationHistory"]["statusAt"] and before.get("reopenCount", 0) > 0,
        "snoozed": after["status"] == "snoozed",
        "resolved": after["status"] == "done",
        **({"messageAt": wrote["sentAt"]} if has_written else {}),
        **_written(context, conversation["id"], user, start),
    }
    # An id of its own making: those of the world are not used up by what nobody asked for.
    id = conversation["id"][:8] + hashlib.sha256(f"{conversation['id']}/{user}/{start}".encode()).hexdigest()[:16]
    record = new_record(context, _TYPE, facts, id=id)
    record["relationships"] = {
        "customer": conversation["relationships"]["customer"],
        "conversation": {"type": "conversation", "id": conversation["id"]},
        "createdBy": {"type": "user", "id": user},
    }
    return record


def _written(context: Context, conversation: str, user: str, start: str) -> dict[str, JSON]:
    """How many messages and notes a user has written to a conversation since then, and when the last note."""
    records = context.records
    messages, notes = (
        [
            record["attributes"]
            for record in (records.get_or_404(kind, id) for id in records.ids(kind, "conversation", conversation))
            if record["relationships"].get("createdBy", {}).get("id") == user
            and record["attributes"]["createdAt"] >= start
        ]
        for kind in ("message", "note")
    )
    sent = [message for message in messages if message["direction"] == "out"]
    last = {"noteAt": max(note["createdAt"] for note in notes)} if notes else {}
    return {"messagesSent": len(sent), "notesSent": len(notes), **last}
