"""The store's promises, for every implementation: one body of tests over the fixture `make_store`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from kustomer_sandbox.simulator.store import protocol
from kustomer_sandbox.simulator.store.layers import LayeredStore
from kustomer_sandbox.simulator.store.memory import MemoryStore
from kustomer_sandbox.simulator.store.protocol import DuplicateKey, MissingRow, Order, Range, Row, StaleRevision, Store

MakeStore = Callable[[], Store]


@pytest.fixture(params=[MemoryStore, LayeredStore], ids=["memory", "layered"])
def make_store(request: pytest.FixtureRequest) -> MakeStore:
    """Makes an empty store of the implementation under test."""
    made: MakeStore = request.param
    return made


@pytest.fixture
def store(make_store: MakeStore) -> Store:
    return make_store()


@pytest.fixture
def tagged(make_store: MakeStore) -> Store:
    """Three records: `a` tagged x and z, `b` tagged y, `c` tagged y; ages 30, 20 and 20."""
    store = make_store()
    store.insert("customer", "b", b"B", {"tag": ("y",), "age": (20,)})
    store.insert("customer", "a", b"A", {"tag": ("x", "z"), "age": (30,)})
    store.insert("customer", "c", b"C", {"tag": ("y",), "age": (20,)})
    return store


def ids(rows: list[Row]) -> str:
    return "".join(row.id for row in rows)


def taken(used: int, resets_at: float, *, granted: bool) -> protocol.CounterState:
    return protocol.CounterState(granted, used, resets_at)


@contextmanager
def failed_transaction(store: Store, error: type[BaseException] = ZeroDivisionError) -> Iterator[None]:
    """A transaction in which an exception follows the body."""
    with pytest.raises(error), store.transaction():  # noqa: PT012 - the body is the caller's
        yield
        raise error


def test_a_record_is_read_as_it_was_written(store: Store) -> None:
    """The store keeps bytes: what a rule wrote is what the next rule reads."""
    inserted = store.insert("customer", "a", b'{"n":1}', {})
    assert inserted == store.get("customer", "a") == Row("a", 1, b'{"n":1}')


def test_an_update_replaces_the_record_and_counts_its_revision(store: Store) -> None:
    """The revision is what optimistic locking compares."""
    store.insert("customer", "a", b"1", {})
    updated = store.update("customer", "a", b"2", {}, rev=1)
    assert updated == store.get("customer", "a") == Row("a", 2, b"2")


def test_a_record_inserted_again_after_its_deletion_starts_at_revision_one(store: Store) -> None:
    """A deletion leaves nothing behind: neither the revision nor the keys."""
    store.insert("customer", "a", b"1", {"email": ("e",)}, unique=["email"])
    store.update("customer", "a", b"2", {"email": ("e",)})
    store.delete("customer", "a")
    assert (store.get("customer", "a"), store.find("customer", "email"), store.count("customer")) == (None, [], 0)
    assert store.insert("customer", "a", b"3", {"email": ("e",)}, unique=["email"]) == Row("a", 1, b"3")


def test_unknown_tables_indexes_and_ids_are_empty(tagged: Store) -> None:
    """A world without a record of a type answers like one whose records were deleted."""
    assert tagged.get("order", "a") is None
    assert tagged.get("customer", "d") is None
    assert tagged.find("order", "id") == tagged.find("customer", "email") == []
    assert tagged.count("order") == tagged.count("customer", "email") == 0


def test_tables_do_not_see_each_other(tagged: Store) -> None:
    """Ids and unique values are a table's own."""
    tagged.insert("order", "a", b"O", {"tag": ("y",)}, unique=["tag"])
    assert tagged.get("customer", "a") == Row("a", 1, b"A")
    assert ids(tagged.find("customer", "tag", "y")) == "bc"


