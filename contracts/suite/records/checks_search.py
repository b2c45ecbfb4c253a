"""Search: how criteria group, how dates are meant, and which records lead to which."""

from __future__ import annotations

from typing import Any

from kustomer_sandbox.contracts.suite.checks_values import SEARCH, conversation, found
from kustomer_sandbox.contracts.suite.records.checks_work import routed
from kustomer_sandbox.contracts.suite.target import Target, check, expect, expect_status

ARCHIVE = "/v1/customers/archive/search"
MOST, MOST_KEYS = 20, 5


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


@check("search-limits", writes=False)
def a_search_takes_twenty_criteria_and_five_sort_keys(target: Target) -> None:
    def answered(status: int, **body: Any) -> None:
        expect_status(target.call("POST", SEARCH, {"queryContext": "customer", **body}), status)

    criteria = [{"customer_name": {"contains": f"name {number}"}} for number in range(MOST + 1)]
    kinds = ("created", "updated", "modified", "activity", "last_seen", "signed_up")
    keys = [{f"customer_{kind}_at": "asc"} for kind in kinds]
    for group in ("and", "or", "not"):
        answered(200, **{group: criteria[:MOST]})
        answered(400, **{group: criteria})
        answered(400, **{group: [criteria[0], criteria[0]]})
    answered(200, sort=keys[:MOST_KEYS])
    answered(400, sort=keys)
    answered(400, sort=[keys[0], keys[0]])


@check("archive-contexts", writes=False)
def the_archive_has_contexts_of_its_own(target: Target) -> None:
    for context in ("customer", "conversation", "message", "company", "kobject"):
        expect_status(target.call("POST", ARCHIVE, {"queryContext": context}), 200)
    for context in ("note", "conversation_time", "work_item", "work_session"):
        expect_status(target.call("POST", ARCHIVE, {"queryContext": context}), 400)


@check("archive-search-links", writes=False)
def links_of_an_archive_search_stay_in_the_archive(target: Target) -> None:
    links = expect_status(target.call("POST", ARCHIVE, {"queryContext": "customer"}), 200).body["links"]
    expect(all(link is None or link.startswith(ARCHIVE) for link in links.values()), "every link is one of the archive")
