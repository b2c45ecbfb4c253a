"""Filters, sorting and included records of lists and look-ups, against a naive reading of what they say."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from operator import ge, gt, le, lt
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kustomer_sandbox.simulator.api import Api
from kustomer_sandbox.simulator.hosting.worlds import WorldSpec
from kustomer_sandbox.simulator.values.clock import EPOCH, iso
from tests.world_client import Answer, WorldClient, opened

CUSTOMERS = "/v1/customers"
OPERATORS = {"gt": gt, "gte": ge, "lt": lt, "lte": le}
NAMES = ("createdAt", "updatedAt")


@pytest.fixture(scope="module")
def client(shared_api: Api) -> Iterator[WorldClient]:
    """Six customers, made hour by hour and changed in another order, two of them at one instant."""
    with opened(shared_api, WorldSpec(name="queries", plan="ultimate")) as made:
        paths = []
        for hour in range(6):
            body = {"name": f"C{hour}", "createdAt": iso(EPOCH + timedelta(hours=hour // 2))}
            paths.append(f"{CUSTOMERS}/{made.post(CUSTOMERS, body).data['id']}")
        for number in (3, 0, 5, 1):
            made.advance(1800)
            made.put(paths[number], {"locale": "en_US"})
        yield made


def listed(client: WorldClient, query: dict[str, str]) -> Answer:
    return client.get(CUSTOMERS, urlencode(query))


FILTERS = st.dictionaries(
    st.tuples(st.sampled_from(NAMES), st.sampled_from(sorted(OPERATORS))),
    st.integers(-1, 7).map(lambda halves: EPOCH + timedelta(minutes=30 * halves)),
    max_size=4,
)


@given(FILTERS, st.sampled_from(["", "createdAt", "-createdAt", "updatedAt", "-updatedAt"]))
def test_filters_and_sorting_agree_with_a_naive_reading(
    client: WorldClient, filters: dict[tuple[str, str], Any], sort: str
) -> None:
    """All filters hold, on one attribute or two; the order is that of `sort`; totals and pages count what is left."""
    client.advance(61)  # a thousand examples are more than a minute's budget
    query = {f"filter[{name}][{operator}]": iso(at) for (name, operator), at in filters.items()}
    every = [record["attributes"] for record in listed(client, {}).data]
    wanted = [
        each
        for each in every
        if all(OPERATORS[operator](each[name], iso(at)) for (name, operator), at in filters.items())
    ]
    answer = listed(client, {**query, **({"sort": sort} if sort else {})})
    found = [record["attributes"] for record in answer.data]
    assert sorted(each["name"] for each in found) == sorted(each["name"] for each in wanted)
    assert answer.json["meta"]["total"] == len(wanted)
    if sort:
        name = sort.removeprefix("-")
        assert [each[name] for each in found] == sorted((each[name] for each in wanted), reverse=name != sort)


@pytest.mark.parametrize(
    "query",
    [
        {"sort": "-updatedAt"},
        {"filter[createdAt][gte]": iso(EPOCH)},
        {"filter[createdAt][gte]": iso(EPOCH), "filter[updatedAt][gt]": iso(EPOCH)},
    ],
)
def test_the_pages_of_a_narrowed_list_are_the_whole_in_parts(client: WorldClient, query: dict[str, str]) -> None:
    """Filters and order are in the links, so that following them is enough."""
    whole = [record["id"] for record in listed(client, query).data]
    parts: list[str] = []
    link: str | None = f"{CUSTOMERS}?{urlencode({**query, 'pageSize': '2'})}"
    while link:
        path, _, text = link.partition("?")
        answer = client.get(path, text)
        parts += [record["id"] for record in answer.data]
        link = answer.json["links"]["next"]
    assert (parts, len(whole) > 2) == (whole, True)


def test_an_instant_is_meant_whatever_its_offset(client: WorldClient) -> None:
    """Kept instants are texts in UTC; the one given is brought into their form."""
    written = {"filter[createdAt][gt]": "2026-06-09T14:00:00+02:00"}
    assert listed(client, written).data == listed(client, {"filter[createdAt][gt]": "2026-06-09T12:00:00Z"}).data


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ({"filter[createdAt][gt]": "yesterday"}, "filter[createdAt][gt]"),
        ({"filter[updatedAt][lte]": "0001-01-01T00:00:00+14:00"}, "filter[updatedAt][lte]"),
        ({"sort": "name"}, "sort"),
    ],
)
def test_a_bad_value_of_a_known_parameter_is_refused(
    client: WorldClient, query: dict[str, str], parameter: str
) -> None:
    """Also beyond the calendar, where it fits the form."""
    answer = listed(client, query)
    assert (answer.status, parameter in str(answer.errors)) == (400, True)


@pytest.mark.parametrize("path", ["{id}", "email=ann@example.com", "externalId=a-1", "phone=+15555550100", "{id},{id}"])
def test_what_is_included_is_there_even_if_it_is_empty(world_client: WorldClient, path: str) -> None:
    """Of customers without a company: the list is there, as a client expects it, and nothing is in it."""
    body = {
        "emails": [{"email": "ann@example.com"}],
        "phones": [{"phone": "+15555550100"}],
        "externalId": "a-1",
    }
    id = world_client.post(CUSTOMERS, body).data["id"]
    target = f"{CUSTOMERS}/{path.replace('{id}', id)}"
    assert world_client.get(target, "include=company").json["included"] == []
    assert "included" not in world_client.get(target).json
    assert world_client.get(target, "include=brand").status == 400


def test_a_company_is_included_once(world_client: WorldClient) -> None:
    """However many of the customers work for it; companies stand in the order of the customers."""
    companies = [world_client.post("/v1/companies", {"name": f"Co {number}"}).data["id"] for number in range(2)]
    employers = (companies[0], companies[0], companies[1])
    ids = [world_client.post(CUSTOMERS, {"name": "A", "company": company}).data["id"] for company in employers]
    answer = world_client.get(f"{CUSTOMERS}/{','.join(ids)}", "include=company")
    assert [record["id"] for record in answer.json["included"]] == companies


def test_several_customers_are_masked_each_by_its_own_window(world_client: WorldClient) -> None:
    """A list is masked record by record; and the journal attributes it to none of them."""
    world_client.put("/v1/metadata/customer", {"standardProperties": {"name": {"sensitive": True}}})
    ids = [world_client.post(CUSTOMERS, {"name": name}).data["id"] for name in ("Ann", "Joe")]
    world_client.post(f"{CUSTOMERS}/{ids[1]}/unmasking-windows")
    found = world_client.get(f"{CUSTOMERS}/{','.join(ids)}").data
    assert [record["attributes"]["name"] for record in found] == ["***", "Joe"]
    entry = world_client.world.journal.entries[-1]
    assert (entry.path, entry.customer) == (f"{CUSTOMERS}/{','.join(ids)}", "")


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ("", ["b", "c"]),
        ("sort=-createdAt", ["c", "b"]),
        ("sort=updatedAt", ["c", "b"]),
        ("sort=-updatedAt", ["b", "c"]),
    ],
)
def test_sorted_objects_from_a_date_on(world_client: WorldClient, query: str, titles: list[str]) -> None:
    """Both at once: what was made since, in the order asked for."""
    world_client.post("/v1/klasses", {"name": "order"})
    path, ids = "/v1/klasses/order", {}
    for title in ("a", "b", "c"):
        ids[title] = world_client.post(path, {"title": title}).data["id"]
        world_client.advance(60)
    for title in ("b", "a"):
        world_client.put(f"{path}/{ids[title]}", {"icon": "box"})
        world_client.advance(60)
    since = f"fromDate={iso(EPOCH + timedelta(seconds=60)).replace('+', '%2B')}"
    found = world_client.get(path, f"{since}&{query}").data
    assert [record["attributes"]["title"] for record in found] == titles


def test_a_search_for_the_totals_alone_has_no_pages(world_client: WorldClient) -> None:
    """With ids or records: nothing is shown, and no link leads anywhere."""
    for _ in range(3):
        world_client.post(CUSTOMERS, {"name": "A"})
    for more in ("", "&idsOnly=true"):
        answer = world_client.post(
            f"{CUSTOMERS}/search", {"queryContext": "customer"}, query=f"pageSize=0&page=7{more}"
        )
        meta = {name: answer.json["meta"][name] for name in ("total", "page", "pageSize", "totalPages")}
        assert (answer.data, meta) == ([], {"total": 3, "page": 1, "pageSize": 0, "totalPages": 0})
        assert [answer.json["links"][name] for name in ("prev", "next")] == [None, None]
