"""Records that are read without a copy, and changed part by part."""

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
from kustomer_sandbox.simulator.operations.system import SYSTEM
from kustomer_sandbox.simulator.records.records import Records
from kustomer_sandbox.simulator.records.unit_of_work import Author, UnitOfWork
from kustomer_sandbox.simulator.store.memory import MemoryStore
from kustomer_sandbox.simulator.values.clock import EPOCH
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
RELATED = st.sampled_from([{}, {"company": {"type": "company", "id": "c"}}, {"modifiedBy": None}])
STEPS: st.SearchStrategy[Any] = st.tuples(
    st.sampled_from(["change", "change", "change", "replace", "read", "bury", "fail"]),
    st.sampled_from(IDS),
    st.builds(dict, attributes=ATTRIBUTES, relationships=RELATED),
)
AUTHOR = Author(SYSTEM, EPOCH, "")


def customer(id: str, attributes: dict[str, Any]) -> Record:
    return {"id": id, "type": "customer", "attributes": attributes, "relationships": {}}


@pytest.fixture
def records(contracts: Contracts) -> Records:
    return emptied(contracts)


def emptied(contracts: Contracts) -> Records:
    return Records(MemoryStore(), contracts.resources)


def take(records: Records, step: str, id: str, parts: dict[str, Any]) -> None:
    """One step of a history, in a unit of work of its own; a refused one changes nothing."""
    unit = UnitOfWork(records)
    with suppress(Conflict, ZeroDivisionError), unit.transaction():
        before = unit.get("customer", id, deleted=True)
        assert before is not None
        if step == "replace":
            unit.write("customer", id, before, {"id": id, "type": "customer", **parts}, AUTHOR)
        elif step == "bury":
            unit.write("customer", id, before, {**before, "deleted": True}, AUTHOR)
        elif step != "read":
            after = {**before, "attributes": {**before["attributes"], **parts["attributes"]}}
            unit.write("customer", id, before, after, AUTHOR)
        if step == "fail":
            raise ZeroDivisionError


def read(records: Records, kind: str, id: str) -> Record | None:
    """A record as a call reads it: decoded once until it changes."""
    return UnitOfWork(records).get(kind, id)


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
        for key in {key for record in anew.find(kind) for key in anew.keys(kind, record).get(index, ())}:
            assert records.find(kind, index, key) == anew.find(kind, index, key)


@given(history=st.lists(STEPS, max_size=12))
def test_whatever_was_changed_in_part_is_filed_as_if_written_anew(history: list[Any], contracts: Contracts) -> None:
    """An index that was wrongly left alone would find a customer by a value it no longer has."""
    records = emptied(contracts)
    for id in IDS:
        records.insert(customer(id, {"emails": [{"email": id}], "tags": ["a"]}))
    for step, id, parts in history:
        take(records, step, id, parts)
        assert [read(records, "customer", id) for id in IDS] == [records.get("customer", id) for id in IDS]
    assert_filed_as_if_written_anew(records, contracts, "customer")


def test_a_seeded_world_is_filed_as_if_written_anew(shared_api: Api, contracts: Contracts) -> None:
    """Its customers were changed in part by every conversation and message they had."""
    world = shared_api.worlds.create(WorldSpec(name="filed", scenario="demo", plan="ultimate"))
    try:
        for kind in ("customer", "conversation", "message"):
            assert_filed_as_if_written_anew(world.records, contracts, kind)
        for kind in ("customer", "conversation", "message", "metadata", "kobject", "user", "draft"):
            for record in world.records.find(kind):
                shown = None if record.get("deleted") else record
                assert read(world.records, kind, record["id"]) == shown
    finally:
        shared_api.worlds.drop(world.name)


def test_a_unique_value_of_another_record_is_a_conflict_however_little_is_changed(records: Records) -> None:
    """The same refusal as of a whole update."""
    records.insert(customer("1", {"emails": [{"email": "a"}]}))
    records.insert(customer("2", {"emails": []}))
    unit = UnitOfWork(records)
    before = unit.get_or_404("customer", "2")
    with pytest.raises(Conflict):
        unit.write("customer", "2", before, customer("2", {"emails": [{"email": "A"}]}), AUTHOR)
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
