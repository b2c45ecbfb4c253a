"""Sub-statuses: finer words for the status of a conversation or custom object."""

from __future__ import annotations

from kustomer_sandbox.simulator.operations.call import Call
from kustomer_sandbox.simulator.operations.pages import page
from kustomer_sandbox.simulator.operations.registry import rule
from kustomer_sandbox.simulator.values.outcome import Outcome


@rule("sub_statuses.list_sub_statuses")
def list_sub_statuses(call: Call) -> Outcome:
    """A page of all of them, or of those for one type of record."""
    return page(call, "resourceType", call.query["resourceType"]) if "resourceType" in call.query else page(call, "id")
