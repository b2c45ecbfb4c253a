"""Columns find what the naive evaluator finds, in its order, whatever became of the records meanwhile."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from kustomer_sandbox.simulator.api import Api
from tests.simulator.search.changing import ACTS, ARCHIVED, CONTEXTS, Changing, Vocabulary, both, vocabulary_of
from tests.simulator.search.furnished import ARCHIVE, SEARCH, Furnished, furnished

ZONES = ["GMT", "Europe/Berlin", "America/Los_Angeles"]
WORDS = ["order", "the", "everything at", "refund", "a", "", "2026", "jane doe"]
SEARCHES = 10
"""Of each example."""

Criteria = st.SearchStrategy[dict[str, Any]]
Search = st.SearchStrategy[tuple[str, dict[str, Any], str]]


@pytest.fixture(scope="module")
def records(shared_api: Api) -> Iterator[Furnished]:
    with furnished(shared_api, "columns") as found:
        yield found


@pytest.fixture(scope="module")
def searches(records: Furnished) -> Search:
    """Path, body and query of a search."""
    both = {SEARCH: CONTEXTS, ARCHIVE: ARCHIVED}
    known = {path: vocabulary_of(records, path) for path in both}
    return st.one_of([searches_of(known[path], path, context) for path in both for context in both[path]])


def searches_of(vocabulary: Vocabulary, path: str, context: str) -> Search:
    criterion = st.sampled_from(vocabulary.criteria) | (written(context) if path == SEARCH else st.nothing())
    inner = st.sampled_from(["and", "or", "not"]).flatmap(groups_of(criterion).__getitem__)
    body = st.fixed_dictionaries(
        {"queryContext": st.just(context), "sort": orders(vocabulary.sorts[context.partition("_order")[0]])},
        optional={
            **{kind: st.lists(criterion | inner, min_size=1, max_size=3) for kind in ("and", "or", "not")},
            "includeDeleted": st.booleans(),
            "timeZone": st.sampled_from(ZONES),
        },
    )
    query = st.builds("page={}&pageSize={}".format, st.integers(1, 3), st.sampled_from([1, 3, 10, 100]))
    return st.tuples(st.just(path), body, query)


def groups_of(criterion: Criteria) -> dict[str, Criteria]:
    return {
        kind: st.builds(lambda found, kind=kind: {kind: found}, st.lists(criterion, min_size=1, max_size=3))
        for kind in ("and", "or", "not")
    }


def orders(names: Sequence[str]) -> st.SearchStrategy[list[dict[str, str]]]:
    keys = st.tuples(st.sampled_from(names), st.sampled_from(["asc", "desc"]))
    return st.lists(keys, max_size=3, unique_by=lambda key: key[0]).map(lambda found: [dict([key]) for key in found])


def written(context: str) -> Criteria:
    """Criteria that a sample of values does not give: several tests of one, words, dates from now."""
    words, days = st.sampled_from(WORDS), st.sampled_from(["now-24h", "now-7d", "2026-06-08", "2024-01-01"])
    own = context.partition("_order")[0]
    texts = st.sampled_from(["any_text", f"{own}_any_text", "message_any_text", "customer_any_text"])
    return st.one_of(
        st.builds(lambda name, test: {name: test}, texts, several("contains", "not_contains", operand=words)),
        st.builds(lambda test: {f"{own}_created_at": test}, several("gte", "gt", "lte", "lt", operand=days)),
        st.builds(lambda test: {"customer_name": test}, several("contains", "prefix", "not_contains", operand=words)),
        st.builds(
            lambda test: {"conversation_priority": test},
            several("gte", "gt", "lt", "equals", "not_equals", operand=st.integers(1, 5)),
        ),
        st.builds(lambda test: {"message_body": test}, several("contains", "not_contains", operand=words)),
    )


def several(*operators: str, operand: st.SearchStrategy[Any]) -> Criteria:
    return st.dictionaries(st.sampled_from(operators), operand, min_size=1, max_size=2)


ACTS_DONE = st.lists(st.tuples(st.sampled_from(ACTS), st.integers(0, 5000)), max_size=4)


@settings(phases=[Phase.explicit, Phase.generate])  # a failure is told at once: making it smaller takes many minutes
@given(data=st.data())
def test_columns_agree_with_the_evaluator_in_changing_worlds(
    records: Furnished, searches: Search, data: st.DataObject
) -> None:
    """Page by page, byte for byte: after writes, deletions, undone transactions, forks, snapshots, and time."""
    changing = Changing(records)
    try:
        for _ in range(SEARCHES):
            path, body, query = data.draw(searches)
            changing.focus = body["queryContext"].partition("_order")[0]
            for name, at in data.draw(ACTS_DONE):
                getattr(changing, name)(at)
            by_columns, one_by_one = both(changing.client, path, body, query)
            assert by_columns.json == one_by_one.json
    finally:
        changing.end()
