"""Attachments: of messages, of drafts, or waiting to be named by one."""

from __future__ import annotations

from typing import Any

from kustomer_sandbox.simulator.operations import changes
from kustomer_sandbox.simulator.operations.call import Call
from kustomer_sandbox.simulator.operations.pages import page_of_records
from kustomer_sandbox.simulator.operations.registry import rule
from kustomer_sandbox.simulator.operations.writing import new_record
from kustomer_sandbox.simulator.resources.files.attaching import held_by, ids_of
from kustomer_sandbox.simulator.resources.files.uploads import one_or_several, redacted, with_address, with_form
from kustomer_sandbox.simulator.values.errors import BadRequest, NotFound, Problem
from kustomer_sandbox.simulator.values.outcome import NoContent, Outcome, Single
from kustomer_sandbox.simulator.values.record import Record

_NEEDED = ("name", "contentType", "contentLength")
_WHATSAPP_TYPES = frozenset({
    "audio/aac", "audio/mp4", "audio/amr", "audio/mpeg", "audio/mp3", "audio/ogg", "audio/m4a", "audio/x-m4a",
    "video/mp4", "video/3gp", "video/3gpp",
    "text/plain", "application/pdf",
    "application/msword", "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "application/vnd.ms-excel", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/vnd.ms-powerpoint", "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "image/jpeg", "image/jpg", "image/png",
    "image/webp",
})  # fmt: skip
"""What WhatsApp takes: audio, video, documents, pictures, stickers. Published by their endings."""


@rule("attachments.create")
def create(call: Call) -> Outcome:
    """A new attachment that nothing names yet, with the form to upload it."""
    return with_form(call, changes.create(call, new_record(call, "attachment", call.body)))


@rule("attachments.get")
def get(call: Call) -> Outcome:
    """One attachment or several."""
    return one_or_several(call)


@rule("attachments.upsert")
def upsert(call: Call) -> Outcome:
    """Change an attachment, or make one of this id; raises `BadRequest` if the body does not say enough for that."""
    record = call.records.get("attachment", call.path["id"])
    if record is not None:
        return with_form(call, changes.update_by_caller(call, redacted(record, call.body), call.body))
    missing = next((name for name in _NEEDED if name not in call.body), None)
    if missing is not None:
        words = f"There is no attachment with this id; to create it, give {missing}."
        raise BadRequest(Problem(message=words, pointer=f"/{missing}"), rule="attachment-upsert")
    return with_form(call, changes.create(call, new_record(call, "attachment", call.body, id=call.path["id"])))


@rule("attachments.get_of_message")
def get_of_message(call: Call) -> Outcome:
    """An attachment that the message of the path has."""
    message = call.records.get_or_404("message", call.path["message_id"], parameter="message_id")
    return Single(record=with_address(call, _held(call, message, "id")))


@rule("attachments.list_of_conversation")
def list_of_conversation(call: Call) -> Outcome:
    """A page of the attachments of the conversation's messages."""
    conversation = call.records.get_or_404("conversation", call.path["id"])
    found = held_by(call, call.records.find("message", "conversation", conversation["id"]))
    return page_of_records(call, [with_address(call, record) for record in found])


@rule("attachments.create_for_draft")
def create_for_draft(call: Call) -> Outcome:
    """A new attachment that goes out with a draft. Raises `BadRequest` for a type that WhatsApp does not take."""
    draft = call.records.get_or_404("draft", call.path["id"])
    if draft["attributes"]["channel"] == "whatsapp" and _plain(call.body["contentType"]) not in _WHATSAPP_TYPES:
        words = "WhatsApp takes the usual audio, video, document and picture types only, such as image/jpeg."
        raise BadRequest(Problem(message=words, pointer="/contentType"), rule="whatsapp-media-types")
    return Single(record=with_address(call, _attach_to(call, draft), "PUT"))


def _plain(content_type: str) -> str:
    """A media type without its parameters."""
    return content_type.partition(";")[0].strip().lower()


def _attach_to(call: Call, owner: Record) -> Record:
    """Store the attachment that the body describes as one of a draft or forward, which names it."""
    place = {owner["type"]: {"type": owner["type"], "id": owner["id"]}}
    record = changes.create(call, new_record(call, "attachment", call.body, relationships=place))
    _rename(call, owner, [*ids_of(owner), record["id"]])
    return record


@rule("attachments.get_of_draft")
def get_of_draft(call: Call) -> Outcome:
    """An attachment that the draft of the path has."""
    return _get_of(call, "draft")


def _get_of(call: Call, kind: str) -> Outcome:
    """An attachment that the draft or forward of the path has."""
    owner = call.records.get_or_404(kind, call.path["id"])
    return Single(record=with_address(call, _held(call, owner, "attachmentId")))


@rule("attachments.create_for_forward")
def create_for_forward(call: Call) -> Outcome:
    """A new attachment that goes out with a forward."""
    forward = call.records.get_or_404("forward", call.path["id"])
    return Single(record=with_address(call, _attach_to(call, forward), "PUT"))


@rule("attachments.get_of_forward")
def get_of_forward(call: Call) -> Outcome:
    """An attachment that the forward of the path has."""
    return _get_of(call, "forward")


@rule("attachments.delete_of_forward")
def delete_of_forward(call: Call) -> Outcome:
    """Forget an attachment of the forward of the path."""
    return _delete_of(call, "forward")


@rule("attachments.delete_of_draft")
def delete_of_draft(call: Call) -> Outcome:
    """Forget an attachment of the draft of the path."""
    return _delete_of(call, "draft")


def _delete_of(call: Call, kind: str) -> Outcome:
    """Forget an attachment of the draft or forward of the path."""
    owner = call.records.get_or_404(kind, call.path["id"])
    record = _held(call, owner, "attachmentId")
    changes.delete(call, record)
    _rename(call, owner, [id for id in ids_of(owner) if id != record["id"]])
    return NoContent()


def _rename(call: Call, owner: Record, ids: list[str]) -> None:
    """Have a draft or forward name these attachments."""
    named: list[Any] = [{"type": "attachment", "id": id} for id in ids]
    changes.update_by_caller(call, owner, relationships={"attachments": named})


def _held(call: Call, owner: Record, parameter: str) -> Record:
    id = call.path[parameter]
    record = call.records.get("attachment", id) if id in ids_of(owner) else None
    if record is None:
        raise NotFound(Problem(message=f"The {owner['type']} has no attachment with this id.", parameter=parameter))
    return record
