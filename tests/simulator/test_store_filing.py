"""When the memory store files what was written under its keys."""

from __future__ import annotations

from collections import UserDict
from collections.abc import ItemsView

import pytest

from kustomer_sandbox.simulator.store.memory import MemoryStore


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


def ids(store: MemoryStore, tag: str | None = None) -> str:
    """The ids of the customers with a tag, or with any, in the order of the tags."""
    return "".join(row.id for row in store.find("customer", "tag", tag))


def test_a_key_that_cannot_be_ordered_is_told_at_each_reading_until_it_is_gone(store: MemoryStore) -> None:
    """Half a change would leave an index pointing at a record that is not there."""
    store.insert("customer", "a", b"1", {"age": (1,), "tag": ("x",)})
    store.insert("customer", "b", b"2", {"tag": ("y",), "age": ("old",)})
    for _ in range(2):
        with pytest.raises(TypeError):
            store.find("customer", "tag")
    store.delete("customer", "b")
    assert (store.get("customer", "b"), ids(store)) == (None, "a")


def test_keys_are_worked_out_when_an_index_is_read_and_once_for_many_writes(store: MemoryStore) -> None:
    """Most records are written more often than their table is looked through."""
    read: list[str] = []

    class Keys(UserDict[str, tuple[str, ...]]):
        def items(self) -> ItemsView[str, tuple[str, ...]]:
            read.append(self["tag"][0])
            return super().items()

    store.insert("customer", "a", b"1", Keys(tag=("x",)))
    for tag in ("y", "z"):
        store.update("customer", "a", b"2", Keys(tag=(tag,)))
    assert read == []
    assert (ids(store, "z"), ids(store, "x")) == ("a", "")
    assert read == ["z"]
