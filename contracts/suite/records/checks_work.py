"""Work items: one open item of a conversation, which follows what becomes of the conversation."""

from __future__ import annotations

from typing import Any

from kustomer_sandbox.contracts.suite.checks_values import conversation, found
from kustomer_sandbox.contracts.suite.target import Target, check, expect, expect_status

ITEMS, CONVERSATIONS = "/v1/routing/work-items", "/v1/conversations"
TWICE = 2


def routed(target: Target, id: str, **body: Any) -> Any:
    """The open work item of a conversation, made if there is none."""
    resource = {"type": "conversation", "id": id}
    return expect_status(target.call("POST", ITEMS, {"resource": resource, **body}), 201).data


def items(target: Target, id: str) -> list[Any]:
    """All work items of a conversation, oldest first."""
    listed: list[Any] = expect_status(target.call("GET", f"/v1/routing/conversations/{id}/work-items"), 200).data
    return listed


@check("one-open-work-item")
def a_conversation_has_one_open_work_item(target: Target) -> None:
    id = conversation(target)["id"]
    first = routed(target, id)
    expect(routed(target, id) == first, "a second call answers with the open item, as it is")
    expect(items(target, id) == [first], "the conversation has this item alone")
    expect_status(target.call("PUT", f"{CONVERSATIONS}/{id}", {"status": "done"}), 200)
    second = routed(target, id)
    expect([item["id"] for item in items(target, id)] == [first["id"], second["id"]], "a completed item is not open")


@check("work-item-of-queue")
def a_work_item_copies_what_its_queue_says(target: Target) -> None:
    queue = expect_status(target.call("GET", "/v1/routing/queues"), 200).data[0]
    item = routed(target, conversation(target)["id"], queue=queue["id"])
    expect(item["relationships"]["queue"]["data"]["id"] == queue["id"], "it is in the queue that was named")
    for name in ("priority", "itemSize"):
        expect(item["attributes"][name] == queue["attributes"][name], f"its {name} is the queue's")


@check("work-item-life-cycle")
def a_work_item_is_accepted_and_completed_with_its_conversation(target: Target) -> None:
    id = conversation(target)["id"]
    me = expect_status(target.call("GET", "/v1/users/current"), 200).data["id"]
    expect(routed(target, id)["attributes"]["status"] == "queued", "a new item is queued")
    for change, status in (
        ({"assignedUsers": [me]}, "accepted"),
        ({"assignedUsers": []}, "queued"),
        ({"status": "done"}, "completed"),
    ):
        expect_status(target.call("PUT", f"{CONVERSATIONS}/{id}", change), 200)
        expect(items(target, id)[0]["attributes"]["status"] == status, f"after {change} the item is {status}")
    expect(items(target, id)[0]["attributes"]["queuedCount"] == TWICE, "it has come into its queue twice")


@check("search-work-contexts")
def a_completed_work_item_is_found_by_when_it_was_completed(target: Target) -> None:
    id = conversation(target)["id"]
    item = routed(target, id)["id"]
    completed = [{"work_item_handle_completed_at": {"gte": "2020-01-01T00:00:00"}}]
    expect(item not in found(target, "work_item", **{"and": completed}), "an open item has not been completed")
    expect_status(target.call("PUT", f"{CONVERSATIONS}/{id}", {"status": "done"}), 200)
    expect(item in found(target, "work_item", **{"and": completed}), "a completed one has")


ARTICLES = "/v1/kb/articles"


@check("article-draft", "article-published")
def an_article_begins_as_an_empty_draft_and_is_published_by_a_date(target: Target) -> None:
    made = expect_status(target.call("POST", ARTICLES, {"tags": ["refunds"]}), 201)
    path = f"{ARTICLES}/{made.data['id']}"
    first = expect_status(target.call("GET", f"{path}/versions/en_us"), 200).data
    expect([one["attributes"]["htmlBody"] for one in first] == [""], "it has one version, which is empty")
    body = {"title": "Refunds", "htmlBody": "<p>Five days.</p>", "publishedAt": "2026-06-01T00:00:00Z"}
    expect_status(target.call("PUT", f"{path}/versions/en_us", body), 200)
    shown = expect_status(target.call("GET", path), 200).attributes
    expect((shown["title"], shown["status"]) == ("Refunds", "published"), "the article shows what was published")


@check("article-deleted")
def a_removed_article_is_gone(target: Target) -> None:
    id = expect_status(target.call("POST", ARTICLES, {}), 201).data["id"]
    title = target.unique("Obsolete")
    expect_status(target.call("PUT", f"{ARTICLES}/{id}/versions/en_us", {"title": title}), 200)
    gone = expect_status(target.call("PUT", f"{ARTICLES}/{id}", {"deleted": True}), 200)
    expect(gone.attributes["deleted"], "the answer says so")
    expect_status(target.call("GET", f"{ARTICLES}/{id}"), 404)
    found = expect_status(target.call("GET", f"{ARTICLES}/search", query=f"term={title}"), 200)
    expect(found.data == [], "it is not found by its words any more")


WORKFLOWS = "/v1/workflows"


@check("workflow-variables")
def the_value_of_a_workflow_variable_is_not_shown(target: Target) -> None:
    body = {"name": target.unique("Greet"), "trigger": {"eventName": "kustomer.conversation.create"}}
    made = expect_status(target.call("POST", WORKFLOWS, body), 201)
    path = f"{WORKFLOWS}/{made.data['id']}"
    expect(made.attributes["containsVariables"] is False, "a new workflow has no variables")
    secret = {"name": "Token", "value": target.unique("secret")}
    variable = expect_status(target.call("POST", f"{path}/variables", secret), 201)
    listed = expect_status(target.call("GET", f"{path}/variables"), 200)
    for answer in (variable.body, listed.body):
        expect(secret["value"] not in str(answer), "the value is in no answer")
    expect(expect_status(target.call("GET", path), 200).attributes["containsVariables"], "the workflow says so")
    expect_status(target.call("DELETE", f"/v1/workflow-variables/{variable.data['id']}"), 204)
    expect(
        not expect_status(target.call("GET", path), 200).attributes["containsVariables"], "and that it has none again"
    )
