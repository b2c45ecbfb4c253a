"""Custom attributes: the end of a name says how it compares, on every type of record that has some."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from kustomer_sandbox.contracts.build.search_operators import CUSTOM_CLASSES
from kustomer_sandbox.contracts.model import SearchAttribute
from tests.simulator.search import naive

Search = Callable[..., list[str]]
Build = Callable[..., dict[str, Any]]

KINDS = ("customer", "company", "conversation", "message", "kobject.order")
HELD: dict[str, list[Any]] = {
    "Str": ["Late parcel", "late"],
    "Txt": ["The parcel is late", "Lateness is none"],
    "Num": [1.5, 20],
    "At": ["2026-06-01T10:00:00.000Z", "2026-06-02T10:00:00.000Z"],
    "Bool": [True, False],
    "Url": ["https://a.example/x", "https://b.example"],
    "Id": ["a" * 24, "b" * 24],
    "Tree": ["root.branch", "root"],
}


def test_every_end_of_a_name_is_held_by_some_record() -> None:
    """A new kind of custom attribute must be tried here too."""
    assert HELD.keys() == CUSTOM_CLASSES.keys()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("end", HELD)
def test_a_custom_attribute_takes_the_operators_of_its_class(
    search: Search, record: Build, kind: str, end: str
) -> None:
    """On standard objects and on custom ones alike; one record has none, one has several."""
    name = f"thing{end}"
    records = [
        record(kind, str(number), custom={name: value} if value is not None else {})
        for number, value in enumerate([*HELD[end], None, HELD[end]])
    ]
    fact = SearchAttribute(name=name, operator=CUSTOM_CLASSES[end], path=("attributes", "custom", name))
    written = f"kobject_custom_order_{name}" if kind == "kobject.order" else f"{kind}_custom_{name}"
    for operator, wanted in naive.asked(fact, records):
        found = search({"queryContext": kind.partition(".")[0], "and": [{written: {operator: wanted}}]}, *records)
        expected = [made["id"] for made in records if naive.holds(fact, operator, wanted, made)]
        assert sorted(found) == expected, (operator, wanted)
