"""Variables of workflows: values that steps read and no answer shows."""

from __future__ import annotations

from kustomer_sandbox.simulator.operations import changes
from kustomer_sandbox.simulator.operations.call import Call
from kustomer_sandbox.simulator.operations.registry import rule
from kustomer_sandbox.simulator.operations.writing import new_record
from kustomer_sandbox.simulator.values.outcome import NoContent, Outcome, Single

_KIND = "workflow_variable"


@rule("workflow_variables.create")
def create(call: Call) -> Outcome:
    """A new variable of the path's workflow."""
    workflow = call.records.get_or_404("workflow", call.path["id"])
    related = {"workflow": {"type": "workflow", "id": workflow["id"]}}
    made = changes.create(call, new_record(call, _KIND, call.body, relationships=related))
    _tell(call, workflow["id"])
    return Single(record=made)


@rule("workflow_variables.delete")
def delete(call: Call) -> Outcome:
    """Forget a variable."""
    variable = call.records.get_or_404(_KIND, call.path["id"])
    changes.delete(call, variable)
    _tell(call, variable["relationships"]["workflow"]["id"])
    return NoContent()


def _tell(call: Call, id: str) -> None:
    """Let a workflow show whether it has variables."""
    workflow = call.records.get_or_404("workflow", id)
    has = call.records.count(_KIND, "workflow", id) > 0
    if workflow["attributes"]["containsVariables"] is not has:
        changes.update_by_system(call, workflow, {"containsVariables": has})
