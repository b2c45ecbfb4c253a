"""Which index a query is answered from."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from kustomer_sandbox.contracts import Contracts
from kustomer_sandbox.simulator.search.attributes import type_of
from kustomer_sandbox.simulator.search.operators import FOLDED
from kustomer_sandbox.simulator.search.plan import hints
from kustomer_sandbox.simulator.search.query import IndexHint, Query
from kustomer_sandbox.simulator.store.protocol import Range
from kustomer_sandbox.simulator.values.record import JSON

Reading = Callable[..., Query]

UPDATED = {"conversation_updated_at": {"gte": "2026-06-01T00:00:00Z", "lt": "2026-06-02T00:00:00Z"}}
STATUS = {"conversation_status": {"in": ["open", "snoozed"]}}
CUSTOMER = {"conversation_customer_id": {"equals": "b" * 24}}


def best(query: Query) -> IndexHint | None:
    """The first hint of a query."""
    return next(iter(hints(query)), None)


def hint(index: str, *at: JSON) -> IndexHint:
    return IndexHint(table="conversation", index=index, at=at)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param({"and": [UPDATED, STATUS, CUSTOMER]}, hint("customer", "b" * 24), id="equality first"),
        pytest.param({"and": [UPDATED, STATUS]}, hint("status", "open", "snoozed"), id="then a list"),
        pytest.param(
            {"and": UPDATED},
            hint("updatedAt", Range(low="2026-06-01T00:00:00.000Z", high="2026-06-02T00:00:00.000Z", below_high=True)),
            id="then a range",
        ),
        pytest.param({"or": [CUSTOMER]}, hint("customer", "b" * 24), id="an or of one"),
        pytest.param({"or": [CUSTOMER, STATUS]}, None, id="not from alternatives"),
        pytest.param({"not": [CUSTOMER]}, None, id="not from exclusions"),
        pytest.param({"and": [{"conversation_status": {"not_equals": "open"}}]}, None, id="not from opposites"),
        pytest.param({"and": [{"customer_email": {"equals": "a@b.example"}}]}, None, id="not from another type"),
        pytest.param({}, None, id="nothing to go by"),
    ],
)
def test_the_narrowest_sure_criterion_is_chosen(
    read: Reading, body: dict[str, Any], expected: IndexHint | None
) -> None:
    """A hint must hold every match, so only criteria that all matches satisfy may give one."""
    assert best(read({"queryContext": "conversation", **body})) == expected


def test_objects_of_one_klass_are_looked_up_by_klass(read: Reading) -> None:
    """All custom objects share a table, so the context itself narrows the search."""
    assert best(read({"queryContext": "kobject_order"})) == IndexHint(table="kobject", index="klass", at=("order",))


def test_a_key_that_ignores_case_is_in_lower_case(read: Reading) -> None:
    """That is the form in which a folding index keeps its keys."""
    found = best(read({"and": [{"customer_email": {"equals": "Ann@X.example"}}]}))
    assert found == IndexHint(table="customer", index="email", at=("ann@x.example",))


def test_every_index_behind_an_attribute_exists_and_can_answer_for_it(contracts: Contracts) -> None:
    """A missing index would quietly turn a look-up into a scan; one that keeps case would quietly lose records."""
    by_type = {resource.type: resource.indexes for resource in contracts.resources.values()}
    wrong = []
    for name, fact in contracts.search.items():
        indexes = by_type.get(type_of(name) or "")
        if fact.index in (None, "id") or indexes is None:
            continue
        index = indexes.get(fact.index or "")
        letters = any(character.isalpha() for character in fact.schema.get("pattern", "any"))
        if index is None or (fact.operator in FOLDED and letters and not index.fold):
            wrong.append(name)
    assert wrong == []
