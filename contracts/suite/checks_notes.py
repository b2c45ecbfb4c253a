"""Notes: written into conversations, counted, changed, deleted and brought back."""

from __future__ import annotations

from typing import Any

from kustomer_sandbox.contracts.suite.checks_customers import made
from kustomer_sandbox.contracts.suite.checks_records import conversation_of, read
from kustomer_sandbox.contracts.suite.target import Target, TargetAnswer, check, expect, expect_status

NOTES = "/v1/notes"


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
