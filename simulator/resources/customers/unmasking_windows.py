"""Unmasking windows: at most one per customer, open for a fixed time, closed on demand or by the clock."""

from __future__ import annotations

from kustomer_sandbox.simulator.operations import changes
from kustomer_sandbox.simulator.operations.call import Call, Context
from kustomer_sandbox.simulator.operations.registry import job, rule
from kustomer_sandbox.simulator.records.unit_of_work import WINDOW
from kustomer_sandbox.simulator.values.clock import iso
from kustomer_sandbox.simulator.values.errors import NotFound, Problem
from kustomer_sandbox.simulator.values.outcome import NoContent, Outcome, Single
from kustomer_sandbox.simulator.values.record import Record


@rule("unmasking_windows.open_window")
def open_window(call: Call) -> Outcome:
    """Open the customer's window now, or start it anew. Answers with the customer, with the caller as its modifier.

    How long it lasts is a setting of the organisation (vendor-docs); callers cannot pass their own.
    The answer alone says so: that the customer's record, and its revision, stay as they are is assumed.
    """
    customer = call.records.get_or_404("customer", call.path["id"])
    now, end = iso(call.now), iso(call.now + call.world.windows.duration)
    before = call.records.get(WINDOW, customer["id"])
    window = {
        "requestedBy": call.principal.user_id,
        "startDate": now,
        "endDate": end,
        "createdAt": before["createdAt"] if before else now,
        "updatedAt": now,
    }
    changes.put(call, WINDOW, customer["id"], window)
    call.world.schedule("window-end", customer["id"], end)
    modifier = {"modifiedBy": {"type": "user", "id": call.principal.user_id}}
    return Single(record={**customer, "relationships": {**customer["relationships"], **modifier}})


@rule("unmasking_windows.close_window")
def close_window(call: Call) -> Outcome:
    """Close the customer's window; closing none is fine (assumed), an unknown customer is not found."""
    customer = call.records.get_or_404("customer", call.path["id"])
    if not _is_open(call, customer["id"]) and call.reads("window-delete-without-window", "not-found"):
        raise NotFound(
            Problem(message="No unmasking window is open.", parameter="id"), rule="window-delete-without-window"
        )
    close(call, customer["id"])
    return NoContent()


def close(context: Context, customer: str) -> None:
    """Close a customer's window, if there is one that is open."""
    _close(context, customer)
    context.world.unschedule("window-end", customer)


@job("window-end")
def end_window(context: Context, customer: str) -> Record | None:
    """The window's time is over."""
    _close(context, customer)
    return context.records.get("customer", customer)


def _is_open(context: Context, customer: str) -> bool:
    return "endDate" in (context.records.get(WINDOW, customer) or {})


def _close(context: Context, customer: str) -> None:
    window = context.records.get(WINDOW, customer)
    if window and "endDate" in window:
        stamps = {"createdAt": window["createdAt"], "updatedAt": iso(context.now)}
        changes.put(context, WINDOW, customer, stamps)
