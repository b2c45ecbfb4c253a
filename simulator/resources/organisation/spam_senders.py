"""Senders on the spam lists: one entry for each sender of a channel."""

from __future__ import annotations

from kustomer_sandbox.simulator.operations import changes
from kustomer_sandbox.simulator.operations.call import Call
from kustomer_sandbox.simulator.operations.registry import rule
from kustomer_sandbox.simulator.operations.writing import new_record
from kustomer_sandbox.simulator.values.outcome import Outcome, Single


@rule("spam_senders.upsert")
def upsert(call: Call) -> Outcome:
    """The sender's entry on the list that is named: a new one, or the one there is, whose case does not matter."""
    body = call.body
    found = call.records.get_by("sender", "sender", f"{body['channel']}:{body['sender']}".lower())
    if found is None:
        return Single(record=changes.create(call, new_record(call, "sender", body)))
    return Single(record=changes.update_by_caller(call, found, body))
