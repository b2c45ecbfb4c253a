"""Counts and reductions over what a search finds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from kustomer_sandbox.simulator.search.aggregate import aggregate
from kustomer_sandbox.simulator.search.query import Query
from kustomer_sandbox.simulator.values.errors import BadRequest

Reading = Callable[..., Query]
Build = Callable[..., dict[str, Any]]


def test_aggregations_count_values_and_reduce_numbers(read: Reading, record: Build) -> None:
    """Most frequent first, ties by value, stored values in the caller's words; no value gives null."""
    aggs = {
        "by_mood": {"terms": {"field": "conversation_sentiment"}},
        "by_channel": {"terms": {"field": "conversation_channels", "size": 2}},
        "last": {"max": {"field": "conversation_created_at"}},
        "mean": {"avg": {"field": "conversation_priority"}},
        "scores": {"sum": {"field": "conversation_satisfaction_score"}},
        "named": {"value_count": {"field": "conversation_name"}},
    }
    records = [
        record("conversation", "1", sentiment={"polarity": -1}, channels=["email", "chat"], priority=2, name="x"),
        record("conversation", "2", sentiment={"polarity": -1}, channels=["sms", "chat"], priority=5),
        record("conversation", "3", createdAt="2026-06-01T00:00:00Z"),
    ]
    assert aggregate(read({"queryContext": "conversation", "aggs": aggs}), records) == {
        "by_mood": {"buckets": [{"key": "unhappy", "doc_count": 2}]},
        "by_channel": {"buckets": [{"key": "chat", "doc_count": 2}, {"key": "email", "doc_count": 1}]},
        "last": {"value": "2026-06-01T00:00:00.000Z"},
        "mean": {"value": 3.5},
        "scores": {"value": None},
        "named": {"value": 1},
    }


def test_without_aggs_there_are_no_aggregations(read: Reading, record: Build) -> None:
    """The answer always has the member, empty."""
    assert aggregate(read({}), [record("customer", "1")]) == {}


@pytest.mark.parametrize(
    "entry",
    [
        pytest.param({"terms": {"field": "conversation_status"}}, id="another type"),
        pytest.param({"terms": {"field": "customer_any_text"}}, id="analysed text"),
        pytest.param({"avg": {"field": "customer_created_at"}}, id="mean of dates"),
        pytest.param({"min": {"field": "customer_name"}}, id="least of texts"),
        pytest.param({"terms": {"field": "customer_name", "size": 0}}, id="size"),
        pytest.param({"terms": {"field": "customer_name", "order": "asc"}}, id="unknown option"),
        pytest.param({"terms": {"field": "customer_name"}, "max": {"field": "customer_created_at"}}, id="two kinds"),
    ],
)
def test_what_cannot_be_aggregated_is_refused(read: Reading, entry: dict[str, Any]) -> None:
    """Silence would look like an empty answer."""
    with pytest.raises(BadRequest):
        read({"aggs": {"n": entry}})
