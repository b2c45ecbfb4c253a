"""What the memory store shares between forks, and that nobody sees what another one writes."""

from __future__ import annotations

import tracemalloc

import pytest

from kustomer_sandbox.simulator.store import tables
from kustomer_sandbox.simulator.store.memory import MemoryStore

RECORDS = 20_000
FIRST_WRITE_BYTES = 4_000


def filled(records: int) -> MemoryStore:
    store = MemoryStore()
    for number in range(records):
        store.insert("customer", f"c{number:05}", b"0", {"age": (number,)})
    return store


def contents(store: MemoryStore) -> dict[str, bytes]:
    return {row.id: row.data for row in store.find("customer", "id")}


def test_the_first_write_to_a_fork_costs_the_same_whatever_its_size() -> None:
    """A world for each episode, or each test, must not copy the organisation it starts from."""
    store = filled(RECORDS)
    store.fork().insert("customer", "first", b"", {})  # what the original still had to index is indexed
    fork = store.fork()
    tracemalloc.start()
    fork.update("customer", "c00007", b"1", {"age": (7,)})
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < FIRST_WRITE_BYTES


@pytest.mark.parametrize("beside", [0, 2, 1000])
def test_forks_of_forks_keep_apart_however_many_changes_they_take_along(
    beside: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Changes are put into the shared part now and then: a record removed must not come back by it, nor one be lost."""
    monkeypatch.setattr(tables, "MOST_BESIDE", beside)
    line = [filled(6)]
    expected = [contents(line[0])]
    for step in range(12):
        fork, known = line[-1].fork(), dict(expected[-1])
        fork.insert("customer", f"n{step}", b"new", {"age": (step,)})
        known[f"n{step}"] = b"new"
        gone, changed = sorted(known)[step % len(known)], max(known)
        fork.update("customer", changed, f"{step}".encode(), {"age": (step,)})
        known[changed] = f"{step}".encode()
        fork.delete("customer", gone)
        del known[gone]
        line.append(fork)
        expected.append(known)
    assert [contents(store) for store in line] == expected
    assert [store.count("customer") for store in line] == [len(known) for known in expected]
    assert [store.get("customer", "c00000") is None for store in line] == ["c00000" not in k for k in expected]


def test_a_removed_record_can_be_made_again_in_a_fork() -> None:
    """An id that is free again must be taken as any other."""
    store = filled(2)
    fork = store.fork()
    fork.delete("customer", "c00000")
    assert fork.get_many("customer", ["c00000", "c00001", "unknown"]) == [fork.get("customer", "c00001")]
    fork.insert("customer", "c00000", b"again", {})
    assert contents(fork) == {"c00000": b"again", "c00001": b"0"}
    assert contents(store) == {"c00000": b"0", "c00001": b"0"}
