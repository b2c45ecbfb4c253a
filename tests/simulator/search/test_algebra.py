"""What holds of all searches, whatever they ask for: sets for criteria, one order for pages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kustomer_sandbox.contracts import load
from kustomer_sandbox.simulator.api import Api
from kustomer_sandbox.simulator.search.attributes import type_of
from kustomer_sandbox.simulator.values.record import JSON
from tests.simulator.search import naive
from tests.simulator.search.furnished import ARCHIVE, SEARCH, Furnished, furnished

DECLARED = load().search
OLD = ("customer", "company", "conversation", "message", "kobject", "kobject_order", "kobject_shipment")
CONTEXTS = {
    SEARCH: (*OLD, "note", "conversation_time", "work_item", "work_session"),
    ARCHIVE: OLD,
}
CUSTOM = ("customer", "conversation", "kobject")
FIVE_YEARS = 5 * 365 * 24 * 60 * 60
Criterion = dict[str, Any]


@pytest.fixture(scope="module", params=[SEARCH, ARCHIVE])
def asked(request: pytest.FixtureRequest, shared_api: Api) -> Iterator[Asked]:
    """One of the two searches, on a world in which it finds everything."""
    with furnished(shared_api, request.param) as records:
        records.client.advance(FIVE_YEARS if request.param == ARCHIVE else 0)
        yield Asked(records, request.param)


class Asked:
    """One of the two searches, with criteria that find something and nothing in it."""

    def __init__(self, records: Furnished, path: str) -> None:
        self.records, self.path = records, path
        self._alone: dict[tuple[str, int], set[str]] = {}
        facts = {name: fact for name, fact in DECLARED.items() if (fact.archive if path == ARCHIVE else fact.standard)}
        there = {name: records.there(type_of(name) or "customer") for name in facts}
        self.criteria = [
            {name: {operator: wanted}}
            for name, fact in facts.items()
            for operator, wanted in naive.asked(fact, there[name])
        ]
        self.criteria += list(self.custom()) if path == SEARCH else []
        self.sorts = [name for name, fact in facts.items() if fact.operator == "datetime"]
        self.all = {context: self.found(context) for context in CONTEXTS[path]}

    def custom(self) -> Iterator[Criterion]:
        """That a custom attribute of some record is set, once for each attribute."""
        names = dict.fromkeys(
            f"{kind}_custom_{'' if kind != 'kobject' else record['klass'] + '_'}{name}"
            for kind in CUSTOM
            for record in self.records.there(kind)
            for name in record["attributes"].get("custom", {})
        )
        return ({name: {"set": ""}} for name in names)

    def one(self, context: str, at: int) -> set[str]:
        """What the criterion at this place finds alone; asked once."""
        if (context, at) not in self._alone:
            self._alone[context, at] = self.found(context, **{"and": [self.criteria[at]]})
        return self._alone[context, at]

    def found(self, context: str, **body: JSON) -> set[str]:
        ids = self.records.ids(context, body, path=self.path)
        assert len(ids) == len(set(ids))
        return set(ids)


@given(data=st.data())
def test_criteria_are_sets_whatever_the_context(asked: Asked, data: st.DataObject) -> None:
    """A group is nothing but the sets of its criteria: what they share, all of them, what is in none."""
    context = data.draw(st.sampled_from(CONTEXTS[asked.path]))
    places = data.draw(st.lists(st.integers(0, len(asked.criteria) - 1), min_size=2, max_size=2, unique=True))
    one, other = (asked.criteria[at] for at in places)
    everything = asked.all[context]
    first, second = (asked.one(context, at) for at in places)

    assert first <= everything
    assert asked.found(context, **{"and": [one, other]}) == first & second
    without = {"and": [other, {"not": [one]}]}
    assert asked.found(context, **{"or": [one, without]}) == first | second
    assert asked.found(context, **{"not": [one, without]}) == everything - first - second


@given(data=st.data())
def test_pages_divide_what_is_found_in_its_order(asked: Asked, data: st.DataObject) -> None:
    """Whatever the order and the size of a page, each record is on one page, where the whole list has it."""
    context = data.draw(st.sampled_from(CONTEXTS[asked.path]))
    own = [name for name in asked.sorts if type_of(name) == context.removesuffix("_order").removesuffix("_shipment")]
    body: dict[str, JSON] = {"sort": [{name: data.draw(st.sampled_from(["asc", "desc"]))} for name in own[:2]]}
    whole = asked.records.ids(context, body, path=asked.path)
    size = data.draw(st.integers(max(1, len(whole) // 4), 500))
    pages = [
        asked.records.ids(context, body, path=asked.path, query=f"pageSize={size}&page={number}")
        for number in range(1, len(whole) // size + 2)
    ]
    assert set(whole) == asked.all[context]
    assert [id for page in pages for id in page] == whole
    assert all(len(page) == size for page in pages[:-1])
