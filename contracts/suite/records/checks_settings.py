"""What agents pick from: shortcuts, snippets, sub-statuses."""

from __future__ import annotations

from kustomer_sandbox.contracts.suite.target import Target, check, expect, expect_status

SHORTCUTS, SNIPPETS = "/v1/shortcuts", "/v1/snippets"


@check("shortcuts-by-beginning")
def shortcuts_are_found_by_the_beginning_of_their_name(target: Target) -> None:
    name = target.unique("Greeting")
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
