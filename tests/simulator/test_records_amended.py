"""Records that are looked at without a copy, and changed attribute by attribute."""

from __future__ import annotations

import tracemalloc
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kustomer_sandbox.contracts import Contracts
from kustomer_sandbox.simulator.api import Api
from kustomer_sandbox.simulator.hosting.worlds import WorldSpec
from kustomer_sandbox.simulator.records.records import Records
from kustomer_sandbox.simulator.store.memory import MemoryStore
from kustomer_sandbox.simulator.values.errors import Conflict
from kustomer_sandbox.simulator.values.record import Record

IDS = ("1", "2", "3")
TEXTS = st.sampled_from(["a", "B", "c"])
ATTRIBUTES = st.fixed_dictionaries(
    {},
    optional={
        "name": TEXTS,
        "tags": st.lists(TEXTS, max_size=3),
        "emails": st.lists(TEXTS.map(lambda text: {"email": text}), max_size=2),
        "socials": st.lists(st.builds(lambda a, b: {"type": a, "username": b}, TEXTS, TEXTS), max_size=2),
        "updatedAt": TEXTS,
        "preview": st.dictionaries(TEXTS, TEXTS, max_size=2),
    },
)
STEPS = st.tuples(
    st.sampled_from(["amend", "amend", "amend", "update", "look", "bury", "fail"]), st.sampled_from(IDS), ATTRIBUTES
)


def customer(id: str, attributes: dict[str, Any]) -> Record:
    return {"id": id, "type": "customer", "attributes": attributes, "relationships": {}}


@pytest.fixture
def records(contracts: Contracts) -> Records:
    return emptied(contracts)


def emptied(contracts: Contracts) -> Records:
    return Records(MemoryStore(), contracts.resources)


def take(records: Records, step: str, id: str, attributes: dict[str, Any]) -> None:
    """One step of a history; a refused one changes nothing."""
    with suppress(Conflict, ZeroDivisionError), records.store.transaction():
        if step == "update":
            records.update(customer(id, attributes))
        elif step == "bury":
            records.update({**customer(id, attributes), "deleted": True})
        elif step == "look":
            records.get_readonly("customer", id)
        else:
            records.amend("customer", id, attributes)
        if step == "fail":
            raise ZeroDivisionError


def assert_filed_as_if_written_anew(records: Records, contracts: Contracts, kind: str) -> None:
    """Every index of a type finds what it would find if each record had just been inserted."""
    anew = emptied(contracts)
    for row in records.store.find(kind, "id"):
        record = records.get(kind, row.id, deleted=True)
        assert record is not None
        anew.insert(record)
    for index in ("(tombstones)", *records.resource(kind).indexes):
        assert records.find(kind, index) == anew.find(kind, index)
        assert records.count(kind, index) == anew.count(kind, index)
        for key in {key for record in anew.find(kind) for key in anew.keys(record).get(index, ())}:
            assert records.find(kind, index, key) == anew.find(kind, index, key)


@given(history=st.lists(STEPS, max_size=12))
def test_whatever_was_changed_in_part_is_filed_as_if_written_anew(history: list[Any], contracts: Contracts) -> None:
    """An index that was wrongly left alone would find a customer by a value it no longer has."""
    records = emptied(contracts)
    for id in IDS:
        records.insert(customer(id, {"emails": [{"email": id}], "tags": ["a"]}))
    for step, id, attributes in history:
        take(records, step, id, attributes)
        assert [records.get_readonly("customer", id) for id in IDS] == [records.get("customer", id) for id in IDS]
    assert_filed_as_if_written_anew(records, contracts, "customer")


def test_a_seeded_world_is_filed_as_if_written_anew(shared_api: Api, contracts: Contracts) -> None:
    """Its customers were changed in part by every conversation and message they had."""
    world = shared_api.worlds.create(WorldSpec(name="filed", scenario="demo", plan="ultimate"))
    try:
        for kind in ("customer", "conversation", "message"):
            assert_filed_as_if_written_anew(world.records, contracts, kind)
        for record in world.records.find("customer"):
            assert world.records.get_readonly("customer", record["id"]) == record
    finally:
        shared_api.worlds.drop(world.name)


def test_an_amendment_keeps_what_it_does_not_name(records: Records) -> None:
    """It is given the changes alone, not the record."""
    records.insert(customer("1", {"name": "Ann", "tags": ["x"]}))
    records.amend("customer", "1", {"name": "Bob", "preview": {}})
    assert records.get("customer", "1") == customer("1", {"name": "Bob", "tags": ["x"], "preview": {}})


def test_an_amendment_to_a_unique_value_of_another_record_is_a_conflict(records: Records) -> None:
    """The same refusal as of a whole update."""
    records.insert(customer("1", {"emails": [{"email": "a"}]}))
    records.insert(customer("2", {"emails": []}))
    with pytest.raises(Conflict):
        records.amend("customer", "2", {"emails": [{"email": "A"}]})
    assert records.get("customer", "2") == customer("2", {"emails": []})


def test_kept_records_take_up_little_more_than_their_text(records: Records) -> None:
    """A world has as many records as its tests make; the encoder's own buffers hold 8 KB each."""
    record = customer("1", {"name": "x" * 500})
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        for number in range(200):
            records.insert({**record, "id": f"{number:024x}"})
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert after - before < 200 * 4096
