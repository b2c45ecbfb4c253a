"""Notes, attachments, media and forwards: what stands beside the messages of a conversation.

The contents of files are not asked for.
"""

from __future__ import annotations

from typing import Any

from kustomer_sandbox.contracts.suite.records.checks_customers import made
from kustomer_sandbox.contracts.suite.records.checks_records import conversation_of, message_in, read
from kustomer_sandbox.contracts.suite.target import Target, TargetAnswer, check, expect, expect_status

NOTES = "/v1/notes"
ATTACHMENTS = "/v1/attachments"
MEDIA = "/v1/media"
FILE = {"name": "photo.png", "contentType": "image/png", "contentLength": 4}
LARGEST_MEDIA = 10_048_576
FIELDS = {"key", "acl", "Content-Type", "X-Amz-Meta-Attachment-Id", "bucket", "X-Amz-Algorithm", "X-Amz-Credential",
          "X-Amz-Date", "Policy", "X-Amz-Signature"}  # fmt: skip
FORWARD = {"channel": "email", "to": [{"email": "expert@example.com"}], "subject": "Fwd", "body": "Please see"}


def talk(target: Target) -> TargetAnswer:
    """A new conversation of a new customer."""
    return conversation_of(target, made(target).data["id"])


def note_in(target: Target, conversation: str, **body: Any) -> TargetAnswer:
    """A new note in a conversation."""
    return expect_status(target.call("POST", f"/v1/conversations/{conversation}/notes", {"body": "Call", **body}), 201)


def listed(target: Target, path: str) -> list[str]:
    """The ids a list shows."""
    return [record["id"] for record in read(target, path).data]


@check("note-place")
def a_note_takes_the_customer_of_its_conversation_and_stands_in_its_lists(target: Target) -> None:
    conversation = talk(target)
    customer = conversation.data["relationships"]["customer"]["data"]["id"]
    note = note_in(target, conversation.data["id"])
    shown = note.data["relationships"]
    expect(shown["customer"]["data"]["id"] == customer, "the customer is the conversation's")
    expect(shown["conversation"]["data"]["id"] == conversation.data["id"], "the conversation is the path's")
    for place in (f"/v1/conversations/{conversation.data['id']}", f"/v1/customers/{customer}"):
        expect(listed(target, f"{place}/notes") == [note.data["id"]], "both list it")


@check("note-mentions")
def a_note_shows_whom_it_mentions_under_one_data(target: Target) -> None:
    me = read(target, "/v1/users/current").data["id"]
    note = note_in(target, talk(target).data["id"], userMentions=[{"user": me}])
    expect(note.data["relationships"]["userMentions"]["data"] == [{"type": "user", "id": me}], "the user is named")
    expect_status(target.call("POST", NOTES, {"body": "Hi", "userMentions": [{"user": me}] * 21}), 400)


@check("note-changes")
def a_put_of_a_note_names_conversation_and_body_and_a_patch_whatever_changes(target: Target) -> None:
    conversation = talk(target).data["id"]
    path = f"{NOTES}/{note_in(target, conversation).data['id']}"
    expect_status(target.call("PUT", path, {"body": "Called"}), 400)
    whole = expect_status(target.call("PUT", path, {"body": "Called", "conversation": conversation}), 200)
    expect(whole.attributes["body"] == "Called", "the text is changed")
    part = expect_status(target.call("PATCH", path, {"lang": "de"}), 200)
    expect((part.attributes["body"], part.attributes["lang"]) == ("Called", "de"), "the text stays")


@check("note-deletion")
def a_deleted_note_is_gone_and_comes_back_when_deleted_is_null(target: Target) -> None:
    conversation = talk(target).data["id"]
    id = note_in(target, conversation).data["id"]
    expect_status(target.call("DELETE", f"{NOTES}/{id}"), 204)
    expect_status(target.call("GET", f"{NOTES}/{id}"), 404)
    expect(listed(target, f"/v1/conversations/{conversation}/notes") == [], "no list shows it")
    back = expect_status(target.call("PATCH", f"{NOTES}/{id}", {"deleted": None}), 200)
    expect(back.attributes["deleted"] is False, "it is there again")


