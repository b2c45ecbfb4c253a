"""Business schedules: when the organisation is open, by weekday. At most one is the default."""

from __future__ import annotations

from kustomer_sandbox.simulator.operations import changes
from kustomer_sandbox.simulator.operations.call import Call
from kustomer_sandbox.simulator.operations.registry import rule
from kustomer_sandbox.simulator.operations.writing import new_record
from kustomer_sandbox.simulator.search.dates import zone
from kustomer_sandbox.simulator.values.clock import iso
from kustomer_sandbox.simulator.values.errors import BadRequest, Conflict, NotFound, Problem
from kustomer_sandbox.simulator.values.outcome import Outcome, Single


@rule("schedules.create")
def create(call: Call) -> Outcome:
    """A new schedule; as the default it takes the place of the one before."""
    _check(call)
    return Single(record=changes.create(call, new_record(call, "schedule", call.body)))


@rule("schedules.update")
def update(call: Call) -> Outcome:
    """Change a schedule, all fields together."""
    schedule = call.records.get_or_404("schedule", call.path["id"])
    _check(call)
    return Single(record=changes.update_by_caller(call, schedule, call.body))


@rule("schedules.get_default")
def get_default(call: Call) -> Outcome:
    """The default schedule. Raises `NotFound` where there is none."""
    found = call.records.get_by("schedule", "default", at=True)
    if found is None:
        raise NotFound("No schedule is the default.", rule="default-of-brands-and-schedules")
    return Single(record=found, included=[] if "include" in call.query else None)


@rule("schedules.delete")
def delete(call: Call) -> Outcome:
    """Leave a tombstone, which is neither listed nor found by id; the answer shows it."""
    schedule = call.records.get_or_404("schedule", call.path["id"])
    by = {"type": "user", "id": call.principal.user_id}
    fields = {"deleted": True, "deletedAt": iso(call.now)}
    buried = changes.update_by_caller(call, {**schedule, "deleted": True}, fields, relationships={"deletedBy": by})
    return Single(record=buried)


def _check(call: Call) -> None:
    """Refuse what no schema can: an unknown time zone, and hours that end before they begin. Unseat the default."""
    if zone(call.body["timezone"]) is None:
        raise BadRequest(Problem(message="This is no time zone of the IANA database.", pointer="/timezone"))
    for day, spans in call.body["hours"].items():
        for at, (opens, closes) in enumerate(spans or ()):
            if closes <= opens and not call.reads("schedule-hours", "taken"):
                message = "The closing minute must come after the opening one."
                raise BadRequest(Problem(message=message, pointer=f"/hours/{day}/{at}"))
    if call.body["default"]:
        for other in call.records.find("schedule", "default", at=True):
            if other["id"] != call.path.get("id"):
                if call.reads("one-default-schedule", "refused"):
                    message = "Another schedule is the default."
                    raise Conflict(Problem(message=message, pointer="/default"), rule="one-default-schedule")
                changes.update_by_system(call, other, {"default": False})
