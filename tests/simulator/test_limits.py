"""Budgets: counted per minute on the world's clock, and agreeing with a model too simple to be wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kustomer_sandbox.contracts.model import Budget, Contracts, Limits, Spend
from kustomer_sandbox.contracts.sources.source import Source
from kustomer_sandbox.simulator.operations.call import Context
from kustomer_sandbox.simulator.operations.changes import create
from kustomer_sandbox.simulator.operations.system import system_context
from kustomer_sandbox.simulator.operations.writing import new_record
from kustomer_sandbox.simulator.store.memory import MemoryStore
from kustomer_sandbox.simulator.values.clock import EPOCH, WorldClock
from kustomer_sandbox.simulator.values.errors import TooManyRequests
from kustomer_sandbox.simulator.values.record import JSON, Principal
from kustomer_sandbox.simulator.world.limits import ALL, Budgets, ceilings_of, counters, told_object
from tests.world_client import WorldClient

SOURCE = Source(confidence="assumed")
BUDGET = Budget(name="notes_created", limit=2, seconds=60, per="customer", exempt="importedAt", source=SOURCE)
SPEND = Spend(budget=BUDGET, key=("path.id",))
LIMITS = Limits(
    plans={"small": 3},
    window_seconds=60,
    searches=2,
    users=1,
    body_bytes=100,
    budgets={BUDGET.name: BUDGET},
    source=SOURCE,
)
MINUTE = timedelta(seconds=60)
TICK = timedelta(milliseconds=1)
ME = Principal(key_id="key-1", user_id="1" * 24, roles=frozenset({"org"}))


@dataclass
class Model:
    """What a budget is: at most `limit` units from a first one until a minute later."""

    limit: int
    start: datetime | None = None
    used: int = 0

    def roll(self, now: datetime) -> None:
        if self.start is not None and now - self.start >= MINUTE:
            self.start, self.used = None, 0

    def take(self, now: datetime) -> bool:
        self.roll(now)
        if self.used >= self.limit:
            return False
        self.start = self.start or now
        self.used += 1
        return True

    def give_back(self, now: datetime) -> None:
        self.roll(now)
        self.used = max(self.used - 1, 0)


@dataclass
class Both:
    """The real budgets and their models, on one clock."""

    now: datetime = EPOCH
    real: Budgets = field(
        default_factory=lambda: Budgets(
            limits=LIMITS,
            ceilings=ceilings_of(LIMITS, "small", {}),
            store=MemoryStore(),
            clock=WorldClock(),
            world="small",
        )
    )
    models: dict[str, Model] = field(
        default_factory=lambda: {"org": Model(3), "search": Model(2), "note:a": Model(2), "note:b": Model(2)}
    )

    def take(self, name: str) -> None:
        """One unit, granted by both or by neither, and refused with the instant it comes back."""
        model = self.models[name]
        if model.take(self.now):
            assert self._take(name) == model.used
            return
        with pytest.raises(TooManyRequests) as refused:
            self._take(name)
        assert model.start is not None
        assert refused.value.resets_at == (model.start + MINUTE).timestamp()

    def _take(self, name: str) -> int:
        if name == "org":
            return self.real.take("org", "org", self.now).used
        if name == "search":
            return self.real.take("search", "search", self.now).used
        return self.real.take(BUDGET.name, name, self.now).used

    def give_back(self, name: str) -> None:
        self.real.give_back(name, self.now)
        self.models[name].give_back(self.now)

    def wait(self, span: timedelta) -> None:
        self.now += span

    def wait_for_the_end(self, name: str, *, less: timedelta) -> None:
        """To the instant the window ends, or just before."""
        start = self.models[name].start
        if start is not None:
            self.now = max(self.now, start + MINUTE - less)


NAMES = st.sampled_from(["org", "search", "note:a", "note:b"])
TAKING = st.tuples(st.just(Both.take), st.fixed_dictionaries({"name": NAMES}))
STEPS: st.SearchStrategy[tuple[Callable[..., None], Mapping[str, Any]]] = st.one_of(
    *[TAKING] * 4,  # else a minute is over before anybody has used it up
    st.tuples(st.just(Both.give_back), st.fixed_dictionaries({"name": NAMES})),
    st.tuples(st.just(Both.wait), st.fixed_dictionaries({"span": st.timedeltas(timedelta(), MINUTE)})),
    st.tuples(
        st.just(Both.wait_for_the_end),
        st.fixed_dictionaries({"name": NAMES, "less": st.sampled_from([timedelta(), TICK])}),
    ),
)


@given(st.lists(STEPS, min_size=10, max_size=60))
def test_budgets_agree_with_a_naive_model(steps: list[tuple[Callable[..., None], Mapping[str, Any]]]) -> None:
    """Whatever is taken, given back and waited for, in any order, and with every budget by itself."""
    both = Both()
    for step, arguments in steps:
        step(both, **arguments)
    state, model = both.real.request_state(both.now), both.models["org"]
    model.roll(both.now)
    assert (state.granted, state.used) == (model.used < model.limit, model.used)


def granted(both: Both) -> bool:
    try:
        both.real.take("org", "org", both.now)
    except TooManyRequests:
        return False
    return True


@pytest.mark.parametrize("start", [EPOCH, EPOCH + timedelta(microseconds=123_457), EPOCH + timedelta(milliseconds=999)])
def test_a_used_up_budget_is_back_at_its_end_and_not_before(start: datetime) -> None:
    """The window is half open: its last millisecond still belongs to it, its end does not."""
    both = Both(now=start)
    assert [granted(both) for _ in range(4)] == [True, True, True, False]
    both.now = start + MINUTE - TICK
    assert not granted(both)
    both.now = start + MINUTE
    assert [granted(both) for _ in range(4)] == [True, True, True, False]


def test_a_window_opens_with_its_first_unit() -> None:
    """An idle minute does not run: the next unit has a whole minute before it."""
    both = Both(now=EPOCH + timedelta(seconds=59))
    assert [granted(both) for _ in range(3)] == [True] * 3
    both.now = EPOCH + timedelta(seconds=60)
    assert not granted(both)


def test_more_cannot_be_given_back_than_was_taken() -> None:
    """Else a client could save up units for a burst beyond the limit."""
    both = Both()
    both.real.take("org", "org", both.now)
    both.real.give_back("org", both.now)
    both.real.give_back("org", both.now)
    assert [granted(both) for _ in range(4)] == [True, True, True, False]


@pytest.mark.parametrize(
    ("counter", "told"),
    [
        ("org", ""), (f"notes_created:{ME.user_id}:{'a' * 24}", "a" * 24), (f"notes_created:{ME.user_id}:zebra", "***"),
        (f"notes_created:{ME.user_id}:Zebra", "***"), (f"users:{ME.user_id}:{ALL}", ME.user_id),
    ],
)  # fmt: skip
def test_what_a_counter_is_for_is_told_by_id_alone(counter: str, told: str) -> None:
    """A call may name what is no id, such as an address, and a refusal must not repeat it."""
    assert told_object(counter) == told


def test_a_refusal_says_which_budget_and_when_it_is_back() -> None:
    """A client can wait exactly as long as needed."""
    both = Both()
    both.real.take("search", "search", both.now)
    both.real.take("search", "search", both.now)
    with pytest.raises(TooManyRequests) as refused:
        both.real.take("search", "search", both.now)
    refusal = refused.value
    assert (refusal.budget, refusal.limit, refusal.rule) == ("search", 2, "limit-search")
    assert refusal.resets_at == (EPOCH + MINUTE).timestamp()
    assert refusal.problems[0].meta == {"budget": "search", "limit": 2, "clock": "frozen"}


def drawn(contracts: Contracts, spend: Spend, path: Mapping[str, str], body: JSON, context: Context) -> list[str]:
    """The counters a call would draw on."""
    operation = replace(contracts.operations["UpdateCustomer"], spends=(spend,))
    return [counter for _, counter in counters(operation, ME, path, body, context.records)]


@pytest.mark.parametrize(
    ("body", "count"),
    [
        ({}, 1),
        (None, 1),
        ([], 1),
        ({"importedAt": None}, 1),
        ({"importedAt": "2020-01-01T00:00:00Z"}, 0),
        ({"importedAt": False}, 0),
        ({"createdAt": "2020-01-01T00:00:00Z"}, 1),
    ],
)
def test_only_the_exempting_field_exempts(
    world_client: WorldClient, contracts: Contracts, body: JSON, count: int
) -> None:
    """Its non-null presence lifts the limit; whether it is valid is told later."""
    found = drawn(contracts, SPEND, {"id": "a"}, body, system_context(world_client.world))
    assert found == [f"notes_created:{ME.user_id}:a"] * count


def test_what_is_exempt_from_one_budget_draws_on_the_next(world_client: WorldClient, contracts: Contracts) -> None:
    """Each budget says for itself what it leaves alone."""
    other = replace(SPEND, budget=replace(BUDGET, name="record_updates", exempt=None))
    operation = replace(contracts.operations["UpdateCustomer"], spends=(SPEND, other))
    records = system_context(world_client.world).records
    found = [name for name, _ in counters(operation, ME, {"id": "a"}, {"importedAt": "x"}, records)]
    assert found == ["record_updates"]


def test_a_refusal_names_an_exemption_only_where_there_is_one() -> None:
    """Who is told of one that there is not would try it."""
    words = []
    for budget in (BUDGET, replace(BUDGET, exempt=None)):
        budgets = replace(Both().real, limits=replace(LIMITS, budgets={BUDGET.name: budget}))
        for _ in range(BUDGET.limit):
            budgets.take(BUDGET.name, "notes_created:1:2", EPOCH)
        with pytest.raises(TooManyRequests) as refused:
            budgets.take(BUDGET.name, "notes_created:1:2", EPOCH)
        words.append(refused.value.problems[0].message)
    assert ["importedAt" in told for told in words] == [True, False]


def test_a_budget_without_an_exemption_has_none(world_client: WorldClient, contracts: Contracts) -> None:
    """Importing lifts only what is published as lifted."""
    spend = replace(SPEND, budget=replace(BUDGET, exempt=None))
    assert drawn(contracts, spend, {"id": "a"}, {"importedAt": "x"}, system_context(world_client.world)) != []


def test_the_object_is_found_in_path_body_or_through_a_relation(
    world_client: WorldClient, contracts: Contracts
) -> None:
    """The first place that names one counts; where none does there is nothing to count."""
    context = system_context(world_client.world)
    owner = {"customer": {"type": "customer", "id": "c" * 24}}
    message = create(context, new_record(context, "customer", {"name": "A"}, relationships=owner))
    spend = replace(SPEND, key=("customer>customer:path.id", "body.customer"))
    prefix = f"notes_created:{ME.user_id}:"
    assert drawn(contracts, spend, {"id": message["id"]}, {"customer": "b"}, context) == [prefix + "c" * 24]
    assert drawn(contracts, spend, {"id": "0" * 24}, {"customer": "b"}, context) == [prefix + "b"]
    assert drawn(contracts, spend, {"id": "0" * 24}, {"customer": 7}, context) == []


def test_a_budget_of_the_client_is_one_for_all_objects(world_client: WorldClient, contracts: Contracts) -> None:
    """`per: user` counts whatever the object is."""
    spend = replace(SPEND, budget=replace(BUDGET, per="user"), key=())
    assert drawn(contracts, spend, {"id": "a"}, {}, system_context(world_client.world)) == [
        f"notes_created:{ME.user_id}:all"
    ]


def updated(client: WorldClient, path: str, times: int, body: JSON) -> list[int]:
    return [client.put(path, body).status for _ in range(times)]


def test_a_refused_update_gives_its_unit_back(world_client: WorldClient, contracts: Contracts) -> None:
    """Only what happens counts, whatever step refuses: schema, rule or a missing record."""
    limit = contracts.limits.budgets["record_updates"].limit
    rev = world_client.post("/v1/customers", {"name": "A"})
    path = f"/v1/customers/{rev.data['id']}"
    assert set(updated(world_client, path, limit, {"nonsense": 1})) == {400}
    assert set(updated(world_client, path, limit, {"name": "B", "rev": 99})) == {409}
    assert updated(world_client, path, limit + 1, {"name": "B"}) == [200] * limit + [429]
    assert updated(world_client, path, 1, {"nonsense": 1}) == [429]


def test_a_refused_call_still_counts_for_the_organisation(world_client: WorldClient) -> None:
    """The organisation's budget is of requests, not of successes; a missing role is told before it."""
    first = world_client.get("/v1/customers/zzz")
    second = world_client.call("GET", "/v1/customers", key=world_client.new_key("org.user.note.read"))
    third = world_client.get("/v1/customers")
    remaining = [int(answer.headers["x-ratelimit-remaining"]) for answer in (first, second, third)]
    assert ([first.status, second.status], remaining) == ([400, 403], [1999, 1999, 1998])
