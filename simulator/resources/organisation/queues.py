"""Queues: what conversations are routed through. One belongs to the system: every organisation has it."""

from __future__ import annotations

from kustomer_sandbox.simulator.operations.call import Call
from kustomer_sandbox.simulator.operations.defaults import rewrite
from kustomer_sandbox.simulator.operations.pages import page
from kustomer_sandbox.simulator.operations.registry import rule
from kustomer_sandbox.simulator.values.errors import BadRequest, Problem
from kustomer_sandbox.simulator.values.outcome import Outcome, Single

_OF_THE_SYSTEM = "restrictTransfersByUsers"
"""The one field of the system's own queue that can be written (vendor-docs)."""


@rule("queues.list_queues")
def list_queues(call: Call) -> Outcome:
    """A page of queues, or the one with the key asked for."""
    return page(call, "key", call.query["key"]) if "key" in call.query else page(call, "id")


@rule("queues.update")
def update(call: Call) -> Outcome:
    """Change a queue; other fields of the system's own than the one that can be written are refused."""
    queue = call.records.get_or_404("queue", call.path["id"])
    if queue["attributes"]["system"]:
        for field in call.body:
            if field != _OF_THE_SYSTEM:
                message = f"Of the system's own queue only {_OF_THE_SYSTEM} can be changed."
                raise BadRequest(Problem(message=message, pointer=f"/{field}"), rule="default-queue")
    return Single(record=rewrite(call, queue))
