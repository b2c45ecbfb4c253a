"""Index keys derived from records: single values, lists, and values of several paths joined into one key."""

from __future__ import annotations

import pytest

from kustomer_sandbox.contracts.model import Contracts, Index, Resource
from kustomer_sandbox.simulator.records.records import Records
from kustomer_sandbox.simulator.store.memory import MemoryStore
from kustomer_sandbox.simulator.values.errors import Conflict
from kustomer_sandbox.simulator.values.record import Record

JOINED = Index(name="pair", path=("klass",), joined=(("relationships", "customer", "id"),), unique=True)


@pytest.fixture
def records(contracts: Contracts) -> Records:
    """KObjects that are found by Klass and customer together, of which there may be only one."""
    known = contracts.resources["custom-objects"]
    fields = {name: getattr(known, name) for name in Resource.__dataclass_fields__}
    return Records(MemoryStore(), {"kobject": Resource(**{**fields, "indexes": {"pair": JOINED}})})


def kobject(id: str, klass: str | None, *customers: str) -> Record:
    """A KObject of a Klass that belongs to a customer, or to none."""
    related = {"customer": {"type": "customer", "id": customers[0]}} if customers else {}
    return {"id": id, "type": "kobject.order", "klass": klass, "attributes": {}, "relationships": related}


def test_a_joined_index_finds_only_records_with_all_of_its_values(records: Records) -> None:
    """Lists of one customer's objects of one Klass must not scan the customer's or the Klass's other objects."""
    for record in (kobject("1", "order", "a"), kobject("2", "order", "b"), kobject("3", "return", "a")):
        records.insert(record)

    assert [record["id"] for record in records.find("kobject", "pair", "order:a")] == ["1"]


@pytest.mark.parametrize(
    "incomplete", [kobject("1", "order"), kobject("1", None, "a")], ids=["no customer", "no Klass"]
)
def test_a_record_that_lacks_one_joined_value_is_not_indexed(records: Records, incomplete: Record) -> None:
    """Half a key would be found by those who ask for the other half alone, or clash where nothing is shared."""
    records.insert(incomplete)

    assert records.keys("kobject.order", incomplete) == {}


def test_a_joined_index_can_be_unique(records: Records) -> None:
    """An external id is unique within its Klass: neither the Klass nor the id alone is the key."""
    records.insert(kobject("1", "order", "a"))
    records.insert(kobject("2", "return", "a"))

    with pytest.raises(Conflict):
        records.insert(kobject("3", "order", "a"))


def test_joined_lists_give_every_combination(records: Records, contracts: Contracts) -> None:
    """A record is found under each value of a list together with each value of the others."""
    both = Index(name="both", path=("attributes", "a", "*"), joined=(("attributes", "b", "*"),))
    known = contracts.resources["custom-objects"]
    fields = {name: getattr(known, name) for name in Resource.__dataclass_fields__}
    lists = Records(MemoryStore(), {"kobject": Resource(**{**fields, "indexes": {"both": both}})})
    record = {**kobject("1", "order"), "attributes": {"a": ["x", "y"], "b": [1, 2]}}

    assert lists.keys("kobject.order", record) == {"both": ("x:1", "x:2", "y:1", "y:2")}
    assert records.keys("kobject.order", record) == {}
