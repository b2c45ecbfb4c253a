"""Records in an order that callers set: it is kept as their attribute `position`."""

from __future__ import annotations

from collections.abc import Iterable

from kustomer_sandbox.simulator.operations import changes
from kustomer_sandbox.simulator.operations.call import Call
from kustomer_sandbox.simulator.values.record import Record


def in_order(records: list[Record]) -> list[Record]:
    """The records by their position; those made since an order was set have none and come last."""
    return sorted(records, key=lambda record: record["attributes"].get("position", len(records)))


def put_in_order(call: Call, records: list[Record], first: Iterable[str]) -> None:
    """Give the records of these ids the first positions, then the others as they stood (assumed).

    `records` are in their present order, and each id is of one of them. Those that stay where they are keep their rev.
    """
    by_id = {record["id"]: record for record in records}
    for position, id in enumerate(dict.fromkeys(first) | dict.fromkeys(by_id)):
        if by_id[id]["attributes"].get("position") != position:
            changes.update_by_caller(call, by_id[id], {"position": position})
