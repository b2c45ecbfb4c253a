"""Rules that choose a queue, in the order in which they are tried. `work_items` routes by them."""

from __future__ import annotations

from kustomer_sandbox.simulator.operations.call import Call
from kustomer_sandbox.simulator.operations.defaults import create as create_plainly
from kustomer_sandbox.simulator.operations.defaults import update as update_plainly
from kustomer_sandbox.simulator.operations.ordering import in_order, put_in_order
from kustomer_sandbox.simulator.operations.pages import page_of_records
from kustomer_sandbox.simulator.operations.registry import rule
from kustomer_sandbox.simulator.operations.writing import reference
from kustomer_sandbox.simulator.values.errors import BadRequest, Problem
from kustomer_sandbox.simulator.values.outcome import Outcome
from kustomer_sandbox.simulator.values.record import Record


@rule("queue_rules.list_rules")
def list_rules(call: Call) -> Outcome:
    """A page of the rules, those that are tried first before the others."""
    return page_of_records(call, _in_order(call))


@rule("queue_rules.reorder")
def reorder(call: Call) -> Outcome:
    """The rules in their new order: those named, then the others as they stood (assumed)."""
    for id in call.body["queueRules"]:
        reference(call, "queue_rule", id, field="queueRules")
    put_in_order(call, _in_order(call), call.body["queueRules"])
    return page_of_records(call, _in_order(call))


def _in_order(call: Call) -> list[Record]:
    return in_order(call.records.find("queue_rule"))


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
