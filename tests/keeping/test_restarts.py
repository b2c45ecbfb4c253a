"""What a kept sandbox is after a restart: to the last byte what it was, whether its process was closed or killed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import fields
from datetime import timedelta
from typing import Any

import pytest

from kustomer_sandbox.simulator.control.fault_models import NewFault, fault_of
from kustomer_sandbox.simulator.hosting.keys import issue_key
from kustomer_sandbox.simulator.hosting.worlds import WorldSpec
from kustomer_sandbox.simulator.keeping import changes, keeper
from kustomer_sandbox.simulator.values.unmasking import WindowSettings
from kustomer_sandbox.simulator.world import audit_log, webhooks
from kustomer_sandbox.simulator.world.faults import FaultMatch
from kustomer_sandbox.simulator.world.world import World
from tests.keeping.conftest import NewStore
from tests.keeping.kept_stage import RESTARTS, KeptStage, Restart, all_of, begin_episode, tick_until_taken_over
from tests.simulator.test_control_faults import FAULTS
from tests.world_client import WorldClient

JANE = {"name": "Jane Doe", "emails": [{"email": "jane@example.com"}], "phones": [{"phone": "+15555550100"}]}
NEXT = {"name": "John Roe"}
MASKED = {"standardProperties": {"emails": {"sensitive": True}, "phones": {"sensitive": False}}, "properties": {}}


@pytest.fixture(params=RESTARTS)
def restart(request: pytest.FixtureRequest) -> Restart:
    return RESTARTS[request.param]


@pytest.fixture
def stage(new_store: NewStore) -> Iterator[KeptStage]:
    stage = KeptStage(new_store("kept"))
    yield stage
    stage.end()


def customer(client: WorldClient) -> str:
    made: str = client.post("/v1/customers", JANE if client.world.records.count("customer") == 0 else NEXT).data["id"]
    return made


def conversation(client: WorldClient) -> str:
    made: str = client.post("/v1/conversations", {"customer": customer(client), "name": "Late parcel"}).data["id"]
    return made


def change_records(client: WorldClient) -> None:
    kept, gone = customer(client), client.post("/v1/customers", {"name": "Gone"}).data["id"]
    client.put(f"/v1/customers/{kept}", {"name": "Jane D."})
    client.delete(f"/v1/customers/{gone}")


def be_refused(client: WorldClient) -> None:
    client.post("/v1/customers", {"name": 5})
    client.get("/v1/customers/nobody")
    client.get("/v1/customers", key=client.new_key("org.user.team.read"))


def plan_a_draft(client: WorldClient) -> None:
    body = {"channel": "sms", "body": "Soon", "sendAt": "now+2h", "scheduled": True}
    assert client.post(f"/v1/customers/{customer(client)}/drafts", body).status == 200


def snooze(client: WorldClient) -> None:
    body = {"snooze": {"status": "scheduled", "time": "2026-06-09T13:00:00Z"}}
    assert client.put(f"/v1/conversations/{conversation(client)}", body).status == 200


def open_a_window(client: WorldClient) -> None:
    assert client.post(f"/v1/customers/{customer(client)}/unmasking-windows").status in (200, 201)


def owe_a_webhook(client: WorldClient) -> None:
    body = {"name": "CRM", "url": "https://hooks.example.com/", "events": ["kustomer.customer.create"]}
    assert client.post("/v1/outbound-webhooks", body).status == 201
    client.world.receiver = lambda _: 500
    customer(client)
    client.advance(1)
    assert [one.status for one in webhooks.sent(client.world)] == ["retrying"]


def mark_sensitive(client: WorldClient) -> None:
    customer(client)
    assert client.put("/v1/metadata/customer", MASKED).status == 200
    assert client.get("/v1/customers", key=client.new_key("org.user.customer.read")).status == 200


def arm_faults(client: WorldClient) -> None:
    for number, fault in enumerate(FAULTS, 1):
        asked = NewFault.model_validate({"fault": fault})
        client.world.faults.arm(FaultMatch(path=f"/v1/{number}*"), fault_of(asked.fault), nth=number, times=number)
    client.world.faults.disarm("fault-2")


def tie_to_calls(client: WorldClient) -> None:
    """One of three has happened, and one call of those that the rest wait for was made."""
    for nth in (1, 2, 3):
        told = {"match": {"path": "/v1/customers*"}, "after": nth, "times": 2, "do": [{"plan": "ultimate"}]}
        client.api.gate.tie(client.world, told)
    client.get("/v1/customers")
    client.world.snapshot()


def take_snapshots(client: WorldClient) -> None:
    customer(client)
    for _ in range(3):
        client.world.snapshot()
        client.post("/v1/customers", {"name": "Later"})
    client.world.snapshots.forget("snapshot-2")
    client.world.restore("snapshot-1")
    client.post("/v1/customers", {"name": "Other"})


def record(client: WorldClient) -> None:
    customer(client)
    client.world.record(whole=False)
    be_refused(client)
    customer(client)


def configure(client: WorldClient) -> None:
    client.world.configure(
        plan="professional", masking="partial", masked_search="exact", windows=WindowSettings(5, "requester"),
        errors="recorded", ratelimit_reset="always", strict=True, limits={"org": 7},
        readings={"page-size-clamped": "refused"},
    )  # fmt: skip


def have_keys(client: WorldClient) -> None:
    gone = client.new_key("org")
    issue_key(client.api.worlds, client.world, roles=["org.user"], user_type="user", read_sensitive=True)
    client.api.worlds.dismiss(client.world, list(client.world.keys)[1])
    assert client.get("/v1/customers", key=gone).status == 401


def keep_a_file(client: WorldClient) -> None:
    client.world.files.keep(b"a file's content")


def move_time(client: WorldClient) -> None:
    client.advance(3600)


def be_reset(client: WorldClient) -> None:
    customer(client)
    client.api.worlds.reset(client.world)
    client.post("/v1/customers", {"name": "After"})


def be_an_episode(client: WorldClient) -> None:
    begin_episode(client.world)
    be_reset(client)


KINDS: dict[str, Callable[[WorldClient], object]] = {
    "records": change_records,
    "refusals": be_refused,
    "a scheduled draft": plan_a_draft,
    "a snooze": snooze,
    "masking flags": mark_sensitive,
    "an unmasking window": open_a_window,
    "webhooks, deliveries and retries": owe_a_webhook,
    "faults": arm_faults,
    "what is tied to calls": tie_to_calls,
    "snapshots": take_snapshots,
    "a recording": record,
    "settings": configure,
    "keys": have_keys,
    "files": keep_a_file,
    "time": move_time,
    "a reset": be_reset,
    "an episode": be_an_episode,
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_restart_finds_what_there_was(stage: KeptStage, restart: Restart, kind: str) -> None:
    """Rows with revisions and keys, budgets, ids, clock, jobs, keys, faults, snapshots, journal, audit log, files."""
    KINDS[kind](stage.client)
    stage.api.keep()
    before = all_of(stage.world)
    restart(stage)
    assert all_of(stage.world) == before


@pytest.mark.parametrize("kind", KINDS)
def test_what_comes_after_a_restart_is_what_would_have_come_without(new_store: NewStore, kind: str) -> None:
    """Ids, budgets and due work go on where they were: the same calls are answered with the same bytes."""
    answers = []
    for name, restart in (("one", None), ("two", KeptStage.die_and_start)):
        stage = KeptStage(new_store(name))
        KINDS[kind](stage.client)
        stage.api.keep()
        if restart:
            restart(stage)
        answers.append(_go_on(stage))
        stage.end()
    assert answers[0] == answers[1]


def _go_on(stage: KeptStage) -> list[Any]:
    client = stage.client
    client.world.receiver = lambda _: 200
    made = client.post("/v1/conversations", {"customer": customer(client), "name": "Next"})
    client.advance(3600 * 4)
    found = client.post("/v1/customers/search", {"and": [{"customer_name": {"contains": "a"}}]})
    listed = client.get("/v1/customers")
    deliveries = webhooks.sent(stage.world)
    for snapshot in stage.world.snapshots.all():
        stage.world.restore(snapshot.id)
    stage.api.worlds.reset(stage.world)
    return [made, found, listed, deliveries, all_of(stage.world)]


def test_a_running_clock_runs_on_while_nobody_is_there(stage: KeptStage, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a real service's time does: no window outlives its end because the process was down."""
    stage.world.clock.run("real")
    stage.api.keep()
    before = stage.world.clock.now()
    later = time.time() + 3600
    monkeypatch.setattr(time, "time", lambda: later)
    stage.die_and_start()
    passed = stage.world.clock.now() - before
    assert timedelta(hours=1) <= passed < timedelta(hours=1, minutes=2)


