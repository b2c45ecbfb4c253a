"""Service level agreements: they are only read. What an agreement promises stands in its versions."""

from __future__ import annotations

from collections.abc import Sequence

from kustomer_sandbox.simulator.operations.call import Call
from kustomer_sandbox.simulator.operations.pages import page
from kustomer_sandbox.simulator.operations.registry import rule
from kustomer_sandbox.simulator.values.outcome import Outcome, Single
from kustomer_sandbox.simulator.values.record import Record


@rule("slas.list_slas")
def list_slas(call: Call) -> Outcome:
    """A page of agreements, with the versions of each that are asked for."""
    found = page(call, "id")
    found.included = _versions(call, found.records)
    return found


@rule("slas.get")
def get(call: Call) -> Outcome:
    """One agreement, with the versions that are asked for."""
    sla = call.records.get_or_404("sla", call.path["id"])
    return Single(record=sla, included=_versions(call, [sla]))


def _versions(call: Call, slas: Sequence[Record]) -> list[Record] | None:
    """All versions of these agreements by number, or the active one of each; None where none are asked for."""
    wanted = call.query.get("versions")
    if wanted is None:
        return None
    return [
        version
        for sla in slas
        for version in call.records.find("sla_version", "sla", sla["id"])
        if wanted == "all" or version["attributes"]["version"] == sla["attributes"]["currentVersion"]
    ]
