"""Worlds: made from a plan to the byte, independent of each other, and put back whole."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kustomer_sandbox.contracts.model import Contracts
from kustomer_sandbox.simulator.api import Api, create_api, scenarios
from kustomer_sandbox.simulator.hosting.keys import issue_key
from kustomer_sandbox.simulator.hosting.worlds import NameTaken, UnknownPlan, UnknownScenario, WorldSpec
from kustomer_sandbox.simulator.operations.system import system_context
from kustomer_sandbox.simulator.operations.writing import new_record
from kustomer_sandbox.simulator.values.auth import digest
from kustomer_sandbox.simulator.values.http import Reply, Request
from kustomer_sandbox.simulator.values.record import JSON
from tests.world_client import WorldClient, opened

CUSTOMERS = "/v1/customers"


def reply(client: WorldClient, method: str, path: str, body: JSON = None) -> Reply:
    """The reply as bytes."""
    headers = {"authorization": f"Bearer {client.key}"}
    sent = b"" if body is None else orjson.dumps(body)
    return client.api.handle(Request(method=method, path=path, headers=headers, body=sent))


def story(client: WorldClient) -> list[Reply]:
    """Reads, writes, refusals and a step in time, as replies to the byte."""
    replies = [reply(client, "GET", CUSTOMERS), reply(client, "POST", CUSTOMERS, {"name": "A", "tags": ["vip"]})]
    made = f"{CUSTOMERS}/{orjson.loads(replies[-1].body)['data']['id']}"
    client.advance(90)
    replies += [reply(client, "PUT", made, {"name": "B"}), reply(client, "PUT", made, {"nonsense": 1})]
    replies += [reply(client, "POST", f"{made}/unmasking-windows"), reply(client, "GET", CUSTOMERS)]
    return replies


@pytest.mark.parametrize("scenario", sorted(scenarios()))
def test_the_same_plan_gives_the_same_bytes(contracts: Contracts, scenario: str) -> None:
    """In another process, and with other worlds made before it: only the plan decides."""
    plan = WorldSpec(name="same", scenario=scenario, seed="7")
    first_api, second_api = create_api(contracts), create_api(contracts)
    with opened(second_api, WorldSpec(name="before", scenario=scenario)) as before:
        story(before)
    with opened(first_api, plan) as first, opened(second_api, plan) as second:
        assert first.key == second.key
        assert story(first) == story(second)


@pytest.mark.parametrize("scenario", sorted(scenarios()))
def test_a_reset_world_gives_the_same_bytes_again(shared_api: Api, scenario: str) -> None:
    """Records, ids, clock, budgets and journal all start anew, and the key goes on working."""
    with opened(shared_api, WorldSpec(name="reset", scenario=scenario)) as client:
        before = story(client)
        journal = client.world.journal.since(0, 99)
        shared_api.worlds.reset(client.world)
        assert client.world.journal.total == 0
        assert story(client) == before
        assert client.world.journal.since(0, 99) == journal


def test_another_seed_gives_other_ids(shared_api: Api) -> None:
    """Two worlds for two tests need not share ids."""
    with (
        opened(shared_api, WorldSpec(name="one", seed="1")) as one,
        opened(shared_api, WorldSpec(name="two", seed="2")) as two,
    ):
        ids = [client.post(CUSTOMERS, {"name": "A"}).data["id"] for client in (one, two)]
    assert ids[0] != ids[1]


def test_a_reset_keeps_every_key_with_its_rights(shared_api: Api) -> None:
    """A running client does not notice, but for the records; what a key may do stays as issued."""
    with opened(shared_api, WorldSpec(name="keys")) as client:
        narrow = client.new_key("org.user.customer.read", read_sensitive=True)
        before = {key: shared_api.worlds.by_key(digest(key)) for key in (client.key, narrow)}
        client.post(CUSTOMERS, {"name": "A"})
        shared_api.worlds.reset(client.world)
        assert {key: shared_api.worlds.by_key(digest(key)) for key in (client.key, narrow)} == before
        assert client.get(CUSTOMERS, key=narrow).data == []
        assert client.post(CUSTOMERS, {"name": "A"}, key=narrow).status == 403
        assert len({who.user_id for who in client.world.keys.values()}) == 2
        users = [client.world.records.get("user", who.user_id) for who in client.world.keys.values()]
        assert [user and user["attributes"]["roles"] for user in users] == [["org"], ["org.user.customer.read"]]


def test_a_reset_world_has_the_settings_it_was_made_with(shared_api: Api) -> None:
    """Also when they were changed since."""
    spec = WorldSpec(name="settings", plan="business", masking="object", errors="recorded", mode="real")
    with opened(shared_api, spec) as client:
        client.world.configure(plan="ultimate", masking="stars", errors="page")
        client.world.clock.run("frozen")
        shared_api.worlds.reset(client.world)
        world = client.world
        assert (world.plan, world.masking, world.errors) == ("business", "object", "recorded")
        assert world.clock.mode == "real"
        assert client.get(CUSTOMERS).headers["x-ratelimit-limit"] == "500"


def test_a_fork_words_its_errors_as_its_origin_does(shared_api: Api) -> None:
    """So do the fork's own reset and a world that keeps its settings while its plan changes."""
    with opened(shared_api, WorldSpec(name="origin", errors="recorded")) as client:
        fork = shared_api.worlds.fork(client.world, "fork")
        fork.configure(plan="business", masking="stars")
        assert fork.errors == "recorded"
        shared_api.worlds.reset(fork)
        assert fork.errors == "recorded"
        shared_api.worlds.drop("fork")


