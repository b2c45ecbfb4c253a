"""One machine drives a store and a model of plain dicts side by side and compares all that can be read."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import ClassVar

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, initialize, invariant, rule

from kustomer_sandbox.simulator.store import index_entries
from kustomer_sandbox.simulator.store.memory import MemoryStore
from kustomer_sandbox.simulator.store.protocol import (
    CounterState,
    DuplicateKey,
    Key,
    Keys,
    MissingRow,
    Order,
    Range,
    Row,
    StaleRevision,
    Store,
    StoreSnapshot,
)
from tests.stateful.exploring import NOTHING_IS_UNIQUE, Machine, PlantedFault, assert_found, explore

INDEXES = ("mail", "tags", "age")
TABLES = ("customer", "order")
LIMIT, SECONDS = 3, 60


class Abort(Exception):
    """Ends a transaction that must leave no trace."""


def abort() -> None:
    raise Abort


@dataclass(kw_only=True)
class Model:
    """What a store holds, written as naively as possible: every read looks at every record."""

    tables: dict[str, dict[str, tuple[Row, Keys]]] = field(default_factory=lambda: {name: {} for name in TABLES})
    grants: dict[str, list[float]] = field(default_factory=dict)
    """Per counter: when its window was opened, then one entry per unit in use."""

    def write(self, table: str, row: Row, keys: Keys, *, unique: tuple[str, ...]) -> Row:
        for index in unique:
            self.refuse_taken(table, row.id, index, keys.get(index, ()))
        self.tables[table][row.id] = (row, keys)
        return row

    def refuse_taken(self, table: str, own: str, index: str, wanted: tuple[Key, ...]) -> None:
        for id, (_, held) in self.tables[table].items():
            if id != own and set(held.get(index, ())) & set(wanted):
                raise DuplicateKey(table, index)

    def insert(self, table: str, id: str, data: bytes, keys: Keys, *, unique: tuple[str, ...]) -> Row:
        if id in self.tables[table]:
            raise DuplicateKey(table, "id")
        return self.write(table, Row(id, 1, data), keys, unique=unique)

    def update(
        self, table: str, id: str, data: bytes, keys: Keys, *, unique: tuple[str, ...], rev: int | None = None
    ) -> Row:
        if id not in self.tables[table]:
            raise MissingRow
        held = self.tables[table][id][0]
        if rev not in {None, held.rev}:
            raise StaleRevision
        return self.write(table, Row(id, held.rev + 1, data), keys, unique=unique)

    def delete(self, table: str, id: str) -> None:
        if self.tables[table].pop(id, None) is None:
            raise MissingRow

    def find(self, table: str, index: str, at: Key | Range | None, *, order: Order) -> list[Row]:
        filed = [
            (key, id)
            for id, (_, keys) in self.tables[table].items()
            for key in ((id,) if index == "id" else keys.get(index, ()))
            if is_within(key, at)
        ]
        ids = dict.fromkeys(id for _, id in sorted(filed, reverse=order == "desc"))
        return [self.tables[table][id][0] for id in ids]

    def peek(self, counter: str, now: float) -> CounterState:
        opened, *units = self.grants.get(counter, [now])
        if now - opened >= SECONDS:
            opened, units = now, []
        return CounterState(len(units) < LIMIT, len(units), opened + SECONDS)

    def take(self, counter: str, now: float) -> CounterState:
        seen = self.peek(counter, now)
        if not seen.granted:
            return seen
        self.grants[counter] = [seen.resets_at - SECONDS] + [now] * (seen.used + 1)
        return seen._replace(used=seen.used + 1)

    def give_back(self, counter: str, now: float) -> None:
        if self.peek(counter, now).used:
            self.grants[counter].pop()


def is_within(key: Key, at: Key | Range | None) -> bool:
    if not isinstance(at, Range):
        return at is None or key == at
    return (at.low is None or key > at.low or (key == at.low and not at.above_low)) and (  # type: ignore[operator]
        at.high is None or key < at.high or (key == at.high and not at.below_high)  # type: ignore[operator]
    )


@dataclass(kw_only=True)
class Pair:
    """A store and its model."""

    store: Store
    model: Model


@dataclass(frozen=True, kw_only=True)
class Change:
    """One call that changes records, to be made on a store and on its model."""

    name: str
    table: str
    id: str
    data: bytes
    keys: Keys
    unique: tuple[str, ...]
    rev: int | None

    def apply(self, to: Store | Model) -> object:
        """The row, or the kind of refusal and the index it names."""
        try:
            if self.name == "delete":
                return to.delete(self.table, self.id)
            if self.name == "insert":
                return to.insert(self.table, self.id, self.data, self.keys, unique=self.unique)
            return to.update(self.table, self.id, self.data, self.keys, unique=self.unique, rev=self.rev)
        except (DuplicateKey, MissingRow, StaleRevision) as refusal:
            return type(refusal), getattr(refusal, "index", None)


tables = st.sampled_from(TABLES)
record_ids = st.sampled_from("abcdefghijkl")
words = st.sampled_from(["", "v", "vv", "é"])
ages = st.sampled_from([-1, 0.5, 1, 10])
keys = st.fixed_dictionaries(
    {},
    optional={
        "mail": st.tuples(words),
        "tags": st.lists(words, max_size=4).map(tuple),
        "age": st.tuples(ages),
    },
)
changes = st.builds(
    Change,
    name=st.sampled_from(["insert", "insert", "update", "update", "delete"]),
    table=tables,
    id=record_ids,
    data=st.binary(max_size=3),
    keys=keys,
    unique=st.sampled_from([(), (), ("mail",), ("tags",)]),
    rev=st.sampled_from([None, None, 1, 2]),
)
orders: st.SearchStrategy[Order] = st.sampled_from(["asc", "desc"])
offsets = st.integers(0, 5)


@st.composite
def scans(draw: st.DrawFn) -> tuple[str, Key | Range | None]:
    """An index and what to look for in it."""
    index = draw(st.sampled_from((*INDEXES, "id", "unknown")))
    strategies: dict[str, st.SearchStrategy[Key]] = {"age": ages, "id": record_ids}
    values = strategies.get(index, words)
    bound = st.none() | values
    ranges = st.builds(Range, low=bound, high=bound, above_low=st.booleans(), below_high=st.booleans())
    return index, draw(st.none() | values | ranges)


class StoreMachine(Machine):
    """Several stores at once, so that a change that shows in a fork or a snapshot is noticed."""

    steps = 30
    make_store: ClassVar[Callable[[], Store]] = MemoryStore
    pairs: Bundle[Pair] = Bundle("pairs")
    snapshots: Bundle[tuple[StoreSnapshot, Model]] = Bundle("snapshots")

    def __init__(self) -> None:
        super().__init__()
        self.now = 1000.0
        self.all: list[Pair] = []

    @initialize(target=pairs, first=st.lists(changes, max_size=30))
    def begin(self, first: list[Change]) -> Pair:
        pair = Pair(store=type(self).make_store(), model=Model())
        self.all.append(pair)
        for change in first:
            assert change.apply(pair.store) == change.apply(pair.model)
        return pair

    @rule(pair=pairs, change=changes)
    def change(self, pair: Pair, change: Change) -> None:
        assert change.apply(pair.store) == change.apply(pair.model)

    @rule(pair=pairs, table=tables, off=st.sampled_from([-1, 0, 1]))
    def update_what_is_there(self, pair: Pair, table: str, off: int) -> None:
        """Random ids and revisions seldom meet a record's own."""
        for id, (row, keys) in list(pair.model.tables[table].items())[:1]:
            change = Change(name="update", table=table, id=id, data=b"new", keys=keys, unique=(), rev=row.rev + off)
            self.change(pair, change)

    @rule(pair=pairs, table=tables, index=st.sampled_from(INDEXES))
    def give_up_a_key(self, pair: Pair, table: str, index: str) -> None:
        """Random records seldom have a key and then have none in that index; meanwhile it is looked for around it."""
        key: Key = 7 if index == "age" else "given up"
        for keys in ({index: (key,)}, {}):
            self.change(pair, replace(self.sure_change(pair, table), keys=keys))
            for at in (None, Range(low=key, above_low=True)):
                assert pair.store.find(table, index, at) == pair.model.find(table, index, at, order="asc")

    @rule(
        pair=pairs,
        outer=st.lists(changes, max_size=4),
        inner=st.lists(changes, max_size=4),
        fails=st.sampled_from(["neither", "inner", "outer"]),
    )
    def transact(self, pair: Pair, outer: list[Change], inner: list[Change], fails: str) -> None:
        """Changes, then a nested transaction, then the outer changes once more; failures undo their part."""
        before = copy.deepcopy(pair.model.tables)
        try:
            with pair.store.transaction():
                self.make_all(pair, outer)
                self.nest(pair, inner, fails=fails == "inner")
                self.make_all(pair, outer)
                if fails == "outer":
                    abort()
        except Abort:
            pair.model.tables = before

    @rule(pair=pairs, table=tables, inner=st.lists(changes, min_size=1, max_size=4))
    def fail_within(self, pair: Pair, table: str, inner: list[Change]) -> None:
        """What was done before the nested transaction that fails stays done."""
        with pair.store.transaction():
            self.change(pair, self.sure_change(pair, table))
            self.nest(pair, inner, fails=True)

    @rule(pair=pairs, table=tables)
    def go_back_at_once(self, pair: Pair, table: str) -> None:
        self.change(pair, self.sure_change(pair, table))
        saved = self.snapshot(pair)
        self.change(pair, self.sure_change(pair, table))
        self.restore(pair, saved)

    def sure_change(self, pair: Pair, table: str) -> Change:
        """A change that nothing stands against: of a record of which there is always one at most."""
        name = "update" if "sure" in pair.model.tables[table] else "insert"
        return Change(name=name, table=table, id="sure", data=b"", keys={}, unique=(), rev=None)

    def nest(self, pair: Pair, inner: list[Change], *, fails: bool) -> None:
        before = copy.deepcopy(pair.model.tables)
        try:
            with pair.store.transaction():
                self.make_all(pair, inner)
                pair.store.take("both", limit=LIMIT, now=self.now, seconds=SECONDS)
                pair.model.take("both", self.now)
                if fails:
                    abort()
        except Abort:
            pair.model.tables = before

    def make_all(self, pair: Pair, made: list[Change]) -> None:
        for change in made:
            assert change.apply(pair.store) == change.apply(pair.model)

    @rule(pair=pairs, table=tables, scan=scans(), order=orders, limit=st.none() | offsets, offset=offsets)
    def find(
        self,
        pair: Pair,
        table: str,
        scan: tuple[str, Key | Range | None],
        order: Order,
        limit: int | None,
        offset: int,
    ) -> None:
        index, at = scan
        expected = pair.model.find(table, index, at, order=order)
        end = None if limit is None else offset + limit
        found = pair.store.find(table, index, at, order=order, limit=limit, offset=offset)
        assert found == expected[offset:end]
        assert pair.store.count(table, index, at) == len(expected)

    @rule(pair=pairs, table=tables, index=st.sampled_from(INDEXES), order=orders)
    def find_around_what_is_there(self, pair: Pair, table: str, index: str, order: Order) -> None:
        """Random bounds seldom meet a key; these are the keys themselves, once within and once outside."""
        for key in {key for _, keys in pair.model.tables[table].values() for key in keys.get(index, ())}:
            for outside in (False, True):
                for at in (Range(low=key, above_low=outside), Range(high=key, below_high=outside)):
                    assert pair.store.find(table, index, at, order=order) == pair.model.find(
                        table, index, at, order=order
                    )

    @rule(target=snapshots, pair=pairs)
    def snapshot(self, pair: Pair) -> tuple[StoreSnapshot, Model]:
        return pair.store.snapshot(), copy.deepcopy(pair.model)

    @rule(pair=pairs, saved=snapshots)
    def restore(self, pair: Pair, saved: tuple[StoreSnapshot, Model]) -> None:
        pair.store.restore(saved[0])
        pair.model = copy.deepcopy(saved[1])

    @rule(target=pairs, pair=pairs)
    def fork(self, pair: Pair) -> Pair:
        forked = Pair(store=pair.store.fork(), model=copy.deepcopy(pair.model))
        self.all.append(forked)
        return forked

    @rule(target=pairs, pair=pairs, counter=st.sampled_from(["one", "both"]))
    def fork_and_take_in_each(self, pair: Pair, counter: str) -> Pair:
        """First in the one that was forked, while a unit is in use."""
        self.take(pair, counter, 1)
        forked = Pair(store=pair.store.fork(), model=copy.deepcopy(pair.model))
        self.all.append(forked)
        for each in (pair, forked):
            self.take(each, counter, 1)
            self.every_store_reads_as_its_model_does()
        return forked

    @rule(pair=pairs, counter=st.sampled_from(["one", "both"]), units=st.integers(1, LIMIT + 1))
    def take(self, pair: Pair, counter: str, units: int) -> None:
        for _ in range(units):
            taken = pair.store.take(counter, limit=LIMIT, now=self.now, seconds=SECONDS)
            assert taken == pair.model.take(counter, self.now)

    @rule(pair=pairs, counter=st.sampled_from(["one", "both"]))
    def give_back(self, pair: Pair, counter: str) -> None:
        pair.store.give_back(counter, now=self.now)
        pair.model.give_back(counter, self.now)

    @rule(seconds=st.integers(0, SECONDS))
    def wait(self, seconds: int) -> None:
        self.now += seconds

    @rule(pair=pairs, counter=st.sampled_from(["one", "both"]), off=st.sampled_from([-0.5, 0.0, 0.5]))
    def wait_for_the_end_of_a_window(self, pair: Pair, counter: str, off: float) -> None:
        """Random waits seldom meet a boundary."""
        self.now = max(self.now, pair.model.peek(counter, self.now).resets_at + off)

    @invariant()
    def every_store_reads_as_its_model_does(self) -> None:
        for pair in self.all:
            for counter in ("one", "both"):
                seen = pair.model.peek(counter, self.now)
                assert pair.store.peek(counter, limit=LIMIT, now=self.now, seconds=SECONDS) == seen
            for table in TABLES:
                for id, (row, _) in pair.model.tables[table].items():
                    assert pair.store.get(table, id) == row
                for index in ("id", *INDEXES):
                    assert pair.store.find(table, index) == pair.model.find(table, index, None, order="asc")


