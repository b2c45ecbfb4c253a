"""Scenarios write through a unit of work that stores late; what is found and what is left are as if at once."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kustomer_sandbox.contracts import Contracts
from kustomer_sandbox.simulator.operations.system import SYSTEM
from kustomer_sandbox.simulator.records.deferred import DeferredUnitOfWork
from kustomer_sandbox.simulator.records.records import Records
from kustomer_sandbox.simulator.records.unit_of_work import WINDOW, Author, UnitOfWork
from kustomer_sandbox.simulator.store.memory import MemoryStore
from kustomer_sandbox.simulator.values.change import Change
from kustomer_sandbox.simulator.values.clock import EPOCH
from kustomer_sandbox.simulator.values.errors import Conflict
from kustomer_sandbox.simulator.values.record import Record

IDS = ("1", "2", "3")
AUTHOR = Author(SYSTEM, EPOCH, "")
STEPS = st.tuples(
    st.sampled_from(["put", "put", "put", "bury", "remove", "find", "count", "ids", "get", "get_by", "try", "settle"]),
    st.sampled_from(IDS),
    st.sampled_from(["ann", "bob"]),
)


def customer(id: str, name: str, *, email: str = "") -> Record:
    emails = [{"email": email}] if email else []
    return {"id": id, "type": "customer", "attributes": {"name": name, "emails": emails}, "relationships": {}}


def take(unit: UnitOfWork, step: str, id: str, name: str) -> Any:
    """One step, and what it shows."""
    before = unit.get("customer", id, deleted=True)
    match step:
        case "put":
            unit.write("customer", id, before, customer(id, name), AUTHOR)
        case "try":
            with unit.transaction():
                unit.write("customer", id, before, customer(id, name), AUTHOR)
        case "bury" if before:
            unit.write("customer", id, before, {**before, "deleted": True}, AUTHOR)
        case "remove" if before:
            unit.write("customer", id, before, None, AUTHOR)
        case "find":
            return unit.find("customer", "name", name)
        case "count":
            return unit.count("customer")
        case "ids":
            return unit.ids("customer", "name", name)
        case "get_by":
            return unit.get_by("customer", "name", name)
    return before


def stored(records: Records) -> list[Any]:
    return [(row.id, row.data) for row in records.store.find("customer", "id")]


@given(history=st.lists(STEPS, max_size=14))
def test_late_and_at_once_find_the_same_and_leave_the_same(history: list[Any], contracts: Contracts) -> None:
    """Subscribers hear the same changes in the same order, too."""
    told: tuple[list[Change], list[Change]] = [], []
    plain, late = (Records(MemoryStore(), contracts.resources) for _ in range(2))
    at_once, deferred = UnitOfWork(plain, [told[0].append]), DeferredUnitOfWork(late, [told[1].append])
    for step, id, name in history:
        if step == "settle":
            deferred.settle()
        assert take(deferred, step, id, name) == take(at_once, step, id, name)
    deferred.settle()
    assert stored(late) == stored(plain)
    assert told[0] == told[1]


@pytest.fixture
def records(contracts: Contracts) -> Records:
    return Records(MemoryStore(), contracts.resources)


def test_what_is_written_many_times_is_stored_once(records: Records) -> None:
    unit = DeferredUnitOfWork(records)
    before = None
    for name in ("a", "b", "c"):
        after = customer("1", name)
        unit.write("customer", "1", before, after, AUTHOR)
        before = after
    assert records.get("customer", "1") is None
    unit.settle()
    row = records.store.get("customer", "1")
    assert row is not None
    assert row.rev == 1
    assert records.get("customer", "1") == before


def test_a_unique_value_of_another_record_is_a_conflict_when_it_is_stored(records: Records) -> None:
    unit = DeferredUnitOfWork(records)
    for id in ("1", "2"):
        unit.write("customer", id, None, customer(id, "x", email="a@example.org"), AUTHOR)
    with pytest.raises(Conflict):
        unit.settle()


def test_windows_are_stored_at_once_for_they_are_read_past_the_unit(records: Records) -> None:
    unit = DeferredUnitOfWork(records)
    unit.write(WINDOW, "1", None, {"until": "2030-01-01T00:00:00.000Z"}, AUTHOR)
    assert records.store.get(WINDOW, "1") is not None


def test_after_settling_the_unit_sees_what_others_wrote(records: Records) -> None:
    unit = DeferredUnitOfWork(records)
    unit.write("customer", "1", None, customer("1", "a"), AUTHOR)
    unit.settle()
    records.update(customer("1", "by another"))
    assert unit.get_or_404("customer", "1")["attributes"]["name"] == "by another"