def test_changing_a_record_that_is_not_there_is_refused(store: Store) -> None:
    """A rule learns that its record is gone instead of creating it by accident."""
    with pytest.raises(MissingRow):
        store.update("customer", "a", b"", {})
    with pytest.raises(MissingRow):
        store.delete("customer", "a")
    assert store.count("customer") == 0


def test_a_stale_revision_is_refused_and_changes_nothing(store: Store) -> None:
    """Of two writers who read the same revision the second must hear of the first."""
    store.insert("customer", "a", b"1", {})
    store.update("customer", "a", b"2", {}, rev=1)
    with pytest.raises(StaleRevision):
        store.update("customer", "a", b"3", {}, rev=1)
    assert store.get("customer", "a") == Row("a", 2, b"2")


def test_a_taken_id_is_refused(tagged: Store) -> None:
    """Ids are unique without being declared so."""
    with pytest.raises(DuplicateKey) as refused:
        tagged.insert("customer", "a", b"other", {"tag": ("w",)})
    assert (refused.value.table, refused.value.index) == ("customer", "id")
    assert tagged.find("customer", "tag", "w") == []
    assert tagged.get("customer", "a") == Row("a", 1, b"A")


@pytest.mark.parametrize("id", ["0", "z"])
def test_a_unique_value_of_another_record_is_refused(store: Store, id: str) -> None:
    """Any one of several values is enough, wherever the records' ids sort; the error does not repeat the value."""
    store.insert("customer", "m", b"1", {"email": ("a@x", "b@x")}, unique=["email"])
    with pytest.raises(DuplicateKey) as refused:
        store.insert("customer", id, b"2", {"email": ("c@x", "b@x")}, unique=["phone", "email"])
    assert str(refused.value) == "customer.email"
    assert ids(store.find("customer", "email")) == "m"


@pytest.mark.parametrize("id", ["0", "z"])
def test_an_update_keeps_its_own_unique_values_and_is_refused_those_of_others(store: Store, id: str) -> None:
    """A record is not its own duplicate, even where its twin was let in without the unique mark."""
    store.insert("customer", "m", b"1", {"email": ("a@x",)}, unique=["email"])
    store.update("customer", "m", b"2", {"email": ("a@x", "a@x")}, unique=["email"])
    store.insert("customer", id, b"3", {"email": ("a@x",)})
    with pytest.raises(DuplicateKey):
        store.update("customer", "m", b"4", {"email": ("a@x",)}, unique=["email"])
    assert store.get("customer", "m") == Row("m", 2, b"2")


def test_records_are_found_by_key_then_id_in_both_directions(tagged: Store) -> None:
    """Ties have an order too, or pages would repeat and skip records."""
    assert ids(tagged.find("customer", "id")) == "abc"
    assert ids(tagged.find("customer", "age")) == "bca"
    assert ids(tagged.find("customer", "age", order="desc")) == "acb"
    assert ids(tagged.find("customer", "age", 20, order="desc")) == "cb"


def test_a_record_with_several_keys_is_found_once_where_it_comes_first(tagged: Store) -> None:
    """A list attribute files a record several times; a reader wants it once, in the order asked for."""
    assert ids(tagged.find("customer", "tag")) == "abc"
    assert ids(tagged.find("customer", "tag", order="desc")) == "acb"
    assert ids(tagged.find("customer", "tag", Range(low="y"))) == "bca"
    assert ids(tagged.find("customer", "tag", limit=1, offset=2)) == "c"
    assert (tagged.count("customer", "tag"), tagged.count("customer", "tag", Range(low="y"))) == (3, 3)


