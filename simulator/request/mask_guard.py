"""Keeps a mask that was read from being written back over the value it hides; elsewhere a mask is a text like any."""

from __future__ import annotations

from collections.abc import Iterator

from kustomer_sandbox.contracts.model import Operation
from kustomer_sandbox.contracts.validation import ValuePath, pointer
from kustomer_sandbox.simulator.records.masking import STARS, Style
from kustomer_sandbox.simulator.request.context import RequestContext
from kustomer_sandbox.simulator.values.errors import BadRequest, Problem
from kustomer_sandbox.simulator.values.record import JSON

_CHANGES = ("PUT", "PATCH")
"""What replaces values by what a caller may have read. A redaction (POST) may leave stars on purpose."""
_MARKS: dict[Style, bytes] = {"stars": STARS.encode(), "object": b"isMasked", "partial": b"isMasked"}
"""Part of every body that holds the mask of a world, by how its masks look."""


def refuse_masks(x: RequestContext, operation: Operation) -> None:
    """Refuse a change that would put the world's mask in place of a sensitive value. Raises `BadRequest`."""
    if operation.method not in _CHANGES or _MARKS[x.world.masking] not in x.request.body:
        return
    for id, change, at in _changes(x, operation):
        record = x.unit.get(operation.resource.type, id)
        for path in x.world.masked_paths(record["type"]).paths if record else ():
            for found in _masks_at(change, path, at, x.world.masking):
                if x.world.reads("no-mask-written-back", "stored"):
                    return
                words = f"{pointer(found)} holds the mask that hides a value; leave the field out instead."
                raise BadRequest(Problem(message=words, pointer=pointer(found)), rule="no-mask-written-back")


def _changes(x: RequestContext, operation: Operation) -> Iterator[tuple[str, JSON, ValuePath]]:
    """Each change of a call: the id of its record, what it says, and where in the body that stands."""
    if operation.bulk_of is None:
        yield x.path.get("id", ""), x.body, ()
        return
    ids = [id for id in str(x.query.get("ids", "")).split(",") if id]
    items: list[tuple[JSON, ValuePath]] = (
        [(item, (number,)) for number, item in enumerate(x.body)] if isinstance(x.body, list) else [(x.body, ())]
    )
    for item, at in items:
        for id in ids or [item.get("id", "")]:
            yield id, item, at


def _masks_at(node: JSON, path: tuple[str, ...], at: ValuePath, style: Style) -> Iterator[ValuePath]:
    """Where below a path of what is masked the body holds a mask. A path leads into a list by `*`, or ends there."""
    if isinstance(node, list):
        for number, item in enumerate(node):
            yield from _masks_at(item, path[1:], (*at, number), style)
    elif not path:
        yield from _masks(node, at, style)
    elif isinstance(node, dict) and path[0] in node:
        yield from _masks_at(node[path[0]], path[1:], (*at, path[0]), style)


def _masks(node: JSON, at: ValuePath, style: Style) -> Iterator[ValuePath]:
    """Where a value is a mask, or holds one."""
    if node == STARS if style == "stars" else isinstance(node, dict) and node.get("isMasked") is True:
        yield at
    elif isinstance(node, dict | list):
        for key, item in node.items() if isinstance(node, dict) else enumerate(node):
            yield from _masks(item, (*at, key), style)