def test_worlds_forks_and_those_that_are_gone(stage: KeptStage, restart: Restart) -> None:
    """Every world is kept with its own start, in the order in which they were made."""
    worlds = stage.api.worlds
    customer(stage.client)
    for name in ("gone", "second"):
        worlds.create(WorldSpec(name=name, scenario="demo", seed="7", mode="real", limits={"org": 9}))
    fork = worlds.fork(stage.world, "fork")
    key, _ = issue_key(worlds, fork)
    stage.client.post("/v1/customers", {"name": "After"}, key=key)
    stage.api.keep()
    worlds.drop("gone")
    stage.api.keep()
    before = {world.name: _rows_of(world) for world in worlds}
    restart(stage)
    assert {world.name: _rows_of(world) for world in stage.api.worlds} == before
    assert stage.client.get("/v1/customers", key=key).status == 200
    fork = stage.api.worlds.get("fork") or stage.world
    stage.api.worlds.reset(fork)
    assert fork.records.count("customer") == 1
    assert stage.api.worlds.plan_of("second").seed == "7"


def _rows_of(world: Any) -> Any:
    return all_of(world)["rows"]


def test_what_was_on_its_way_to_a_webhook_is_sent_again(stage: KeptStage) -> None:
    """At least once, with the same id: an answer that came to a dead process was heard by nobody."""
    owe_a_webhook(stage.client)
    stage.world.receiver = lambda _: None
    stage.client.advance(61)
    (waiting,) = webhooks.sent(stage.world)
    assert waiting.status == "sending"
    stage.api.keep()
    stage.die_and_start()
    stage.api.end_attempts()
    tick_until_taken_over(stage)
    (found,) = webhooks.sent(stage.world)
    assert (found.id, found.status) == (waiting.id, "retrying")


