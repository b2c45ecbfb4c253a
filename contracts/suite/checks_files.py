"""Attachments and media: made, described, found with messages and drafts. Their contents are not asked for."""

from __future__ import annotations

from typing import Any

from kustomer_sandbox.contracts.suite.checks_customers import made
from kustomer_sandbox.contracts.suite.checks_records import conversation_of, message_in, read
from kustomer_sandbox.contracts.suite.target import Target, TargetAnswer, check, expect, expect_status

ATTACHMENTS = "/v1/attachments"
MEDIA = "/v1/media"
FILE = {"name": "photo.png", "contentType": "image/png", "contentLength": 4}
LARGEST_MEDIA = 10_048_576
FIELDS = {"key", "acl", "Content-Type", "X-Amz-Meta-Attachment-Id", "bucket", "X-Amz-Algorithm", "X-Amz-Credential",
          "X-Amz-Date", "Policy", "X-Amz-Signature"}  # fmt: skip


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
