"""Satisfaction surveys: changed and put in order; only so many of a channel may be enabled."""

from __future__ import annotations

from kustomer_sandbox.simulator.operations import changes
from kustomer_sandbox.simulator.operations.call import Call
from kustomer_sandbox.simulator.operations.ordering import in_order, put_in_order
from kustomer_sandbox.simulator.operations.pages import page_of_records
from kustomer_sandbox.simulator.operations.registry import rule
from kustomer_sandbox.simulator.operations.writing import reference
from kustomer_sandbox.simulator.values.errors import Problem, UnprocessableEntity
from kustomer_sandbox.simulator.values.outcome import Outcome, Single
from kustomer_sandbox.simulator.values.record import Record

MOST_ENABLED = 30
"""Enabled surveys of one channel (vendor-docs)."""


@rule("satisfaction.list_forms")
def list_forms(call: Call) -> Outcome:
    """A page of the surveys, those that are tried first before the others."""
    return page_of_records(call, _in_order(call))


@rule("satisfaction.reorder")
def reorder(call: Call) -> Outcome:
    """The surveys in their new order: those named, then the others as they stood (assumed)."""
    for id in call.body["satisfactionForms"]:
        reference(call, "satisfaction_form", id, field="satisfactionForms")
    put_in_order(call, _in_order(call), call.body["satisfactionForms"])
    return page_of_records(call, _in_order(call))


@rule("satisfaction.update")
def update(call: Call) -> Outcome:
    """Change a survey. Raises `UnprocessableEntity` where it would be one enabled survey of its channel too many."""
    form = call.records.get_or_404("satisfaction_form", call.path["id"])
    fields = dict(call.body)
    if "criteria" in fields:
        fields["criteria"] = {"and": [], "or": [], **(fields["criteria"] or {})}
    before, after = form["attributes"], {**form["attributes"], **fields}
    enters = after["enabled"] and (not before["enabled"] or after["channel"] != before["channel"])
    if enters and _enabled(call, after["channel"]) >= MOST_ENABLED:
        message = f"A channel has at most {MOST_ENABLED} enabled surveys."
        field = "/channel" if before["enabled"] else "/enabled"
        raise UnprocessableEntity(Problem(message=message, pointer=field), rule="enabled-surveys-of-a-channel")
    return Single(record=changes.update_by_caller(call, form, fields))


def _enabled(call: Call, channel: str) -> int:
    forms = (form["attributes"] for form in call.records.find("satisfaction_form"))
    return sum(form["enabled"] and form["channel"] == channel for form in forms)


def _in_order(call: Call) -> list[Record]:
    return in_order(call.records.find("satisfaction_form"))
