"""How the chat of the default brand looks: one record, which nothing makes or deletes."""

from __future__ import annotations

from kustomer_sandbox.simulator.operations.call import Call
from kustomer_sandbox.simulator.operations.registry import rule
from kustomer_sandbox.simulator.values.errors import NotFound
from kustomer_sandbox.simulator.values.outcome import Outcome, Single


@rule("chat_settings.get_settings")
def get_settings(call: Call) -> Outcome:
    """The settings. Raises `NotFound` where chat was never set up."""
    found = call.records.find("chat_settings", limit=1)
    if not found:
        raise NotFound("Chat has not been set up.", rule="chat-settings")
    return Single(record=found[0])
