"""Two replicas of one sandbox, in one process: whatever one does, the other knows at its next call."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest

from kustomer_sandbox.simulator.hosting.keys import issue_key
from kustomer_sandbox.simulator.hosting.worlds import WorldSpec
from kustomer_sandbox.simulator.keeping.database import StoreUnavailable
from kustomer_sandbox.simulator.world import webhooks
from tests.keeping.conftest import POSTGRES
from tests.keeping.kept_stage import KeptStage, all_of, tick_until_taken_over
from tests.keeping.test_restarts import KINDS

pytestmark = POSTGRES


def run_due(stage: KeptStage) -> None:
    stage.world.run_due(stage.world.clock.now())


class Pair:
    """Two replicas, and their world in each."""

    def __init__(self, url: str) -> None:
        self.one, self.other = KeptStage(url), KeptStage(url)

    def do(self, stage: KeptStage, act: Callable[[], Any]) -> Any:
        """What control does at a replica."""
        stage.api.hold()
        try:
            return act()
        finally:
            stage.api.release()

    def look(self, stage: KeptStage) -> dict[str, Any]:
        """All of a world, as a request of control would find it."""
        found: dict[str, Any] = self.do(stage, lambda: all_of(stage.world))
        return found

    def end(self) -> None:
        self.one.end()
        self.other.end()


@pytest.fixture
def pair(new_database: Callable[[str], str]) -> Iterator[Pair]:
    pair = Pair(new_database("pair"))
    yield pair
    pair.end()


@pytest.mark.parametrize("kind", KINDS)
def test_what_one_does_the_other_has(pair: Pair, kind: str) -> None:
    """Records, budgets, keys, clock, faults, snapshots, a reset: to the last byte."""
    pair.do(pair.one, lambda: KINDS[kind](pair.one.client))
    assert pair.look(pair.other) == pair.look(pair.one)
    pair.other.client.post("/v1/customers", {"name": "By the other"})
    assert pair.look(pair.one) == pair.look(pair.other)


def test_calls_in_turn_share_ids_and_budgets(pair: Pair) -> None:
    """The 121st conversation of a customer is refused by whichever replica is asked."""
    made = pair.one.client.post("/v1/customers", {"name": "Jane"}).data["id"]
    body = {"customer": made, "name": "Late parcel"}
    turns = [(pair.one, pair.other)[number % 2] for number in range(122)]
    answers = [stage.client.post("/v1/conversations", body).status for stage in turns]
    assert answers == [201] * 120 + [429] * 2
    assert pair.look(pair.one) == pair.look(pair.other)


def test_a_key_works_everywhere_at_once_and_ends_everywhere(pair: Pair) -> None:
    key, _ = pair.do(pair.one, lambda: issue_key(pair.one.api.worlds, pair.one.world))
    assert pair.other.client.get("/v1/customers", key=key).status == 200
    pair.do(pair.other, lambda: pair.other.api.worlds.dismiss(pair.other.world, list(pair.other.world.keys)[-1]))
    assert pair.one.client.get("/v1/customers", key=key).status == 401


def test_worlds_come_and_go_everywhere(pair: Pair) -> None:
    worlds, others = pair.one.api.worlds, pair.other.api.worlds
    pair.do(pair.one, lambda: worlds.create(WorldSpec(name="new", scenario="demo")))
    pair.do(pair.other, lambda: others.fork(others.get("new") or pair.other.world, "fork"))
    pair.do(pair.one, lambda: None)
    assert [world.name for world in worlds] == [world.name for world in others] == ["kept", "new", "fork"]
    assert all_of(worlds.get("fork") or pair.one.world) == all_of(others.get("fork") or pair.other.world)
    pair.do(pair.one, lambda: worlds.drop("new"))
    pair.do(pair.other, lambda: None)
    assert [world.name for world in others] == ["kept", "fork"]


def test_a_replica_that_was_away_for_long_takes_the_world_up_from_the_tables(pair: Pair) -> None:
    """Lines go in time; nobody waits for a replica that does not ask for them."""
    for number in range(600):
        assert pair.one.client.post("/v1/customers", {"name": f"Customer {number}"}).status == 201
    database = pair.one.api.keeper.database
    assert database.execute("SELECT settled >= 512 FROM worlds") == [(True,)]
    pair.do(pair.one, lambda: database.execute("DELETE FROM changes WHERE number < 500"))
    assert pair.other.client.get("/v1/customers").status == 200
    assert pair.look(pair.one) == pair.look(pair.other)


def test_due_work_is_done_once(pair: Pair) -> None:
    """By whichever replica ticks first."""
    KINDS["a scheduled draft"](pair.one.client)
    pair.do(pair.one, lambda: pair.one.world.clock.move_to(pair.one.world.clock.now().replace(hour=20)))
    for stage in (pair.other, pair.one, pair.other):
        stage.api.tick(partial(run_due, stage))
    entries = [entry for entry in pair.one.world.journal.entries if entry.method == "DUE"]
    assert [entry.status for entry in entries] == [200]
    assert pair.look(pair.one) == pair.look(pair.other)


def test_what_a_dead_replica_had_under_way_is_sent_by_the_other(pair: Pair) -> None:
    """At least once, with the same id."""
    for stage in (pair.one, pair.other):
        stage.api.end_attempts()
        stage.api.worlds.receiver = stage.world.receiver = lambda _: None
    KINDS["webhooks, deliveries and retries"](pair.one.client)
    pair.one.world.receiver = lambda _: None
    pair.do(pair.one, lambda: pair.one.client.advance(61))
    (waiting,) = webhooks.sent(pair.one.world)
    assert waiting.status == "sending"
    pair.other.api.tick(lambda: None)
    assert [one.status for one in webhooks.sent(pair.other.world)] == ["sending"]
    pair.one.end()
    tick_until_taken_over(pair.other)
    assert [(one.id, one.status) for one in webhooks.sent(pair.other.world)] == [(waiting.id, "retrying")]


def test_an_answer_is_taken_though_another_replica_has_moved_the_clock(pair: Pair) -> None:
    """What is under way is told from a reset world's by its clock, which stays the same object meanwhile."""
    clock = pair.one.world.clock
    pair.do(pair.other, lambda: pair.other.client.advance(60))
    pair.do(pair.other, pair.other.world.snapshot)
    pair.do(pair.one, lambda: None)
    assert pair.one.world.clock is clock
    pair.do(pair.other, lambda: pair.other.api.worlds.reset(pair.other.world))
    pair.do(pair.one, lambda: None)
    assert pair.one.world.clock is not clock