@pytest.mark.parametrize(
    ("at", "found"),
    [
        (Range(), "bca"),
        (Range(low=20), "bca"),
        (Range(low=20, above_low=True), "a"),
        (Range(high=30), "bca"),
        (Range(high=30, below_high=True), "bc"),
        (Range(low=20, high=20), "bc"),
        (Range(low=20, high=20, below_high=True), ""),
        (Range(low=31), ""),
        (Range(low=31, high=19), ""),
        (Range(low=19.5, high=20.5), "bc"),
        (20, "bc"),
        (25, ""),
    ],
)
def test_a_range_has_its_bounds_unless_they_are_marked(tagged: Store, at: Range | int, found: str) -> None:
    """Search operators (gt, gte, lt, lte) differ in nothing but these bounds."""
    assert ids(tagged.find("customer", "age", at)) == found
    assert ids(tagged.find("customer", "age", at, order="desc")) == "".join(
        sorted(found, key=lambda id: (id == "a", id), reverse=True)
    )
    assert tagged.count("customer", "age", at) == len(found)


@pytest.mark.parametrize("order", ["asc", "desc"])
def test_pages_of_a_large_index_join_up_to_the_whole(store: Store, order: Order) -> None:
    """Paging neither repeats nor skips a record, however the records came in and went."""
    numbers = sorted(range(3000), key=lambda number: number * 1237 % 3001)
    for number in numbers:
        store.insert("order", f"{number:04}", b"", {"total": (number // 7,)})
    for number in numbers[:1000]:
        store.delete("order", f"{number:04}")
    expected = sorted((f"{number:04}" for number in numbers[1000:]), reverse=order == "desc")
    pages = [store.find("order", "total", order=order, limit=130, offset=at) for at in range(0, 2100, 130)]
    assert [row.id for page in pages for row in page] == expected
    low, high = 100, 300
    within = [id for id in expected if low <= int(id) // 7 <= high]
    assert [row.id for row in store.find("order", "total", Range(low=low, high=high), order=order)] == within
    assert store.count("order", "total", Range(low=low, high=high)) == len(within)


def test_many_records_under_one_key_are_all_found_there(store: Store) -> None:
    """The open conversations of a large org share one status, and each of them is a twin to every other."""
    store.insert("order", "0000", b"", {"mail": ("",), "status": ("done",)})
    for number in range(1, 1301):
        store.insert("order", f"{number:04}", b"", {"mail": (f"{(number + 1) // 2:04}",), "status": ("open",)})
    assert [row.id for row in store.find("order", "status", "open")] == [f"{number:04}" for number in range(1, 1301)]
    assert (store.count("order", "status", "open"), store.count("order", "status", "done")) == (1300, 1)
    for number in range(1, 1301):
        with pytest.raises(DuplicateKey):
            store.update("order", f"{number:04}", b"", {"mail": (f"{(number + 1) // 2:04}",)}, unique=["mail"])


def test_a_limit_of_nothing_and_an_offset_past_the_end_give_nothing(tagged: Store) -> None:
    """The edges of paging are pages without records, not errors."""
    for index in ("age", "tag"):
        assert tagged.find("customer", index, limit=0) == tagged.find("customer", index, offset=3) == []
        assert ids(tagged.find("customer", index, offset=2, limit=9)) == ids(tagged.find("customer", index))[2:]


def test_an_update_moves_the_record_in_its_indexes(tagged: Store) -> None:
    """Old keys no longer find the record, new ones do, unchanged ones still do."""
    tagged.update("customer", "a", b"A2", {"tag": ("x", "y"), "city": ("Bern",)})
    found = {at: ids(tagged.find("customer", "tag", at)) for at in ("x", "y", "z")}
    assert found == {"x": "a", "y": "abc", "z": ""}
    assert (ids(tagged.find("customer", "age")), ids(tagged.find("customer", "city"))) == ("bc", "a")


def test_a_failed_transaction_leaves_no_trace(tagged: Store) -> None:
    """A rule that refuses halfway has changed nothing: rows, revisions, keys and unique values."""
    before = (tagged.find("customer", "id"), tagged.find("customer", "tag"), tagged.find("customer", "age"))
    with failed_transaction(tagged, KeyboardInterrupt):
        tagged.insert("customer", "d", b"D", {"tag": ("w",)})
        tagged.update("customer", "d", b"D2", {"tag": ("v",)})
        tagged.update("customer", "a", b"A2", {})
        tagged.delete("customer", "b")
        tagged.insert("customer", "b", b"B2", {})
    assert (tagged.find("customer", "id"), tagged.find("customer", "tag"), tagged.find("customer", "age")) == before


def test_a_transaction_that_ends_well_is_kept_and_forgotten(store: Store) -> None:
    """A later failure undoes its own changes alone."""
    with store.transaction():
        store.insert("customer", "a", b"1", {})
    with failed_transaction(store):
        store.update("customer", "a", b"2", {})
    assert store.get("customer", "a") == Row("a", 1, b"1")


def test_a_nested_transaction_shares_the_fate_of_the_outer_one(store: Store) -> None:
    """A bulk rule calls rules that open transactions of their own; all of it counts or none."""
    with failed_transaction(store), store.transaction():
        store.insert("customer", "a", b"", {})
    assert store.get("customer", "a") is None


def test_a_nested_failure_that_is_caught_undoes_only_the_nested_part(store: Store) -> None:
    """One refused item of a bulk call leaves the others standing."""
    with store.transaction():
        store.insert("customer", "a", b"1", {})
        with failed_transaction(store):
            store.update("customer", "a", b"2", {})
        store.insert("customer", "b", b"", {})
    assert store.find("customer", "id") == [Row("a", 1, b"1"), Row("b", 1, b"")]


def test_a_fork_and_its_origin_go_separate_ways(tagged: Store) -> None:
    """Tests run in forks of one seeded world; none may see what another did."""
    fork = tagged.fork()
    tagged.delete("customer", "a")
    fork.update("customer", "b", b"B2", {"tag": ("q",)})
    fork.insert("order", "o", b"", {})
    second = fork.fork()
    second.delete("customer", "c")
    assert [ids(held.find("customer", "tag")) for held in (tagged, fork, second)] == ["bc", "bac", "ba"]
    assert [held.count("order") for held in (tagged, fork, second)] == [0, 1, 1]


def test_a_snapshot_can_be_restored_again_and_again(tagged: Store) -> None:
    """A reset must give the same world each time, whatever was done since the last one."""
    snapshot = tagged.snapshot()
    for _ in range(2):
        tagged.update("customer", "a", b"A2", {"tag": ("y",)})
        tagged.delete("customer", "b")
        tagged.restore(snapshot)
        assert tagged.get("customer", "a") == Row("a", 1, b"A")
        assert ids(tagged.find("customer", "tag")) == "abc"


def test_a_fork_restores_a_snapshot_of_its_origin(tagged: Store) -> None:
    """A world forked for a test may go back to a state saved before the fork."""
    snapshot = tagged.snapshot()
    tagged.delete("customer", "a")
    fork = tagged.fork()
    fork.restore(snapshot)
    fork.delete("customer", "b")
    assert (ids(tagged.find("customer", "id")), ids(fork.find("customer", "id"))) == ("bc", "ac")


def test_what_is_not_a_snapshot_of_the_store_is_refused(store: Store) -> None:
    """Restoring something else would lose the world."""
    store.insert("customer", "a", b"", {})
    with pytest.raises(TypeError):
        store.restore(object())
    assert store.count("customer") == 1


def test_a_failed_transaction_undoes_a_restore_within_it_and_spares_copies(
    make_store: MakeStore, tagged: Store
) -> None:
    """Snapshots and forks taken inside a transaction keep what they saw; the store itself goes back."""
    empty = make_store().snapshot()
    with failed_transaction(tagged):
        tagged.delete("customer", "a")
        fork = tagged.fork()
        tagged.restore(empty)
        tagged.insert("customer", "e", b"", {})
    assert (ids(tagged.find("customer", "tag")), ids(fork.find("customer", "tag"))) == ("abc", "bc")


def test_a_counter_grants_its_limit_and_no_more(store: Store) -> None:
    """The unit after the last is refused and not counted."""
    taken_units = [store.take("c", limit=2, now=100.0, seconds=60) for _ in range(4)]
    assert taken_units == [
        taken(1, 160.0, granted=True),
        taken(2, 160.0, granted=True),
        taken(2, 160.0, granted=False),
        taken(2, 160.0, granted=False),
    ]


def test_a_counter_begins_anew_when_its_window_has_ended_and_a_unit_is_taken(store: Store) -> None:
    """The window is `seconds` long from its first unit: its end is no longer in it, and quiet time opens none."""
    store.take("c", limit=1, now=100.0, seconds=60)
    assert store.take("c", limit=1, now=159.999, seconds=60) == taken(1, 160.0, granted=False)
    assert store.take("c", limit=1, now=160.0, seconds=60) == taken(1, 220.0, granted=True)
    assert store.take("c", limit=1, now=500.5, seconds=60) == taken(1, 560.5, granted=True)


def test_a_look_at_a_counter_changes_nothing(store: Store) -> None:
    """Headers are written from a look; it must neither take a unit nor open a window."""
    assert store.peek("c", limit=1, now=10.0, seconds=60) == taken(0, 70.0, granted=True)
    assert store.take("c", limit=1, now=20.0, seconds=60) == taken(1, 80.0, granted=True)
    assert store.peek("c", limit=1, now=79.0, seconds=60) == taken(1, 80.0, granted=False)
    assert store.peek("c", limit=1, now=80.0, seconds=60) == taken(0, 140.0, granted=True)
    assert store.peek("c", limit=0, now=80.0, seconds=60) == taken(0, 140.0, granted=False)


def test_a_unit_given_back_can_be_taken_again_in_the_same_window(store: Store) -> None:
    """A call that failed does not count; the window it opened stays open, and nothing goes below zero."""
    store.take("c", limit=1, now=100.0, seconds=60)
    for _ in range(2):
        store.give_back("c", now=110.0)
    assert store.take("c", limit=1, now=120.0, seconds=60) == taken(1, 160.0, granted=True)
    store.give_back("c", now=160.0)
    assert store.peek("c", limit=1, now=159.0, seconds=60) == taken(1, 160.0, granted=False)
    store.give_back("unknown", now=160.0)
    assert store.peek("unknown", limit=1, now=160.0, seconds=60) == taken(0, 220.0, granted=True)


def test_counters_outlive_a_failed_transaction(store: Store) -> None:
    """A refused call has still been made: its unit stays used unless it is given back."""
    with failed_transaction(store):
        store.take("c", limit=5, now=0.0, seconds=60)
    assert store.peek("c", limit=5, now=0.0, seconds=60) == taken(1, 60.0, granted=True)


def test_counters_are_forked_saved_and_restored_with_the_records(store: Store) -> None:
    """A reset world has its budgets back, and a fork spends its own."""
    store.take("c", limit=9, now=0.0, seconds=60)
    snapshot, fork = store.snapshot(), store.fork()
    store.take("c", limit=9, now=1.0, seconds=60)
    fork.give_back("c", now=1.0)
    assert [held.peek("c", limit=9, now=1.0, seconds=60).used for held in (store, fork)] == [2, 0]
    store.restore(snapshot)
    store.take("c", limit=9, now=2.0, seconds=60)
    fork.restore(snapshot)
    assert [held.peek("c", limit=9, now=2.0, seconds=60).used for held in (store, fork)] == [2, 1]


def test_the_least_key_of_an_index_follows_what_is_in_it(store: Store) -> None:
    """What falls due next is asked for at every call, so it must never be a key that is gone."""
    assert store.least("due", "at") is None
    store.insert("due", "a", b"{}", {"at": ("2026",)})
    store.insert("due", "b", b"{}", {"at": ("2025",)})
    assert store.least("due", "at") == "2025"
    store.delete("due", "b")
    assert store.least("due", "at") == "2026"
