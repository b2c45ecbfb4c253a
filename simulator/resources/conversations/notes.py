"""Notes: what colleagues tell each other on a conversation's timeline. Customers never see them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from kustomer_sandbox.simulator.operations import changes
from kustomer_sandbox.simulator.operations.call import Call, Context
from kustomer_sandbox.simulator.operations.registry import rule
from kustomer_sandbox.simulator.operations.writing import merged, new_record, reference, without
from kustomer_sandbox.simulator.resources.conversations.authorship import (
    AUTHORS,
    authors,
    stamped,
    stamps_of,
)
from kustomer_sandbox.simulator.resources.files.attaching import attach, references
from kustomer_sandbox.simulator.resources.settings.notifications import notify
from kustomer_sandbox.simulator.values.clock import iso
from kustomer_sandbox.simulator.values.errors import BadRequest, NotFound, Problem
from kustomer_sandbox.simulator.values.outcome import NoContent, Outcome, Single
from kustomer_sandbox.simulator.values.record import JSON, Record

_REFERENCES = ("conversation", "userMentions", "attachments")
_REPLACEABLE = ("externalId", "lang")


@rule("notes.create")
def create(call: Call) -> Outcome:
    """A note in the conversation the body names; one that names none stands by itself."""
    return Single(record=_new_note(call, call.body))


@rule("notes.create_in_conversation")
def create_in_conversation(call: Call) -> Outcome:
    """A note in the conversation of the path."""
    id = call.records.get_or_404("conversation", call.path["id"])["id"]
    if call.body.get("conversation", id) != id and not call.reads("note-conversation-matches", "overruled"):
        words = "conversation is another one than the path names; leave it out."
        raise BadRequest(Problem(message=words, pointer="/conversation"), rule="note-conversation-matches")
    return Single(record=_new_note(call, {**call.body, "conversation": id}))


def _new_note(context: Context, body: Mapping[str, JSON]) -> Record:
    relationships = _relationships(context, body)
    attributes = stamped(context, without(body, "id", *_REFERENCES, *AUTHORS), "importedAt")
    record = new_record(context, "note", attributes, relationships=relationships, id=body.get("id"))
    record["relationships"] |= authors(context, body)
    attach(context, body.get("attachments", ()), record)
    return post(context, record)


def post(context: Context, note: Record) -> Record:
    """Store a new note, count it in its conversation, and notify the users that it mentions."""
    stored = changes.create(context, note)
    _count(context, stored, 1)
    told = _users(context, stored["relationships"].get("userMentions", ()))
    notify(context, told, "kustomer.note.create", {"type": "note", "id": stored["id"]})
    return stored


def _users(context: Context, mentions: Iterable[Mapping[str, str]]) -> Iterator[str]:
    """The ids of those who are mentioned, alone or with their team."""
    for mention in mentions:
        if mention["type"] == "user":
            yield mention["id"]
        elif context.reads("notifications-of-mentions", "users-alone"):
            continue
        elif team := context.records.get("team", mention["id"]):
            yield from team["attributes"]["members"]


def _relationships(context: Context, body: Mapping[str, JSON]) -> dict[str, JSON]:
    """The conversation with its customer, and who is mentioned. Raises `BadRequest` for ids that name nothing."""
    written: dict[str, JSON] = {}
    if "conversation" in body:
        written["conversation"] = reference(context, "conversation", body["conversation"], field="conversation")
        place = context.records.get_or_404("conversation", body["conversation"], parameter="")
        written["customer"] = place["relationships"].get("customer")
    if "userMentions" in body:
        mentions = mentioned(body["userMentions"])
        for mention in mentions:
            reference(context, mention["type"], mention["id"], field="userMentions")
        written["userMentions"] = mentions
    if "attachments" in body:
        written["attachments"] = references(body["attachments"])
    return written


def mentioned(mentions: list[Mapping[str, str]]) -> list[dict[str, str]]:
    """Users and teams as a body mentions them, as a relationship."""
    kinds = ("user", "team")
    return [{"type": kind, "id": mention[kind]} for mention in mentions for kind in kinds if kind in mention]


@rule("notes.update")
def update(call: Call) -> Outcome:
    """Change what the body names, or replace the document; move the note, delete it, or bring a deleted one back."""
    note = call.records.get("note", call.path["id"], deleted=True)
    restores = "deleted" in call.body and not call.body["deleted"]
    if note is None or (note.get("deleted") and not restores):
        raise NotFound(Problem(message="There is no note with this id.", parameter="id"))
    relationships = {**_relationships(call, call.body), **authors(call, call.body)}
    fields = stamped(call, without(call.body, "deleted", *_REFERENCES, *AUTHORS))
    after = {**note, "attributes": _merged(call, note["attributes"], fields)}
    if call.body.get("deleted"):
        after = _buried(call, after)
    elif note.get("deleted"):
        after = _restored(after)
    stored = changes.update_by_caller(call, after, relationships=relationships, stamps=stamps_of(fields))
    attach(call, call.body.get("attachments", ()), stored)
    _recount(call, note, stored)
    return Single(record=stored)


def _merged(call: Call, before: Mapping[str, JSON], fields: Mapping[str, JSON]) -> dict[str, JSON]:
    return {**without(before, *_REPLACEABLE), **fields} if call.query.get("replace") else merged(call, before, fields)


@rule("notes.delete")
def delete(call: Call) -> Outcome:
    """Delete a note, leaving a tombstone for searches that include deleted records."""
    note = call.records.get_or_404("note", call.path["id"])
    _recount(call, note, changes.update_by_caller(call, _buried(call, note)))
    return NoContent()


def _buried(call: Call, note: Record) -> Record:
    facts = {"deleted": True, "deletedAt": iso(call.now)}
    by: dict[str, Any] = {"deletedBy": {"type": "user", "id": call.principal.user_id}}
    return {
        **note,
        "deleted": True,
        "attributes": {**note["attributes"], **facts},
        "relationships": {**note["relationships"], **by},
    }


def _restored(note: Record) -> Record:
    return {
        **without(note, "deleted"),
        "attributes": {**without(note["attributes"], "deletedAt"), "deleted": False},
        "relationships": without(note["relationships"], "deletedBy"),
    }


def _recount(context: Context, before: Record, after: Record) -> None:
    """Count a changed note where it stands now and no longer where it stood; deleted ones are not counted (assumed)."""
    if _place(before) != _place(after):
        _count(context, before, -1)
        _count(context, after, 1)


def _place(note: Record) -> str:
    """The id of the conversation that counts a note; empty if none does."""
    return "" if note.get("deleted") else (note["relationships"].get("conversation") or {}).get("id", "")


def _count(context: Context, note: Record, step: int) -> None:
    conversation = context.records.get("conversation", _place(note)) if _place(note) else None
    if conversation is not None:
        counted = conversation["attributes"].get("noteCount", 0) + step
        changes.update_by_system(context, conversation, {"noteCount": counted})
