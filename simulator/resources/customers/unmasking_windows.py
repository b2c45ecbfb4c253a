"""Unmasking windows: at most one per customer, open for a fixed time, closed on demand or by the clock."""

from __future__ import annotations

from datetime import datetime, timedelta

from kustomer_sandbox.simulator.operations.call import Call
from kustomer_sandbox.simulator.operations.registry import job, rule
from kustomer_sandbox.simulator.records.records import encoded
from kustomer_sandbox.simulator.values.clock import iso
from kustomer_sandbox.simulator.values.outcome import NoContent, Outcome, Single
from kustomer_sandbox.simulator.values.record import Record
from kustomer_sandbox.simulator.world.world import WINDOW, World

DURATION = timedelta(hours=24)
"""The default of an organisation's data masking settings (vendor-docs); callers cannot pass their own."""


@rule("unmasking_windows.open_window")
def open_window(call: Call) -> Outcome:
    """Open the customer's window now, or start it anew. Answers with the customer."""
    customer = call.records.get_or_404("customer", call.path["id"])
    now, end = iso(call.now), iso(call.now + DURATION)
    before = call.world.window(customer["id"])
    window = {
        "requestedBy": call.principal.user_id,
        "startDate": now,
        "endDate": end,
        "createdAt": before["createdAt"] if before else now,
        "updatedAt": now,
    }
    _put(call.world, customer["id"], window, known=before is not None)
    call.world.schedule("window-end", customer["id"], end)
    return Single(record=customer)


@rule("unmasking_windows.close_window")
def close_window(call: Call) -> Outcome:
    """Close the customer's window; closing none is fine (assumed), an unknown customer is not found."""
    customer = call.records.get_or_404("customer", call.path["id"])
    _close(call.world, call.now, customer["id"])
    call.world.unschedule("window-end", customer["id"])
    return NoContent()


@job("window-end")
def end_window(world: World, now: datetime, customer: str) -> Record | None:
    """The window's time is over."""
    _close(world, now, customer)
    return world.records.get("customer", customer)


def _close(world: World, now: datetime, customer: str) -> None:
    window = world.window(customer)
    if window and "endDate" in window:
        stamps = {"createdAt": window["createdAt"], "updatedAt": iso(now)}
        _put(world, customer, stamps, known=True)


def _put(world: World, customer: str, window: dict[str, str], *, known: bool) -> None:
    write = world.store.update if known else world.store.insert
    write(WINDOW, customer, encoded(window), {})