@check("note-count")
def a_conversation_counts_its_notes(target: Target) -> None:
    path = f"/v1/conversations/{talk(target).data['id']}"
    for number in range(3):
        expect(read(target, path).attributes["noteCount"] == number, "each note counts once")
        note_in(target, path.rpartition("/")[2])


def attachment(target: Target, **facts: Any) -> TargetAnswer:
    """A new attachment."""
    return expect_status(target.call("POST", ATTACHMENTS, {**FILE, **facts}), 201)


@check("attachment-upload")
def a_new_attachment_is_not_uploaded_and_says_how_to(target: Target) -> None:
    for answer in (attachment(target), expect_status(target.call("POST", MEDIA, FILE), 201)):
        flags = (answer.attributes["uploaded"], answer.attributes["redacted"])
        expect(flags == (False, False), "nothing is there yet")
        upload = answer.body["meta"]["upload"]
        expect(set(upload["fields"]) == FIELDS, "the form has the fields of S3")
        expect(upload["url"].startswith("http"), "the form has an address")


@check("attachment-upsert")
def an_attachment_is_made_under_an_id_of_ones_own(target: Target) -> None:
    id = attachment(target).data["id"]
    own = f"{'f' * 8}{id[8:]}"
    expect_status(target.call("GET", f"{ATTACHMENTS}/{own}"), 404)
    expect_status(target.call("PUT", f"{ATTACHMENTS}/{own}", FILE), 200)
    renamed = expect_status(target.call("PUT", f"{ATTACHMENTS}/{own}", {"name": "b.png"}), 200)
    expect((renamed.attributes["name"], renamed.attributes["contentLength"]) == ("b.png", 4), "it is changed in part")


@check("attachment-of-message")
def an_attachment_that_a_message_names_is_found_with_it(target: Target) -> None:
    id = attachment(target).data["id"]
    conversation = conversation_of(target, made(target).data["id"]).data["id"]
    message = message_in(target, conversation, attachments=[id]).data["id"]
    found = read(target, f"/v1/messages/{message}/attachments/{id}")
    expect(found.data["relationships"]["message"]["data"]["id"] == message, "it shows its message")
    expect([one["id"] for one in read(target, f"/v1/conversations/{conversation}/attachments").data] == [id], "listed")


@check("draft-attachments")
def a_drafts_attachments_are_listed_and_taken_off(target: Target) -> None:
    customer = made(target).data["id"]
    draft = expect_status(target.call("POST", f"/v1/customers/{customer}/drafts", {"channel": "email"}), 200).data["id"]
    path = f"/v1/drafts/{draft}/attachments"
    id = expect_status(target.call("POST", path, FILE), 200).data["id"]
    expect([one["id"] for one in read(target, path).data] == [id], "the draft lists it")
    drafts = expect_status(target.call("GET", f"/v1/customers/{customer}/drafts", query="include=attachments"), 200)
    expect([one["id"] for one in drafts.body["included"]] == [id], "the list of drafts includes it")
    expect_status(target.call("DELETE", f"{path}/{id}"), 204)
    expect_status(target.call("GET", f"{path}/{id}"), 404)


@check("media-blocked-endings", writes=False)
def media_take_no_programs_and_nothing_over_their_size(target: Target) -> None:
    expect_status(target.call("POST", MEDIA, {**FILE, "name": "setup.exe"}), 400)
    expect_status(target.call("POST", MEDIA, {**FILE, "contentLength": LARGEST_MEDIA + 1}), 400)


@check("forward-scheduling")
def a_forward_waits_and_a_time_schedules_it(target: Target) -> None:
    conversation = conversation_of(target, made(target).data["id"]).data["id"]
    path = f"/v1/conversations/{conversation}/forwards"
    forward = expect_status(target.call("POST", path, FORWARD), 200)
    expect((forward.data["type"], forward.attributes["status"]) == ("forward", "draft"), "it waits")
    expect([one["id"] for one in read(target, path).data] == [forward.data["id"]], "its conversation lists it")
    own = f"/v1/forwards/{forward.data['id']}"
    later = expect_status(target.call("PUT", own, {"sendAt": "2099-01-01T00:00:00Z"}), 200)
    expect(later.attributes["status"] == "scheduled", "a time schedules it")
    kept = expect_status(target.call("PUT", own, {"subject": "Fwd: Parcel"}), 200)
    expect(kept.attributes["status"] == "scheduled", "without a time it stays scheduled")
