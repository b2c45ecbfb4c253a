"""Tags: written as names or ids, kept and shown as ids; an unknown name becomes a new tag."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from kustomer_sandbox.simulator.operations import changes
from kustomer_sandbox.simulator.operations.call import Call, Context
from kustomer_sandbox.simulator.operations.pages import page
from kustomer_sandbox.simulator.operations.registry import rule
from kustomer_sandbox.simulator.operations.writing import new_record
from kustomer_sandbox.simulator.values.ids import is_id
from kustomer_sandbox.simulator.values.outcome import Outcome

_COLORS = ("blue", "green", "orange", "purple", "red", "teal", "yellow")


@rule("tags.list_tags")
def list_tags(call: Call) -> Outcome:
    """A page of tags, all or those deleted or in use."""
    if "deleted" in call.query:
        return page(call, "deleted", call.query["deleted"])
    return page(call, "id")


def tag_ids(context: Context, tags: Iterable[str]) -> list[str]:
    """The ids of tags given by name or id, in order, without repeats. Unknown names are created."""
    return list(dict.fromkeys(tag_id(context, tag) or _create(context, tag) for tag in tags))


def tag_id(context: Context, tag: str) -> str | None:
    """The id of a known tag given by id or by name (any case), or None."""
    if is_id(tag) and context.records.get("tag", tag):
        return tag
    found = context.records.get_by("tag", "name", tag.lower())
    return str(found["id"]) if found else None


def _create(context: Context, name: str) -> str:
    color = _COLORS[hashlib.sha256(name.encode()).digest()[0] % len(_COLORS)]
    record = new_record(context, "tag", {"name": name, "color": color})
    return str(changes.create(context, record)["id"])