def test_nothing_is_written_twice_for_many_worlds(stage: KeptStage) -> None:
    """Worlds of one plan share what they begin with, in the file as in memory."""
    sizes = []
    for name in "abc":
        stage.api.worlds.create(WorldSpec(name=name, scenario="demo"))
        stage.api.keep()
        sizes += stage.api.keeper.database.execute("SELECT count(*) FROM rows")[0]
    assert sizes[0] > 1000
    assert sizes[1:] == sizes[:1] * 2


def test_forgotten_snapshots_leave_nothing_behind(stage: KeptStage) -> None:
    """A sandbox that is put back a thousand times starts as quickly as a new one, and is the same."""
    for number in range(30):
        stage.world.snapshots.forget(stage.world.snapshot()) if number != 10 else stage.world.snapshot()
        stage.client.post("/v1/customers", {"name": f"Customer {number}"})
        stage.client.put(f"/v1/customers/{stage.world.records.find('customer')[0]['id']}", {"name": f"Now {number}"})
        stage.api.keep()
    before = all_of(stage.world)
    count = "SELECT count(*) FROM layers"
    assert stage.api.keeper.database.execute(count)[0][0] > 30
    stage.die_and_start()
    assert all_of(stage.world) == before
    assert stage.api.keeper.database.execute(count)[0][0] <= 4
    stage.world.restore("snapshot-11")
    assert stage.world.records.count("customer") == 10


def test_the_audit_log_of_a_busy_world_is_bounded(stage: KeptStage, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file keeps as much as the log does, and not every change that ever was."""
    for module in (audit_log, changes):
        monkeypatch.setattr(module, "CAPACITY" if module is audit_log else "AUDIT_CAPACITY", 20)
    for number in range(60):
        stage.client.post("/v1/customers", {"name": f"Customer {number}"})
    stage.api.keeper.settle()
    kept = "SELECT count(*) FROM rows JOIN worlds USING (layer) WHERE kind = '(log)'"
    assert stage.api.keeper.database.execute(kept)[0] == (40,)
    before = list(stage.world.audit_log.entries("x"))
    stage.die_and_start()
    assert list(stage.world.audit_log.entries("x"))[:20] == before[:20]


def test_what_ends_by_itself_does_not_come_back(stage: KeptStage) -> None:
    """An episode that was idle for too long is dropped by nobody's request."""
    stage.api.worlds.create(WorldSpec(name="idle"))
    stage.api.keep()
    stage.api.tick(lambda: stage.api.worlds.drop("idle"))
    stage.die_and_start()
    assert [world.name for world in stage.api.worlds] == ["kept"]


def test_a_world_that_becomes_an_episode_is_one_after_a_restart(stage: KeptStage) -> None:
    """Though nothing else of it changes."""
    begin_episode(stage.world)
    episode, stage.world.episode = stage.world.episode, None
    stage.api.keep()
    stage.world.episode = episode
    stage.api.keep()
    stage.die_and_start()
    assert stage.world.episode == episode


def test_very_many_rows_at_once_are_kept(stage: KeptStage, monkeypatch: pytest.MonkeyPatch) -> None:
    """A line has an end: SQLite takes no value of a gigabyte."""
    monkeypatch.setattr(keeper, "_MOST_ROWS", 10)
    for number in range(30):
        stage.world.records.insert({"type": "customer", "id": f"{number:024x}", "attributes": {"name": "J"}})
    stage.api.keep()
    assert stage.api.keeper.database.execute("SELECT count(*) FROM changes")[0] == (0,)
    before = all_of(stage.world)
    stage.die_and_start()
    assert all_of(stage.world) == before


KEPT = {
    "name", "org", "org_name", "store", "clock", "ids", "plan", "masking", "errors", "ratelimit_reset", "strict",
    "limits", "readings", "prompt", "criteria", "triggers", "masked_search", "windows", "scenario", "keys", "journal",
    "audit_log", "faults", "snapshots", "episode", "recording", "files",
}  # fmt: skip
OF_THE_PROCESS = {
    "contracts", "rule_notes", "jobs", "renew_keys", "subscribers", "watch", "receiver", "job_notes", "derived",
    "cache", "graded_calls", "records", "budgets", "_masked_paths", "_watching",
}  # fmt: skip


def test_every_part_of_a_world_is_kept_or_made_anew() -> None:
    """Whoever adds one decides which: `all_of`, `forms.py` and `change_detection.py` must know what is kept."""
    assert {part.name for part in fields(World)} == KEPT | OF_THE_PROCESS