CHANGES: list[Callable[[WorldClient], object]] = [
    lambda client: client.post(CUSTOMERS, {"name": "A"}),
    lambda client: client.get(CUSTOMERS),
    lambda client: client.advance(10),
    lambda client: client.world.schedule("x", "y", "2030-01-01T00:00:00.000Z"),
    lambda client: client.put("/v1/metadata/customer", {"standardProperties": {"phones": {"sensitive": True}}}),
]


def state(client: WorldClient) -> tuple[object, ...]:
    """All that a world holds, as values."""
    world = client.world
    tables = {
        kind: world.store.find(kind, "id") for kind in (*world.contracts.resources, "due", "customer", "metadata")
    }
    used = world.budgets.request_state(world.clock.now()).used
    return tables, used, world.clock.now(), world.ids.counter, world.journal.total, world.masked_paths("customer")


@given(st.lists(st.sampled_from(range(len(CHANGES))), max_size=6), st.booleans())
def test_a_fork_and_its_origin_do_not_feel_each_other(
    shared_api: Api,
    changes: list[int],
    change_the_fork: bool,  # noqa: FBT001 - hypothesis passes it
) -> None:
    """Whatever is done to one, the other stays byte for byte as it was."""
    with opened(shared_api, WorldSpec(name="origin")) as origin:
        origin.post(CUSTOMERS, {"name": "A"})
        made = origin.world.fork("fork")
        key, _ = issue_key(shared_api.worlds, made)
        fork = WorldClient(shared_api, made, key)
        changed, other = (fork, origin) if change_the_fork else (origin, fork)
        before = state(other)
        for number in changes:
            CHANGES[number](changed)
        assert state(other) == before


def test_a_fork_goes_on_from_where_its_origin_stands(shared_api: Api) -> None:
    """Records, clock and ids go on; keys and journal are its own."""
    with opened(shared_api, WorldSpec(name="origin")) as origin:
        origin.post(CUSTOMERS, {"name": "A"})
        origin.advance(5)
        fork = origin.world.fork("fork")
        context, copy = system_context(origin.world), system_context(fork)
        assert (fork.keys, fork.journal.total) == ({}, 0)
        assert new_record(copy, "customer", {}) == new_record(context, "customer", {})
        assert fork.store.find("customer", "id") == origin.world.store.find("customer", "id")


def test_a_name_is_taken_until_its_world_is_dropped(shared_api: Api) -> None:
    """Two worlds of one name could not be told apart by the control API."""
    worlds = shared_api.worlds
    with opened(shared_api, WorldSpec(name="taken")) as client:
        with pytest.raises(NameTaken):
            worlds.create(WorldSpec(name="taken", seed="2"))
        assert worlds.get("taken") is client.world
    assert worlds.get("taken") is None
    assert worlds.by_key(digest(client.key)) is None
    with opened(shared_api, WorldSpec(name="taken")) as again:
        assert again.key == client.key


def test_what_is_not_known_is_refused_with_what_is(shared_api: Api, contracts: Contracts) -> None:
    """The message of the command line and the control API is made from these lists."""
    with pytest.raises(UnknownPlan) as plan:
        shared_api.worlds.create(WorldSpec(name="x", plan="free"))
    with pytest.raises(UnknownScenario) as scenario:
        shared_api.worlds.create(WorldSpec(name="x", scenario="_demo"))
    assert (plan.value.known, scenario.value.known) == (sorted(contracts.limits.plans), list(scenarios()))
    assert shared_api.worlds.get("x") is None


def test_a_free_name_is_one_nobody_has(contracts: Contracts) -> None:
    """Also when somebody has taken the next one."""
    worlds = create_api(contracts).worlds
    worlds.create(WorldSpec(name="world-2"))
    assert worlds.free_name() == "world-3"
    worlds.create(WorldSpec(name=worlds.free_name()))
    assert [world.name for world in worlds] == ["world-2", "world-3"]


def test_due_events_fire_once_in_the_order_of_their_time(shared_api: Api) -> None:
    """However they were planned; each sees the instant it was due at, and what it plans itself fires too."""
    with opened(shared_api, WorldSpec(name="due")) as client:
        world, fired = client.world, list[tuple[str, str]]()
        world.jobs = {
            "note": lambda _, at, ref: fired.append((f"{at:%S}", ref)),
            "plan": lambda world, _, ref: world.schedule("note", ref, "2026-06-09T12:00:03.000Z"),
        }
        for kind, ref, second in [
            ("note", "c", 4),
            ("note", "a", 1),
            ("plan", "b", 2),
            ("note", "a", 5),
            ("note", "z", 6),
        ]:
            world.schedule(kind, ref, f"2026-06-09T12:00:0{second}.000Z")
        world.unschedule("note", "z")
        world.unschedule("note", "never planned")
        client.advance(4.999)
        assert fired == [("03", "b"), ("04", "c")]
        client.advance(timedelta(milliseconds=1).total_seconds())
        client.advance(60)
        assert fired == [("03", "b"), ("04", "c"), ("05", "a")]
