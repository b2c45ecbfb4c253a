"""The order of results: total, stable over pages, missing values last."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from kustomer_sandbox.simulator.search.query import Query
from kustomer_sandbox.simulator.search.sort import order

Reading = Callable[..., Query]
Build = Callable[..., dict[str, Any]]
Search = Callable[..., list[str]]

TIMES = st.sampled_from(["2026-06-01T00:00:00.000Z", "2026-06-02T00:00:00Z", "2026-06-03T00:00:00.000Z"])
CUSTOMERS = st.lists(
    st.fixed_dictionaries(
        {}, optional={"name": st.sampled_from(["ann", "Ann", "bob"]), "createdAt": TIMES, "updatedAt": TIMES}
    ),
    max_size=8,
).map(lambda found: [{"id": f"{at:02}", "type": "customer", "attributes": facts} for at, facts in enumerate(found)])
SORTS = st.lists(
    st.dictionaries(
        st.sampled_from(["customer_name", "customer_created_at", "customer_updated_at"]),
        st.sampled_from(["asc", "desc"]),
        min_size=1,
        max_size=1,
    ),
    max_size=3,
)


@given(records=CUSTOMERS, sort=SORTS, data=st.data())
def test_the_order_does_not_depend_on_how_the_records_came(
    read: Reading, records: list[dict[str, Any]], sort: list[dict[str, str]], data: st.DataObject
) -> None:
    """A total order: pages of two calls fit together only if ties are always broken alike."""
    query = read({"sort": sort})
    shuffled = data.draw(st.permutations(records))
    assert order(shuffled, query) == order(records, query)


@given(records=CUSTOMERS, sort=SORTS, size=st.integers(1, 4))
def test_pages_show_every_record_once(
    read: Reading, records: list[dict[str, Any]], sort: list[dict[str, str]], size: int
) -> None:
    """Whoever walks the pages sees all of it, and nothing twice."""
    query = read({"sort": sort})
    pages = [order(records, query)[start : start + size] for start in range(0, len(records), size)]
    assert sorted(record["id"] for page in pages for record in page) == [record["id"] for record in records]


@given(records=CUSTOMERS, direction=st.sampled_from(["asc", "desc"]))
def test_records_follow_their_key_then_their_id_and_those_without_come_last(
    read: Reading, records: list[dict[str, Any]], direction: str
) -> None:
    """Checked on neighbours, against the key as the record states it."""
    found = order(records, read({"sort": {"customer_name": direction}}))
    for one, other in pairwise(found):
        left, right = (record["attributes"].get("name") for record in (one, other))
        if left is None or right is None:
            assert right is None
        elif left.lower() == right.lower():
            assert one["id"] < other["id"]
        else:
            assert (left.lower() < right.lower()) is (direction == "asc")
        if left is None:
            assert one["id"] < other["id"]


def test_later_keys_decide_among_equals(search: Search, record: Build) -> None:
    """All keys count here, in their order; that the real API honours more than the first is doubtful."""
    records = [
        record("customer", "1", progressiveStatus="open", name="Bob"),
        record("customer", "2", progressiveStatus="done", name="Ann"),
        record("customer", "3", progressiveStatus="open", name="Ann"),
    ]
    assert search({"sort": [{"customer_progressive_status": "desc"}, {"customer_name": "asc"}]}, *records) == [
        "3",
        "1",
        "2",
    ]


def test_counts_that_can_only_be_sorted_by_are_sorted_as_numbers(search: Search, record: Build) -> None:
    """`customer_open` and its kin are documented for sorting alone."""
    records = [record("customer", str(n), conversationCounts={"open": n}) for n in (2, 10, 1)]
    assert search({"sort": {"customer_open": "desc"}}, *records) == ["10", "2", "1"]


def test_without_a_sort_the_last_update_comes_first(search: Search, record: Build) -> None:
    """Conversations are promised in this order; the other types follow suit."""
    records = [
        record("conversation", "1", updatedAt="2026-06-01T00:00:00.000Z"),
        record("conversation", "2", updatedAt="2026-06-03T00:00:00.000Z"),
        record("conversation", "3", updatedAt="2026-06-02T00:00:00.000Z"),
    ]
    assert search({"queryContext": "conversation"}, *records) == ["2", "3", "1"]
