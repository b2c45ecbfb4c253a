"""Rules that choose a queue: kept as they are written. Nothing here routes by them (a divergence)."""

from __future__ import annotations

from kustomer_sandbox.simulator.operations.call import Call
from kustomer_sandbox.simulator.operations.defaults import create as create_plainly
from kustomer_sandbox.simulator.operations.defaults import update as update_plainly
from kustomer_sandbox.simulator.operations.registry import rule
from kustomer_sandbox.simulator.values.errors import BadRequest, Problem
from kustomer_sandbox.simulator.values.outcome import Outcome


@rule("queue_rules.create")
def create(call: Call) -> Outcome:
    """A new rule. Raises `BadRequest` for one without conditions, or that leads to the system's own queue."""
    _check(call)
    return create_plainly(call)


@rule("queue_rules.update")
def update(call: Call) -> Outcome:
    """Change a rule, which must be one afterwards as well."""
    _check(call)
    return update_plainly(call)


def _check(call: Call) -> None:
    criteria = call.body.get("criteria")
    if criteria is not None and not (criteria.get("and") or criteria.get("or")):
        missing = Problem(message="A rule needs a condition.", pointer="/criteria")
        raise BadRequest(missing, rule="queue-rule-conditions")
    queue = call.records.get("queue", call.body.get("queue", ""))
    if queue is not None and queue["attributes"]["system"]:
        message = "A rule cannot lead to the system's own queue."
        raise BadRequest(Problem(message=message, pointer="/queue"), rule="queue-rule-target")
