"""Which attachments a message or a draft has, and their records beside a page of them."""

from __future__ import annotations

from dataclasses import replace

from kustomer_sandbox.simulator.operations.call import Call
from kustomer_sandbox.simulator.values.outcome import Page
from kustomer_sandbox.simulator.values.record import Record


def with_attachments(call: Call, found: Page) -> Page:
    """The page with the attachments' records beside it, an empty list if there are none, when the query includes them.

    Ids of which there is no record are passed over.
    """
    if "include" not in call.query:
        return found
    ids = dict.fromkeys(id for record in found.records for id in attachments_of(record))
    return replace(found, included=[record for id in ids if (record := call.records.get("attachment", id))])


def attachments_of(record: Record) -> list[str]:
    """The ids of a message's attachments, or of those a draft will have."""
    ids: list[str] = record["attributes"].get("attachments", [])
    return ids or [item["id"] for item in record["relationships"].get("attachments", ())]