def test_a_call_during_a_request_of_control_is_final_when_it_is_answered(pair: Pair) -> None:
    """A request of control may wait in between; calls of the same process go on."""
    pair.one.api.hold()
    assert pair.one.client.post("/v1/customers", {"name": "Meanwhile"}).status == 201
    pair.one.end()
    assert pair.other.client.get("/v1/customers").data[0]["attributes"]["name"] == "Meanwhile"


def test_a_replica_that_is_cut_off_says_so_and_comes_back(pair: Pair) -> None:
    """A call whose turn could not begin, or end, has not happened; the next one is made on a new connection."""
    database = pair.other.api.keeper.database
    for _ in range(2):
        database.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() "
            "AND datname = current_database() AND backend_type = 'client backend'"
        )
        refused = pair.one.client.post("/v1/customers", {"name": "Jane"})
        assert (refused.status, refused.error["detail"]) == (
            503,
            "Nothing was done: the store has ended its connection.",
        )
        assert pair.one.client.post("/v1/customers", {"name": "Jane"}).status == 201
    assert pair.one.world.records.count("customer") == 2
    assert pair.look(pair.one) == pair.look(pair.other)


def test_a_turn_that_another_replica_does_not_end_is_not_waited_for_without_end(pair: Pair) -> None:
    pair.other.api.keeper.database.execute("SET lock_timeout = '50ms'")
    pair.one.api.hold()
    refused = pair.other.client.get("/v1/customers")
    assert refused.error["detail"].startswith("Nothing was done: the store is busy: another replica")
    with pytest.raises(StoreUnavailable):
        pair.other.api.hold()
    pair.one.api.release()
    assert pair.other.client.get("/v1/customers").status == 200
