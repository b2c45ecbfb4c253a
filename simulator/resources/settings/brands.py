"""Brands: the names under which an organisation meets its customers. One may be the default."""

from __future__ import annotations

from kustomer_sandbox.simulator.operations.call import Call
from kustomer_sandbox.simulator.operations.registry import rule
from kustomer_sandbox.simulator.values.errors import NotFound
from kustomer_sandbox.simulator.values.outcome import Outcome, Single


@rule("brands.get_default")
def get_default(call: Call) -> Outcome:
    """The default brand. Raises `NotFound` where there is none."""
    found = call.records.get_by("brand", "default", at=True)
    if found is None:
        raise NotFound("No brand is the default.", rule="default-of-brands-and-schedules")
    return Single(record=found)
