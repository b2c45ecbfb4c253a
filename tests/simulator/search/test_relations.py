"""The roads between record types."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pytest

from kustomer_sandbox.simulator.search.attributes import TYPES
from kustomer_sandbox.simulator.search.relations import Relations, reference

Build = Callable[..., dict[str, Any]]


class Everything:
    """One record of each type, all belonging together."""

    def __init__(self, records: dict[str, dict[str, Any]]) -> None:
        self.records = records

    def get(self, type_name: str, id: str, /) -> dict[str, Any] | None:
        return self.records.get(type_name) if self.records.get(type_name, {}).get("id") == id else None

    def by(self, type_name: str, index: str, id: str, /) -> Iterable[dict[str, Any]]:
        found = self.records.get(type_name, {})
        return [found] if reference(found, index) == id else []


class Several:
    """Records by id and reference."""

    def __init__(self, *records: dict[str, Any]) -> None:
        self.records = records

    def named(self, id: str) -> dict[str, Any]:
        return next(found for found in self.records if found["id"] == id)

    def get(self, type_name: str, id: str, /) -> dict[str, Any] | None:
        return next((found for found in self.records if (found["type"], found["id"]) == (type_name, id)), None)

    def by(self, type_name: str, index: str, id: str, /) -> Iterable[dict[str, Any]]:
        return [found for found in self.records if found["type"] == type_name and reference(found, index) == id]


def work_item(record: Build, id: str, conversation: str) -> dict[str, Any]:
    """It calls its conversation a resource, but is indexed under it like the others."""
    return {**record("work_item", id), "relationships": {"resource": {"type": "conversation", "id": conversation}}}


@pytest.fixture
def together(record: Build) -> Everything:
    thread = {"customer": "u", "conversation": "v"}
    return Everything(
        {
            "company": record("company", "y"),
            "customer": record("customer", "u", to={"company": "y"}),
            "conversation": record("conversation", "v", to={"customer": "u"}),
            "message": record("message", "m", to=thread),
            "note": record("note", "n", to=thread),
            "kobject": record("kobject.order", "k", to={"customer": "u", "company": "y"}),
            "conversation_time": record("conversation_time", "t", to={"conversation": "v"}),
            "work_item": work_item(record, "w", "v"),
        }
    )


@pytest.mark.parametrize("source", TYPES)
@pytest.mark.parametrize("wanted", TYPES)
def test_every_type_reaches_every_other(together: Everything, source: str, wanted: str) -> None:
    """Any searchable attribute may stand in a search for any type, so each pair needs a road."""
    found = list(Relations(lookup=together)(together.records[source], wanted))
    assert found == ([] if source == wanted else [together.records[wanted]])


def test_a_record_that_refers_to_nobody_has_no_relations(record: Build) -> None:
    """Half-filled records are ordinary: a message before its conversation, a customer without company."""
    relations = Relations(lookup=Everything({}))
    lone = record("message", "m")
    assert [list(relations(lone, wanted)) for wanted in TYPES] == [[] for _ in TYPES]


def test_types_without_roads_are_related_to_nothing(record: Build) -> None:
    """A work session belongs to a user, and users are not searched."""
    assert list(Relations(lookup=Everything({}))(record("work_session", "w"), "customer")) == []


def test_the_shortest_road_is_taken_and_each_record_is_given_once(record: Build) -> None:
    """A message belongs to one conversation, not to all of its customer; a company's customers share roads."""
    shelf = Several(
        record("company", "y"),
        record("customer", "u", to={"company": "y"}),
        record("customer", "w", to={"company": "y"}),
        record("conversation", "1", to={"customer": "u"}),
        record("conversation", "2", to={"customer": "u"}),
        record("conversation_time", "t", to={"conversation": "1"}),
        record("message", "m", to={"customer": "u", "conversation": "2"}),
        work_item(record, "i", "2"),
    )
    relations = Relations(lookup=shelf)

    def ids(source: str, wanted: str) -> list[str]:
        return [found["id"] for found in relations(shelf.named(source), wanted)]

    assert ids("m", "conversation") == ["2"]
    assert ids("m", "conversation_time") == []
    assert (ids("i", "message"), ids("i", "conversation_time"), ids("i", "customer")) == (["m"], [], ["u"])
    assert ids("y", "conversation") == ["1", "2"]
    assert ids("2", "company") == ["y"]
