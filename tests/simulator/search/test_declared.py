"""Every attribute of the contract, with each of its operators, on a world in which every attribute has values."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from kustomer_sandbox.contracts import load
from kustomer_sandbox.contracts.model import SearchAttribute
from kustomer_sandbox.simulator.api import Api
from kustomer_sandbox.simulator.search.attributes import type_of
from kustomer_sandbox.simulator.values.record import Record
from tests.simulator.search import naive
from tests.simulator.search.furnished import ARCHIVE, SEARCH, Furnished, furnished

DECLARED = load().search
STANDARD = [name for name, fact in DECLARED.items() if fact.standard and fact.operator != "sort"]
ARCHIVED = [name for name, fact in DECLARED.items() if fact.archive]
SORTED = [name for name, fact in DECLARED.items() if fact.standard and (fact.sortable or fact.operator == "datetime")]
RELATED = "any_text"
"""It looks through related records as well, so it may find more than the naive reading of a record alone."""
VALUELESS = {"tracking_events", "customer_active_users", "customer_watchers"}
FIVE_YEARS = 5 * 365 * 24 * 60 * 60


@pytest.fixture(scope="module")
def records(shared_api: Api) -> Iterator[Furnished]:
    with furnished(shared_api, "declared") as made:
        yield made


@pytest.fixture(scope="module")
def archive(shared_api: Api) -> Iterator[Furnished]:
    """The same, looked at five years later: all that it holds is in the archive."""
    with furnished(shared_api, "archived") as made:
        made.client.advance(FIVE_YEARS)
        yield made


def context_of(name: str) -> str:
    return type_of(name) or "customer"


def agrees(records: Furnished, name: str, path: str = SEARCH) -> None:
    """The search finds what the naive reading does, for each operator; opposites are matched without a call."""
    fact, context = DECLARED[name], context_of(name)
    there = records.there(context)
    for operator, wanted in naive.asked(fact, there):
        body = {"and": [{name: {operator: wanted}}]}
        negated = operator.startswith("not_")
        found = (records.matched if negated else records.ids)(context, body, path=path)
        expected = {record["id"] for record in there if naive.holds(fact, operator, wanted, record)}
        assert len(set(found)) == len(found)
        assert set(found) == expected or (name == RELATED and set(found) > expected), (operator, wanted)


@pytest.mark.parametrize("name", STANDARD)
def test_every_operator_of_an_attribute_finds_what_a_plain_reading_of_its_records_does(
    records: Furnished, name: str
) -> None:
    """The declaration is the only source: a path that leads nowhere, or a class that compares wrongly, shows here."""
    agrees(records, name)


@pytest.mark.parametrize("name", ARCHIVED)
def test_every_attribute_of_the_archive_finds_what_a_plain_reading_does(archive: Furnished, name: str) -> None:
    """The archive has a list of its own, with names that the standard search does not know."""
    agrees(archive, name, path=ARCHIVE)
    assert archive.ids(context_of(name), {}) == []


@pytest.mark.parametrize("context", ["note", "conversation_time", "work_item", "work_session"])
def test_what_the_archive_does_not_know_is_found_by_no_search_after_two_years(archive: Furnished, context: str) -> None:
    """Old handle times are said to be lost to searches; what else has no place in the archive is too."""
    assert archive.there(context) != []
    assert archive.ids(context, {}) == []


def test_an_attribute_without_values_is_one_of_those_known_to_have_none(records: Furnished) -> None:
    """Whatever else can be searched is filled by some call: an attribute that no call fills finds nothing, silently."""
    empty = {
        name
        for name, fact in DECLARED.items()
        if not any(naive.of(fact, record) for record in records.there(context_of(name)))
    }
    assert empty == VALUELESS


@pytest.mark.parametrize("name", SORTED)
def test_every_sort_orders_by_its_values(records: Furnished, name: str) -> None:
    """Of several values the smallest counts upwards and the largest downwards; what has none comes last."""
    fact, context = DECLARED[name], context_of(name)
    there = {str(record["id"]): values_of(fact, record) for record in records.there(context)}
    picks: dict[str, Callable[[Any], Any]] = {"asc": min, "desc": max}
    for direction, pick in picks.items():
        valued = sorted(id for id, values in there.items() if values)
        valued.sort(key=lambda id, pick=pick: pick(there[id]), reverse=direction == "desc")  # type: ignore[misc]
        without = sorted(id for id, values in there.items() if not values)
        assert records.ids(context, {"sort": {name: direction}}) == valued + without


def values_of(fact: SearchAttribute, record: Record) -> list[Any]:
    """Values that compare with each other: texts that are only sorted by do so regardless of case."""
    found = naive.of(fact, record)
    return [value.lower() if fact.operator == "sort" and isinstance(value, str) else value for value in found]
