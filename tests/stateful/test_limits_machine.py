"""One machine spends budgets of two keys and a person to their ends and beyond, and compares with the reference."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from kustomer_sandbox.simulator.hosting.keys import issue_key
from kustomer_sandbox.simulator.hosting.worlds import WorldSpec
from tests.stateful.exploring import InProcessMachine, PlantedFault, api, assert_found, explore
from tests.stateful.reference import Asked, Limits, Minute
from tests.world_client import Answer, WorldClient

LIMITS = {"org": 24, "users": 5, "search": 3, "record_updates": 2, "conversations_created": 2, "notes_created": 2}
"""Small enough that each is used up within a few steps, the organisation's last."""

USERS = ("first", "second", "person")
TICK = timedelta(milliseconds=1)
users = st.sampled_from(USERS)
customers = st.sampled_from(["jane", "joe"])


class LimitsMachine(InProcessMachine):
    """Whoever calls, whatever it is and whenever: the reference knows which budget refuses it, and no other does."""

    steps = 30

    @initialize()
    def start(self) -> None:
        world = api().worlds.create(WorldSpec(name=type(self).__name__, plan="ultimate", limits=LIMITS))
        self.client = WorldClient(api(), world, issue_key(api().worlds, world)[0])
        self.ids = {name: self.made("/v1/customers", {"name": name}) for name in ("jane", "joe")}
        self.talk = self.made("/v1/conversations", {"customer": self.ids["jane"]})
        self.client.advance(60)
        self.keys = {
            "first": self.client.key,
            "second": self.client.new_key("org"),
            "person": issue_key(api().worlds, world, user_type="user")[0],
        }
        self.now = timedelta()
        self.model = Limits("ultimate", LIMITS)

    def asks(self, answer: Answer, user: str, **what: Any) -> None:
        """An answer must be what the reference says of the call."""
        refused = self.model.refused_by(Asked(user=user, is_person=user == "person", **what), self.now)
        found = str(answer.error["meta"]["budget"]) if answer.status == 429 else ""
        assert found == refused, answer.json
        if not refused:
            assert (answer.status == 400) == what.get("is_wrong", False), answer.json

    @rule(user=users)
    def read(self, user: str) -> None:
        self.asks(self.client.get("/v1/customers", key=self.keys[user]), user)

    @rule(user=users)
    def search(self, user: str) -> None:
        answer = self.client.post("/v1/customers/search", {"queryContext": "customer"}, key=self.keys[user])
        self.asks(answer, user, searches=True)

    @rule(user=users, customer=customers, imported=st.booleans(), is_wrong=st.booleans(), times=st.integers(1, 3))
    def converse(self, user: str, customer: str, times: int, *, imported: bool, is_wrong: bool) -> None:
        given = {"importedAt": "2015-01-01T00:00:00.000Z"} if imported else {}
        wrong = {"priority": "much"} if is_wrong else {}
        for _ in range(times):
            self.create(user, customer, {**given, **wrong}, imported=imported, is_wrong=is_wrong)

    @rule(user=users, customer=customers, times=st.integers(1, 2))
    def converse_and_import_null(self, user: str, customer: str, times: int) -> None:
        """`importedAt` that is null exempts as little as none at all; by itself it is a wrong value."""
        for _ in range(times):
            self.create(user, customer, {})
        self.create(user, customer, {"importedAt": None}, is_wrong=True)

    def create(self, user: str, customer: str, body: dict[str, Any], **what: bool) -> None:
        whole = {"customer": self.ids[customer], **body}
        answer = self.client.post("/v1/conversations", whole, key=self.keys[user])
        self.asks(answer, user, creates="conversations_created", customer=customer, **what)

    @rule(user=users, times=st.integers(1, 3))
    def note(self, user: str, times: int) -> None:
        """The customer is known by the conversation alone."""
        for _ in range(times):
            answer = self.client.post(f"/v1/conversations/{self.talk}/notes", {"body": "x"}, key=self.keys[user])
            self.asks(answer, user, creates="notes_created", customer="jane")

    @rule(user=users, customer=customers, is_wrong=st.booleans(), times=st.integers(1, 3))
    def change(self, user: str, customer: str, times: int, *, is_wrong: bool) -> None:
        body = {"name": 7} if is_wrong else {"name": "Somebody"}
        for _ in range(times):
            answer = self.client.put(f"/v1/customers/{self.ids[customer]}", body, key=self.keys[user])
            self.asks(answer, user, updates=customer, is_wrong=is_wrong)

    @rule(seconds=st.sampled_from([0.001, 1.0, 30.0, 60.0]))
    def wait(self, seconds: float) -> None:
        self.client.advance(seconds)
        self.now += timedelta(seconds=seconds)

    @precondition(lambda self: self.full())
    @rule(at=st.integers(0, 9), off=st.sampled_from([-1, 0, 1]))
    def wait_for_a_budget(self, at: int, off: int) -> None:
        """Just before, at and just after the instant at which one that is used up is free again."""
        full = self.full()
        pause = full[at % len(full)].free_at() + off * TICK - self.now
        if pause > timedelta():
            self.wait(pause.total_seconds())

    def full(self) -> list[Minute]:
        return [counter for counter in self.model.counters.values() if not counter.has_room(self.now)]

    @invariant()
    def the_organisation_has_used_what_the_reference_says(self) -> None:
        """Looked at from below, so that looking costs no budget."""
        if self.is_begun and hasattr(self, "model"):
            budgets, now = self.client.world.budgets, self.client.world.clock.now()
            assert budgets.state("org", now).used == self.model.counter("org").count(self.now)
            assert budgets.state("search", now).used == self.model.counter("search").count(self.now)


@pytest.mark.properties
def test_no_call_is_refused_that_has_budget_and_none_is_let_through_that_has_none() -> None:
    """Whoever spends what, in any order and up to the edges of the minutes."""
    explore(LimitsMachine)


_LIMITS, _STORE = "simulator.world.limits", "simulator.store.memory:MemoryStore"
FAULTS = (
    PlantedFault("one unit too many is granted", f"{_STORE}.take", "used >= limit", "used > limit"),
    PlantedFault("a minute ends late", f"{_STORE}._window", "now >= window.resets_at", "now > window.resets_at"),
    PlantedFault(
        "customers share a counter", f"{_LIMITS}:counters", ":{principal.user_id}:{target}", ":{principal.user_id}:"
    ),
    PlantedFault("keys share a counter", f"{_LIMITS}:counters", ":{principal.user_id}:{target}", "::{target}"),
    PlantedFault(
        "null exempts",
        f"{_LIMITS}:counters",
        "fields.get(spend.budget.exempt) is not None",
        "spend.budget.exempt in fields",
    ),
    PlantedFault(
        "a refused call has spent",
        "simulator.request.pipeline:_give_back",
        "x.world.budgets.give_back(counter, x.now)",
        "pass",
    ),
    PlantedFault("people search by the limit of keys", f"{_LIMITS}:shared_budgets", "return _PERSON", "return _SEARCH"),
    PlantedFault(
        "each key has a budget of the organisation's",
        f"{_LIMITS}:shared_counter",
        'name if name != USERS else f"{USERS}:{principal.user_id}:{ALL}"',
        'f"{name}:{principal.user_id}:{ALL}"',
    ),
)


@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_the_everyday_run_finds(fault: PlantedFault, monkeypatch: pytest.MonkeyPatch) -> None:
    assert_found(fault, LimitsMachine, monkeypatch)
