"""Pages: which records a page holds, and links that lead to the pages they name."""

from __future__ import annotations

from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kustomer_sandbox.contracts.model import Paging
from kustomer_sandbox.simulator.values.paging import PageRequest, page_links, page_of
from tests.world_client import WorldClient

CUSTOMERS = "/v1/customers"
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)


@pytest.mark.parametrize(
    ("query", "page", "offset"),
    [
        ({}, PageRequest(number=1, size=25), 0),
        ({"page": 3}, PageRequest(number=3, size=25), 50),
        ({"page": 2, "pageSize": 7}, PageRequest(number=2, size=7), 7),
        ({"pageSize": 101}, PageRequest(number=1, size=100), 0),
    ],
)
def test_a_query_asks_for_a_page(query: dict[str, int], page: PageRequest, offset: int) -> None:
    """Defaults are the contract's; a size above the maximum is lowered to it."""
    asked = page_of(query, Paging(default=25, maximum=100))
    assert (asked, asked.offset) == (page, offset)


@given(
    query=st.lists(st.tuples(TEXTS, TEXTS), max_size=4),
    number=st.integers(1, 9),
    size=st.integers(1, 100),
    more=st.booleans(),
)
def test_a_link_asks_for_the_same_with_another_page(
    query: list[tuple[str, str]], number: int, size: int, *, more: bool
) -> None:
    """Read back, a link holds the caller's other parameters, whatever their text, then its page and size."""
    links = page_links("/v1/x", query, PageRequest(number=number, size=size), more=more, pages=9)
    rest = [pair for pair in query if pair[0] not in ("page", "pageSize")]
    numbers = {"self": number, "first": 1, "prev": number - 1, "next": number + 1 if more else 0, "last": 9}
    for name, target in numbers.items():
        link = links.pop(name)
        assert (link is None) == (target == 0)
        if link is not None:
            path, _, sent = link.partition("?")
            assert path == "/v1/x"
            assert sent.isascii()
            assert parse_qsl(sent, keep_blank_values=True) == [*rest, ("page", str(target)), ("pageSize", str(size))]
    assert links == {}


def test_links_are_written_as_the_vendor_writes_them() -> None:
    """Filters first, then page and size; no last page where totals are not told; dates stay readable."""
    query = [("page", "2"), ("fromDate", "2026-06-09T12:00:00Z"), ("pageSize", "10")]
    links = page_links("/v1/x", query, PageRequest(number=2, size=10), more=False, pages=None)
    start = "/v1/x?fromDate=2026-06-09T12:00:00Z&page="
    assert links == {
        "self": f"{start}2&pageSize=10",
        "first": f"{start}1&pageSize=10",
        "prev": f"{start}1&pageSize=10",
        "next": None,
    }


def test_an_empty_list_has_a_first_and_last_page() -> None:
    """Page 1 is there even when nothing is on it."""
    links = page_links("/v1/x", [], PageRequest(number=1, size=10), more=False, pages=0)
    assert (links["last"], links["prev"], links["next"]) == ("/v1/x?page=1&pageSize=10", None, None)


def test_a_reader_who_follows_next_sees_every_record_once(world_client: WorldClient) -> None:
    """The last page is full here: it must not promise one more."""
    made = [world_client.post(CUSTOMERS, {"name": str(number)}).data["id"] for number in range(6)]
    seen: list[str] = []
    link: str | None = f"{CUSTOMERS}?pageSize=2"
    while link is not None:
        path, _, query = link.partition("?")
        answer = world_client.get(path, query)
        seen += [record["id"] for record in answer.data]
        assert len(answer.data) == 2
        link = answer.json["links"]["next"]
    assert seen == made


def test_a_page_beyond_the_end_is_empty(world_client: WorldClient) -> None:
    """It is no fault: records may have gone since the link was made. Nothing follows it."""
    world_client.post(CUSTOMERS, {"name": "A"})
    answer = world_client.get(CUSTOMERS, "page=5&pageSize=1")
    assert (answer.status, answer.data) == (200, [])
    assert (answer.json["links"]["next"], answer.json["links"]["self"]) == (None, f"{CUSTOMERS}?page=5&pageSize=1")


def test_a_page_of_exactly_the_rest_is_the_last(world_client: WorldClient) -> None:
    """As many records as the page holds, and no more, need no second page."""
    for _ in range(2):
        world_client.post(CUSTOMERS, {"name": "A"})
    whole, part = (world_client.get(CUSTOMERS, f"pageSize={size}").json["links"]["next"] for size in (2, 1))
    assert (whole, part) == (None, f"{CUSTOMERS}?page=2&pageSize=1")
