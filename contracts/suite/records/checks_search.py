"""Search: how criteria group, how dates are meant, and which records lead to which."""

from __future__ import annotations

from typing import Any

from kustomer_sandbox.contracts.suite.checks_values import SEARCH, conversation, found
from kustomer_sandbox.contracts.suite.records.checks_work import routed
from kustomer_sandbox.contracts.suite.target import Target, check, expect, expect_status


def of(id: str) -> dict[str, Any]:
    """The criterion that finds what belongs to one conversation alone: its customer's id."""
    return {"conversation_customer_id": {"equals": id}}


@check("search-work-item-roads")
def work_items_are_found_by_their_conversation(target: Target) -> None:
    made = conversation(target)
    item, owner = routed(target, made["id"])["id"], made["relationships"]["customer"]["data"]["id"]
    expect(found(target, "work_item", **{"and": [of(owner)]}) == [item], "an item is found by its conversation")
    recent = {"work_item_created_at": {"gte": made["attributes"]["createdAt"]}}
    expect(found(target, "conversation", **{"and": [of(owner), recent]}) == [made["id"]], "and the other way round")


@check("search-relative-dates")
def a_date_in_a_search_may_be_an_offset_from_now(target: Target) -> None:
    id = conversation(target)["id"]
    for operator, text, is_found in (("gte", "now-1h", True), ("lt", "now-30m", False), ("lte", "now+1d-1h", True)):
        ids = found(target, "conversation", **{"and": [{"conversation_created_at": {operator: text}}]})
        expect((id in ids) is is_found, f"a new conversation and {operator} {text}")
    wrong = {"queryContext": "conversation", "and": [{"conversation_created_at": {"gte": "now-1 fortnight"}}]}
    expect_status(target.call("POST", SEARCH, wrong), 400)


@check("search-groups")
def groups_of_criteria_nest(target: Target) -> None:
    made = conversation(target)
    owner, is_open = of(made["relationships"]["customer"]["data"]["id"]), {"conversation_status": {"equals": "open"}}
    for group, is_found in (
        ({"or": [{"and": [is_open, {"not": [{"conversation_status": {"equals": "done"}}]}]}]}, True),
        ({"not": [{"or": [is_open]}]}, False),
    ):
        ids = found(target, "conversation", **{"and": [owner, group]})
        expect(ids == ([made["id"]] if is_found else []), "a group is one condition like any other")


@check("customer-satisfaction-averages")
def a_customer_shows_its_average_satisfaction(target: Target) -> None:
    first = conversation(target)
    owner = first["relationships"]["customer"]["data"]["id"]
    second = expect_status(target.call("POST", "/v1/conversations", {"customer": owner}), 201).data
    at = first["attributes"]["createdAt"]
    for made, rating, score in ((first, 4, 0), (second, 9, 1)):
        level = {"status": "rated", "createdAt": at, "rating": rating, "score": score}
        body = {"satisfactionLevel": level}
        expect_status(target.call("PUT", f"/v1/conversations/{made['id']}", body), 200)
    shown = expect_status(target.call("GET", f"/v1/customers/{owner}"), 200).attributes["satisfactionLevel"]
    told = (shown["count"], shown["avgRating"], shown["avgScore"])
    expect(told == (2, 6.5, 0.5), "both ratings count")
    exact = [{"customer_satisfaction_avg_rating": {"equals": 6.5}}]
    expect(owner in found(target, "customer", **{"and": exact}), "and searches find the customer by them")