@pytest.mark.properties
def test_a_memory_store_and_plain_dicts_cannot_be_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sharing, blocks and the undo log must be invisible; tiny blocks let few records meet every boundary."""
    monkeypatch.setattr(index_entries, "BLOCK", 3)
    explore(StoreMachine)


_STORE, _TABLES = "simulator.store.memory:MemoryStore", "simulator.store.tables"
_OWNS = "self._owns_tables = self._owns_counters = False"
FAULTS = (
    PlantedFault("nothing is undone", f"{_STORE}.end", "while undo and", "while False and"),
    PlantedFault("an inner failure undoes all", f"{_STORE}.end", "> mark", "> 0"),
    PlantedFault("a snapshot goes along with what follows", f"{_STORE}.snapshot", "self._owned = set()", "pass"),
    PlantedFault("a fork shares its counters", f"{_STORE}.snapshot", _OWNS, "self._owns_tables = False"),
    NOTHING_IS_UNIQUE,
    PlantedFault("any revision is taken", f"{_STORE}.update", "rev is not None and", "False and"),
    PlantedFault("a window ends one too early", f"{_STORE}.take", "used >= limit", "used >= limit - 1"),
    PlantedFault("a window does not end at its end", f"{_STORE}._window", "now >= window", "now > window"),
    PlantedFault("the low end is always within", f"{_TABLES}:TableIndex._bounds", "if at.above_low", "if False"),
    PlantedFault("a record is found once for each key", f"{_TABLES}:_first_seen", "if id not in seen", "if True"),
    PlantedFault("what a record gives up stays found", "simulator.store.index_keys:moves", "left.items()", "()"),
)


@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_the_everyday_run_finds(fault: PlantedFault, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index_entries, "BLOCK", 3)
    assert_found(fault, StoreMachine, monkeypatch)
