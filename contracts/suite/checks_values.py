"""Values: what real programs send is taken as they mean it, because the vendor's schema allows it."""

from __future__ import annotations

from typing import Any

from kustomer_sandbox.contracts.suite.target import Target, check, expect, expect_status

CUSTOMERS, SEARCH = "/v1/customers", "/v1/customers/search"
MAIL = {"channel": "email", "app": "postmark"}
ANYWHERE = "Pacific/Auckland"
"""A time zone far from UTC: what it shifts, it shifts far."""


def customer(target: Target, **fields: Any) -> Any:
    """A new customer's record."""
    return expect_status(target.call("POST", CUSTOMERS, {"name": target.unique("Customer"), **fields}), 201).data


def conversation(target: Target) -> Any:
    """A new conversation of a new customer."""
    owner = customer(target)["id"]
    return expect_status(target.call("POST", "/v1/conversations", {"customer": owner}), 201).data


def found(target: Target, context: str, **body: Any) -> list[str]:
    """The ids that a search finds, newest update first."""
    body = {"queryContext": context, **body}
    return [entry["id"] for entry in expect_status(target.call("POST", SEARCH, body, query="pageSize=500"), 200).data]


@check("search-times-in-utc")
def a_search_time_without_an_offset_is_meant_in_utc(target: Target) -> None:
    made = customer(target)
    at = made["attributes"]["createdAt"].removesuffix("Z")
    for operator, is_found in (("gte", True), ("lt", False)):
        criteria = [{"customer_created_at": {operator: at}}]
        ids = found(target, "customer", timeZone=ANYWHERE, **{"and": criteria})
        expect((made["id"] in ids) is is_found, f"{operator} compares with the time as one of UTC")


@check("from-date-forms")
def a_from_date_may_be_a_day_or_lack_an_offset(target: Target) -> None:
    made = conversation(target)
    owner, at = made["relationships"]["customer"]["data"]["id"], made["attributes"]["createdAt"]
    for text in (at[:10], at.removesuffix("Z"), at):
        answer = target.call("GET", f"{CUSTOMERS}/{owner}/conversations", query=f"fromDate={text}")
        ids = [entry["id"] for entry in expect_status(answer, 200).data]
        expect(ids == [made["id"]], "the conversation was created then or later")
    expect_status(target.call("GET", f"{CUSTOMERS}/{owner}/conversations", query="fromDate=yesterday"), 400)


@check("search-empty-objects", writes=False)
def empty_objects_in_a_search_are_as_good_as_absent(target: Target) -> None:
    plain = expect_status(target.call("POST", SEARCH, {"queryContext": "customer"}), 200)
    empty = {"queryContext": "customer", "and": {}, "or": {}, "not": {}, "sort": {}}
    answer = expect_status(target.call("POST", SEARCH, empty), 200)
    expect(answer.body == plain.body, "the answer is that of a search without them")


@check("search-empty-text", writes=False)
def an_empty_text_is_a_value_that_searches_take(target: Target) -> None:
    for criterion in ({"customer_email": {"equals": ""}}, {"conversation_status": {"equals": ""}}):
        found(target, "customer", **{"and": [criterion]})


@check("search-work-contexts", writes=False)
def work_items_and_work_sessions_have_criteria_of_their_own(target: Target) -> None:
    for context, name in (
        ("work_item", "work_item_handle_completed_at"),
        ("work_session", "work_session_updated_at"),
        ("conversation_time", "conversation_time_created_at"),
    ):
        found(target, context, sort=[{name: "asc"}], **{"and": [{name: {"gte": "2026-06-01T10:00:00"}}]})


@check("customer-company-empty")
def an_empty_company_is_none(target: Target) -> None:
    made = customer(target, company="")
    expect(not made["relationships"].get("company", {}).get("data"), "no company is linked")
    expect_status(target.call("PUT", f"{CUSTOMERS}/{made['id']}", {"company": ""}), 200)
    expect_status(target.call("PUT", f"{CUSTOMERS}/{made['id']}", {"company": "acme"}), 400)


@check("url-without-scheme")
def an_address_of_a_customer_needs_no_scheme(target: Target) -> None:
    made = customer(target, urls=[{"url": "www.example.com", "type": "website"}])
    expect(made["attributes"]["urls"][0]["url"] == "www.example.com", "the address is kept as it was given")


@check("metadata-tree-facts")
def metadata_keeps_whether_the_last_node_is_required_and_an_example(target: Target) -> None:
    facts = {"lastNodeRequired": True, "example": "EU > Berlin"}
    answer = target.call("PUT", "/v1/metadata/customer", {"properties": {"regionTree": facts}})
    shown = expect_status(answer, 200).attributes["properties"]["regionTree"]
    expect({name: shown.get(name) for name in facts} == facts, "both facts are shown as they were given")


@check("app-attributes")
def an_attribute_of_an_app_is_written_by_its_name(target: Target) -> None:
    values = {"@shopOrderNumberNum": 7, "@shopLoyaltyTier": "gold"}
    made = customer(target, custom=values)
    expect(made["attributes"]["custom"] == values, "the values are kept under the app's names")
    body = {"custom": {"@shopOrderNumberNum": "seven"}}
    expect_status(target.call("PUT", f"{CUSTOMERS}/{made['id']}", body), 400)


@check("reaction-subject")
def a_reaction_may_come_from_whatever_subject_is_named(target: Target) -> None:
    path = f"/v1/conversations/{conversation(target)['id']}/messages"
    message = expect_status(target.call("POST", path, {**MAIL, "preview": "Hello"}), 201).data["id"]
    reaction = {"subjectId": "instagram:1784", "subjectType": "customer", "name": "love"}
    changed = expect_status(target.call("PUT", f"/v1/messages/{message}", {"reactions": [reaction]}), 200)
    expect(changed.attributes["reactions"][0]["subjectId"] == reaction["subjectId"], "the subject is kept as given")


@check("draft-scheduling")
def a_draft_for_now_waits_unless_it_is_scheduled(target: Target) -> None:
    path = f"{CUSTOMERS}/{customer(target)['id']}/drafts"
    body = {"channel": "sms", "app": "twilio", "to": "+15555550100", "body": "Hello", "sendAt": "now"}
    draft = expect_status(target.call("POST", path, body), 200)
    expect(draft.attributes["status"] == "draft", "without scheduled the draft is not sent")
    waiting = expect_status(target.call("GET", path), 200).data
    expect([entry["id"] for entry in waiting] == [draft.data["id"]], "the draft waits for a person")
