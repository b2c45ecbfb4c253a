"""Queries: parameters of lists, look-ups and searches, and what becomes of those that nobody knows."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, urlencode

from kustomer_sandbox.contracts.suite.records.checks_customers import made
from kustomer_sandbox.contracts.suite.target import Sandboxed, Target, check, expect, expect_status

CUSTOMERS = "/v1/customers"
KLASSES = "/v1/klasses"
SEARCH = "/v1/customers/search"


@check("unknown-query-ignored", writes=False)
def an_unknown_query_parameter_is_ignored(target: Target) -> None:
    expect_status(target.call("GET", CUSTOMERS, query="page%5Bsize%5D=3&size=3"), 200)


def three_customers(target: Sandboxed) -> list[dict[str, Any]]:
    """Attributes and ids of three customers, made an hour after each other; the first one was changed last."""
    found = []
    for _ in range(3):
        target.advance(3600)
        found.append(made(target).data)
    target.advance(3600)
    changed = target.call("PUT", f"{CUSTOMERS}/{found[0]['id']}", {"locale": "en_US"})
    return [expect_status(changed, 200).data, *found[1:]]


def listed(target: Target, among: list[dict[str, Any]], query: dict[str, str]) -> list[int]:
    """Which of the customers a list shows, by their places, in the order shown."""
    ids = [customer["id"] for customer in among]
    data = expect_status(target.call("GET", CUSTOMERS, query=urlencode({**query, "pageSize": "100"})), 200).data
    return [ids.index(record["id"]) for record in data if record["id"] in ids]


@check("customers-filtered-and-sorted", sandbox=True)
def customers_are_sorted_by_creation_and_by_change(target: Sandboxed) -> None:
    three = three_customers(target)
    since = {"filter[createdAt][gte]": three[0]["attributes"]["createdAt"]}
    expect(listed(target, three, {**since, "sort": "createdAt"}) == [0, 1, 2], "sort=createdAt: the oldest first")
    expect(listed(target, three, {**since, "sort": "-createdAt"}) == [2, 1, 0], "sort=-createdAt: the newest first")
    expect(listed(target, three, {**since, "sort": "updatedAt"}) == [1, 2, 0], "sort=updatedAt: the longest ago first")
    expect(listed(target, three, {**since, "sort": "-updatedAt"}) == [0, 2, 1], "sort=-updatedAt: the latest first")


@check("customers-filtered-and-sorted", sandbox=True)
def customers_are_filtered_by_creation_and_by_change(target: Sandboxed) -> None:
    three = three_customers(target)
    first, second, third = (customer["attributes"]["createdAt"] for customer in three)
    expect(listed(target, three, {"filter[createdAt][gt]": first}) == [1, 2], "gt leaves the instant itself out")
    expect(listed(target, three, {"filter[createdAt][gte]": second}) == [1, 2], "gte has it")
    since = {"filter[createdAt][gte]": first}
    expect(listed(target, three, {**since, "filter[createdAt][lt]": third}) == [0, 1], "lt leaves the instant out")
    expect(listed(target, three, {**since, "filter[createdAt][lte]": third}) == [0, 1, 2], "lte has it")
    changed = three[0]["attributes"]["updatedAt"]
    expect(listed(target, three, {"filter[updatedAt][gte]": changed}) == [0], "updatedAt is filtered likewise")
    expect(listed(target, three, {**since, "filter[updatedAt][lt]": changed}) == [1, 2], "both filters hold")


@check("customers-filtered-and-sorted", writes=False)
def a_filter_that_is_no_instant_is_refused(target: Target) -> None:
    expect_status(target.call("GET", CUSTOMERS, query="filter%5BcreatedAt%5D%5Bgt%5D=yesterday"), 400)
    expect_status(target.call("GET", CUSTOMERS, query="sort=name"), 400)


@check("include-company")
def a_look_up_may_include_the_company(target: Target) -> None:
    email = f"{target.unique('jane')}@example.com"
    customer = made(target, emails=[{"email": email}]).data
    for path in (f"{CUSTOMERS}/email={quote(email)}", f"{CUSTOMERS}/{customer['id']}"):
        included = expect_status(target.call("GET", path, query="include=company"), 200).body.get("included")
        expect(included == [], "a customer without a company has an empty list")
        expect("included" not in expect_status(target.call("GET", path), 200).body, "nothing unless asked for")


@check("search-parameters")
def a_search_takes_the_parameters_that_programs_send(target: Target) -> None:
    made(target)
    body = {"queryContext": "customer"}
    plain = expect_status(target.call("POST", SEARCH, body), 200)
    for query in ("trackTotalHits=true", "trackTotalHits=10000", "withIntelliAggs=true", f"id={'0' * 24}"):
        answer = expect_status(target.call("POST", SEARCH, body, query=query), 200)
        expect(answer.body["meta"]["total"] == plain.body["meta"]["total"], f"{query} finds the same")


@check("search-parameters")
def a_search_with_page_size_0_answers_with_the_totals_alone(target: Target) -> None:
    made(target)
    body = {"queryContext": "customer"}
    total = expect_status(target.call("POST", SEARCH, body, query="pageSize=1"), 200).body["meta"]["total"]
    answer = expect_status(target.call("POST", SEARCH, body, query="pageSize=0"), 200)
    expect((answer.data, answer.body["meta"]["total"]) == ([], total), "no records, and how many there are")


@check("page-size-0")
def a_list_with_page_size_0_gives_the_first_page(target: Target) -> None:
    made(target)
    usual = expect_status(target.call("GET", CUSTOMERS), 200)
    answer = expect_status(target.call("GET", CUSTOMERS, query="pageSize=0&page=3"), 200)
    expect(answer.data == usual.data, "it is the first page of the usual size")
    expect(answer.body["meta"]["pageSize"] == usual.body["meta"]["pageSize"], "and meta says so")


@check("messages-sorted")
def a_conversations_messages_can_be_read_newest_first(target: Target) -> None:
    path = f"{CUSTOMERS}/{made(target).data['id']}/conversations"
    messages = f"/v1/conversations/{expect_status(target.call('POST', path, {}), 201).data['id']}/messages"
    body = {"channel": "email", "app": "postmark", "direction": "in"}
    for text in ("one", "two"):
        expect_status(target.call("POST", messages, {**body, "preview": text}), 201)
    shown = {
        query: [message["attributes"]["preview"] for message in target.call("GET", messages, query=query).data]
        for query in ("", "sort=asc", "sort=desc")
    }
    expect(
        shown == {"": ["one", "two"], "sort=asc": ["one", "two"], "sort=desc": ["two", "one"]}, "sort says which way"
    )


@check("klasses-by-name-and-sorted")
def klasses_are_found_by_name_and_status_and_sorted(target: Target) -> None:
    names = [target.unique(stem).replace(".", "-") for stem in ("parcel", "refund")]
    for name in names:
        expect_status(target.call("POST", KLASSES, {"name": name}), 200)
    (found,) = expect_status(target.call("GET", KLASSES, query=f"name={names[1]}"), 200).data
    expect(found["attributes"]["name"] == names[1], "the one of this name")
    off = expect_status(target.call("GET", KLASSES, query=f"name={names[1]}&status=disabled"), 200)
    expect(off.data == [], "it is not disabled")
    shown = {
        sort: [klass["attributes"]["createdAt"] for klass in target.call("GET", KLASSES, query=f"sort={sort}").data]
        for sort in ("createdAt", "-createdAt")
    }
    expect(shown["createdAt"] == sorted(shown["createdAt"]), "sorted by creation")
    expect(shown["-createdAt"] == sorted(shown["createdAt"], reverse=True), "and the other way round")


@check("klasses-by-name-and-sorted", sandbox=True)
def the_objects_of_a_klass_are_sorted(target: Sandboxed) -> None:
    name = target.unique("parcel").replace(".", "-")
    expect_status(target.call("POST", KLASSES, {"name": name}), 200)
    path = f"{KLASSES}/{name}"
    made_of = [expect_status(target.call("POST", path, {"title": title}), 201).data["id"] for title in ("a", "b")]
    target.advance(60)
    expect_status(target.call("PUT", f"{path}/{made_of[0]}", {"title": "c"}), 200)
    last = expect_status(target.call("POST", path, {"title": "d"}), 201).data["id"]
    target.advance(60)
    expect_status(target.call("PUT", f"{path}/{made_of[1]}", {"title": "e"}), 200)
    newest = [record["id"] for record in target.call("GET", path, query="sort=-createdAt").data]
    expect(newest[0] == last, "sort=-createdAt: the newest first")
    changed = [record["id"] for record in target.call("GET", path, query="sort=-updatedAt").data]
    expect(changed[0] == made_of[1], "sort=-updatedAt: the latest change first")


@check("several-customers-by-id")
def several_ids_in_a_path_answer_with_their_customers(target: Target) -> None:
    ids = [made(target).data["id"] for _ in range(2)]
    path = f"{CUSTOMERS}/{ids[1]},{'0' * 24},{ids[0]}"
    found = expect_status(target.call("GET", path), 200).data
    expect([record["id"] for record in found] == [ids[1], ids[0]], "those there are, in the order asked")
