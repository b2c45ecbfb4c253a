"""Role groups (permission sets): roles under one name, for users and teams; and the names of all roles."""

from __future__ import annotations

from kustomer_sandbox.simulator.operations import changes
from kustomer_sandbox.simulator.operations.call import Call
from kustomer_sandbox.simulator.operations.defaults import rewrite
from kustomer_sandbox.simulator.operations.registry import rule
from kustomer_sandbox.simulator.values.errors import Conflict, Forbidden
from kustomer_sandbox.simulator.values.outcome import NoContent, Outcome, RawDocument, Single
from kustomer_sandbox.simulator.values.record import Record


@rule("role_groups.update")
def update(call: Call) -> Outcome:
    """Change a role group that is not the system's own."""
    return Single(record=rewrite(call, _own(call)))


@rule("role_groups.delete")
def delete(call: Call) -> Outcome:
    """Forget a role group that is not the system's own; users and teams keep its id."""
    changes.delete(call, _own(call))
    return NoContent()


@rule("role_groups.list_roles")
def list_roles(call: Call) -> Outcome:
    """The names of all roles that any operation asks for, and of the areas above them."""
    operations = call.world.contracts.operations.values()
    names = {role for operation in operations for role in operation.roles if "{" not in role}
    above = {".".join(name.split(".")[:count]) for name in names for count in range(1, name.count(".") + 1)}
    return RawDocument(document={"data": [{"type": "role", "id": name} for name in sorted(names | above)]})


def _own(call: Call) -> Record:
    group = call.records.get_or_404("role_group", call.path["id"])
    if group["attributes"]["system"]:
        words = "The system's own role groups cannot be changed."
        if call.reads("system-role-groups", "forbidden"):
            raise Forbidden(words, rule="system-role-groups")
        raise Conflict(words, rule="system-role-groups")
    return group
