"""Where a part of a full document is written: in the field table, or among the operation's own parameters."""

from __future__ import annotations

from kustomer_sandbox.contracts.documents import Document
from kustomer_sandbox.contracts.expand.fields import forms_of
from kustomer_sandbox.contracts.model import JSON
from kustomer_sandbox.contracts.vocabulary.complaints import Steps

_SCHEMA = 3
"""Steps to a schema among the components; `properties` and the field's name are the next two."""


def where_written(written: Document, full: Document, steps: Steps) -> Steps:
    """The place in the written document, for a place in the full one."""
    return _of_a_field(written, steps) or _of_a_parameter(written, full, steps) or steps


def _of_a_field(written: Document, steps: Steps) -> Steps:
    """A schema that the field table makes stands in the rows of the table."""
    resource = written.get("x-resource", {})
    fields = resource.get("fields", {})
    if steps[:2] != ("components", "schemas") or "schema" not in resource or len(steps) <= _SCHEMA + 1:
        return ()
    is_row = steps[_SCHEMA] == "properties" and steps[_SCHEMA + 1] in fields
    if steps[2] not in forms_of(resource).values() or not is_row or _node(written, steps[: _SCHEMA + 2]) is not None:
        return ()
    return ("x-resource", "fields", *steps[_SCHEMA + 1 :])


def _of_a_parameter(written: Document, full: Document, steps: Steps) -> Steps:
    """What the expansion adds to parameters stands before those that are written."""
    at = next((at + 1 for at, step in enumerate(steps[:4]) if step == "parameters" and steps[0] == "paths"), 0)
    index = steps[at] if at and len(steps) > at else None
    if not isinstance(index, int):
        return ()
    own, every = _node(written, steps[:at]) or [], _node(full, steps[:at])
    place = index - (len(every) - len(own))
    return (*steps[:at], place, *steps[at + 1 :]) if place >= 0 else steps[:at]


def _node(document: Document, steps: Steps) -> JSON:
    node: JSON = document
    for step in steps:
        if not isinstance(node, dict) or step not in node:
            return None
        node = node[step]
    return node
