"""How files are uploaded and read: the forms and addresses that answers give, and contents that are removed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kustomer_sandbox.simulator.operations.call import Call
from kustomer_sandbox.simulator.operations.writing import without
from kustomer_sandbox.simulator.values.outcome import Outcome, Page, Single
from kustomer_sandbox.simulator.values.presigned import FilePlace, presigned, upload_fields
from kustomer_sandbox.simulator.values.record import Record


def with_address(call: Call, record: Record, method: str = "GET") -> Record:
    """The record with the address at which its content is read or, by PUT, written."""
    place = FilePlace(call.world.name, record["type"], record["id"])
    address = presigned(call.world.files.secret, method, place, call.now)
    return {**record, "related": call.origin() + address}


def with_form(call: Call, record: Record, **meta: str) -> Single:
    """The record with the address of its content, and the form to upload it with."""
    attributes = record["attributes"]
    place = FilePlace(call.world.name, record["type"], record["id"])
    fields = upload_fields(
        call.world.files.secret,
        place,
        content_type=attributes["contentType"],
        length=attributes["contentLength"],
        now=call.now,
    )
    upload = {"url": call.origin() + place.bucket, "fields": fields}
    return Single(record=with_address(call, record), meta={**meta, "upload": upload})


def one_or_several(call: Call, **meta: str) -> Outcome:
    """The record of the path's id, with the form to upload it; of several ids those there are, in the order asked."""
    kind, ids = call.operation.resource.type, call.path["id"].split(",")
    if len(ids) == 1:
        return with_form(call, call.records.get_or_404(kind, ids[0]), **meta)
    found = [record for id in dict.fromkeys(ids) if (record := call.records.get(kind, id))]
    return Page(records=[with_address(call, record) for record in found])


def redacted(record: Record, fields: Mapping[str, Any]) -> Record:
    """The record without its content if a change redacts it: that cannot be taken back."""
    return {**record, "attributes": without(record["attributes"], "digest")} if fields.get("redacted") else record
