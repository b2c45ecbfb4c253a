"""What agents pick from: shortcuts, snippets, sub-statuses."""

from __future__ import annotations

from kustomer_sandbox.contracts.suite.target import Target, check, expect, expect_status

SHORTCUTS, SNIPPETS = "/v1/shortcuts", "/v1/snippets"


@check("shortcuts-by-beginning")
def shortcuts_are_found_by_the_beginning_of_their_name(target: Target) -> None:
    # Others there are begin otherwise.
    name = f"{target.unique('qz')} greeting"
    made = expect_status(target.call("POST", SHORTCUTS, {"name": name, "draft": {"text": "Hello"}}), 201)
    expect(made.attributes["isPrivate"] is False, "a shortcut is everybody's unless it says otherwise")
    found = expect_status(target.call("GET", SHORTCUTS, query=f"name={name[:-1]}"), 200)
    expect([one["id"] for one in found.data] == [made.data["id"]], "the one with this beginning is found")
    expect_status(target.call("DELETE", f"{SHORTCUTS}/{made.data['id']}"), 204)
    expect_status(target.call("GET", f"{SHORTCUTS}/{made.data['id']}"), 404)


@check("snippet-by-key")
def a_snippet_is_read_by_its_key(target: Target) -> None:
    key = f"sn.org.{target.unique('bye').lower()}"
    made = expect_status(target.call("POST", SNIPPETS, {"key": key, "values": {"en_us": "Goodbye."}}), 201)
    expect(expect_status(target.call("GET", f"{SNIPPETS}/{key}"), 200).data["id"] == made.data["id"], "it is the same")
    changed = expect_status(target.call("PATCH", f"{SNIPPETS}/{made.data['id']}", {"values": {"en_us": "Bye."}}), 200)
    expect(changed.attributes["key"] == key, "a change in part leaves the key")


@check("sub-status-fixed-type")
def a_sub_status_needs_a_description_and_one_type_of_record(target: Target) -> None:
    body = {
        "label": target.unique("Waiting"),
        "description": "D",
        "parentStatus": "open",
        "resourceType": "conversation",
    }
    made = expect_status(target.call("POST", "/v1/sub-statuses", body), 201)
    expect(made.attributes["resourceType"] == "conversation", "it is for conversations")
    expect_status(target.call("POST", "/v1/sub-statuses", {**body, "description": ""}), 400)
    expect_status(target.call("DELETE", f"/v1/sub-statuses/{made.data['id']}"), 204)


@check("setting-sets", "setting-type")
def a_setting_of_the_caller_is_read_by_the_users_id(target: Target) -> None:
    me = expect_status(target.call("GET", "/v1/users/current"), 200).data["id"]
    place = f"settings/chat/outbound/{target.unique('choice')}"
    expect_status(target.call("GET", f"/v1/users/{me}/{place}"), 404)
    made = expect_status(target.call("PUT", f"/v1/users/current/{place}", {"value": True}), 200)
    expect((made.attributes["type"], made.attributes["value"]) == ("boolean", True), "it has its value and a type")
    expect(expect_status(target.call("GET", f"/v1/users/{me}/{place}"), 200).data == made.data, "it is the user's")
    expect_status(target.call("PUT", f"/v1/users/current/{place}", {"value": "yes"}), 400)
    expect_status(target.call("GET", f"/v1/{place}"), 404)


@check("notifications-own-and-recent", "notifications-of-mentions")
def a_mentioned_user_is_notified_until_it_clears_its_notifications(target: Target) -> None:
    me = expect_status(target.call("GET", "/v1/users/current"), 200).data["id"]
    expect_status(target.call("DELETE", "/v1/notifications"), 204)
    body = {"body": "Please have a look.", "userMentions": [{"user": me}]}
    note = expect_status(target.call("POST", "/v1/notes", body), 201).data["id"]
    told = expect_status(target.call("GET", "/v1/notifications"), 200)
    expect([one["attributes"]["event"]["id"] for one in told.data] == [note], "there is one, of that note")
    expect(told.body["meta"]["unread"] == 1, "it is unread")
    expect_status(target.call("DELETE", "/v1/notifications"), 204)
    expect(expect_status(target.call("GET", "/v1/notifications"), 200).data == [], "then there is none")
