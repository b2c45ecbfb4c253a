"""Files that messages, notes and drafts carry: what becomes of attachments named or described in a body."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from kustomer_sandbox.simulator.operations import changes
from kustomer_sandbox.simulator.operations.call import Call, Context
from kustomer_sandbox.simulator.operations.writing import new_record, without
from kustomer_sandbox.simulator.values.outcome import Page
from kustomer_sandbox.simulator.values.record import JSON, Record

_OWNERS = ("message", "forward")
"""What an attachment shows that it belongs to; beside them, the draft it was made for."""
_DESCRIBED = ("name", "contentType", "contentLength")


def references(items: Iterable[JSON]) -> list[JSON]:
    """The relationship to attachments given as ids, or as descriptions of files by their `_id` (or `id`)."""
    return [{"type": "attachment", "id": id} for id in dict.fromkeys(_id(item) for item in items)]


def _id(item: JSON) -> str:
    return item if isinstance(item, str) else str(item["_id"] if "_id" in item else item["id"])


def attach(context: Context, items: Sequence[JSON], owner: Record) -> None:
    """Have the attachments of a message, note or forward belong to it; files that are described and new get a record.

    One that is described with a `sourceId` has that one's content (assumed). Ids that name nothing are passed over.
    """
    for item in items:
        record = context.records.get("attachment", _id(item))
        if record is None and not isinstance(item, str):
            record = _described(context, item)
        if record is not None and owner["type"] in _OWNERS:
            place = {owner["type"]: {"type": owner["type"], "id": owner["id"]}}
            relationships = {**without(record["relationships"], "draft"), **place}
            changes.update_by_system(context, {**record, "relationships": relationships})


def _described(context: Context, item: JSON) -> Record:
    attributes = {name: item[name] for name in _DESCRIBED}
    source = context.records.get("attachment", item["sourceId"]) if "sourceId" in item else None
    if source is not None:
        attributes |= {
            name: source["attributes"][name] for name in ("digest", "uploaded") if name in source["attributes"]
        }
    return changes.create(context, new_record(context, "attachment", attributes, id=_id(item)))


def ids_of(record: Record) -> list[str]:
    """The ids of the attachments that a record is related to."""
    return [item["id"] for item in record["relationships"].get("attachments", ())]


def held_by(context: Context, records: Iterable[Record]) -> list[Record]:
    """The attachments of these records, those there are, each once."""
    ids = dict.fromkeys(id for record in records for id in ids_of(record))
    return [found for id in ids if (found := context.records.get("attachment", id))]


def with_attachments(call: Call, found: Page) -> Page:
    """The page with the attachments' records beside it when the query includes them."""
    return replace(found, included=held_by(call, found.records)) if "include" in call.query else found
