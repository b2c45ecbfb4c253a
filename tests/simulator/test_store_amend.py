"""Records changed in part: the indexes named are renewed, all others are left as they are."""

from __future__ import annotations

import pytest

from kustomer_sandbox.simulator.store.memory import MemoryStore
from kustomer_sandbox.simulator.store.protocol import DuplicateKey, MissingRow, Row, Store


@pytest.fixture
def store() -> Store:
    """`a` tagged x and z, aged 30; `b` tagged y, aged 20."""
    made = MemoryStore()
    made.insert("customer", "a", b"A", {"tag": ("x", "z"), "age": (30,)})
    made.insert("customer", "b", b"B", {"tag": ("y",), "age": (20,)})
    return made


def found(store: Store) -> dict[str, str]:
    """The ids in each index, in its order."""
    return {index: "".join(row.id for row in store.find("customer", index)) for index in ("id", "tag", "age", "city")}


def test_an_amendment_renews_the_indexes_it_names_and_no_others(store: Store) -> None:
    """A value that is not named has not changed: its index still finds the record by it."""
    assert store.amend("customer", "a", b"A2", {"age": (10,), "city": ("Bern",)}) == Row("a", 2, b"A2")
    assert found(store) == {"id": "ab", "tag": "ab", "age": "ab", "city": "a"}
    assert [row.id for row in store.find("customer", "tag", "z")] == ["a"]
    assert store.find("customer", "age", 30) == []


def test_an_amendment_takes_the_record_out_of_an_index_that_has_nothing_of_it_any_more(store: Store) -> None:
    """An attribute that was cleared must not go on finding its record."""
    store.amend("customer", "a", b"A2", {"tag": ()})
    assert found(store) == {"id": "ab", "tag": "b", "age": "ba", "city": ""}


def test_only_a_record_that_is_there_can_be_amended(store: Store) -> None:
    """Half a record must not come into being."""
    with pytest.raises(MissingRow):
        store.amend("customer", "c", b"C", {"age": (1,)})
    assert store.count("customer") == 2


def test_an_amendment_is_refused_the_unique_values_of_others_where_it_names_them(store: Store) -> None:
    """What it does not name it does not claim, so nothing can be taken from it there."""
    store.insert("customer", "c", b"C", {"age": (20,)})
    with pytest.raises(DuplicateKey):
        store.amend("customer", "a", b"A2", {"age": (20,)}, unique=["tag", "age"])
    assert store.get("customer", "a") == Row("a", 1, b"A")
    assert store.amend("customer", "c", b"C2", {"city": ("Bern",)}, unique=["age", "city"]) == Row("c", 2, b"C2")


def test_a_failed_transaction_undoes_an_amendment(store: Store) -> None:
    """The keys go back with the record, also those the amendment did not name."""
    before = (found(store), store.find("customer", "id"))
    with pytest.raises(ZeroDivisionError), store.transaction():  # noqa: PT012 - the body is the transaction's
        store.amend("customer", "a", b"A2", {"tag": ("y",), "age": ()})
        raise ZeroDivisionError
    assert (found(store), store.find("customer", "id")) == before


def test_a_change_with_one_key_that_cannot_be_ordered_leaves_every_index_as_it_was(store: Store) -> None:
    """The indexes renewed before the bad key was met are put back."""
    with pytest.raises(TypeError):
        store.update("customer", "a", b"A2", {"city": ("Bern",), "tag": ("y", "q"), "age": ("old",)})
    assert found(store) == {"id": "ab", "tag": "ab", "age": "ba", "city": ""}
    assert [row.id for row in store.find("customer", "tag", "z")] == ["a"]
    assert store.count("customer", "tag") == 2
