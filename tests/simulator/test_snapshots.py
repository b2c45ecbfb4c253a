"""Snapshots and forks: a world goes back to the byte, keys go on working, copies do not feel each other."""

from __future__ import annotations

import orjson
import pytest

from kustomer_sandbox.simulator.api import Api
from kustomer_sandbox.simulator.hosting.keys import issue_key, issue_key_of
from kustomer_sandbox.simulator.hosting.worlds import NameTaken, WorldSpec
from kustomer_sandbox.simulator.values.http import Request
from kustomer_sandbox.simulator.world.faults import FaultMatch, Status
from kustomer_sandbox.simulator.world.state import UnknownSnapshot
from tests.world_client import WorldClient, opened

CUSTOMERS = "/v1/customers"


def bodies(client: WorldClient) -> dict[str, bytes]:
    """The bytes of every list that needs no id, and of two searches."""
    found = {}
    for operation in client.api.contracts.operations.values():
        if operation.method == "GET" and "{" not in operation.path:
            found[operation.path] = reply(client, "GET", operation.path)
    for context in ("customer", "conversation"):
        search = orjson.dumps({"queryContext": context, "and": []})
        found[context] = reply(client, "POST", "/v1/customers/search", search)
    return found


def reply(client: WorldClient, method: str, path: str, body: bytes = b"") -> bytes:
    headers = {"authorization": f"Bearer {client.key}"}
    return client.api.handle(Request(method=method, path=path, headers=headers, body=body)).body


def live(client: WorldClient) -> None:
    """Change a little of everything: records, time, budgets, a window, the attributes' metadata."""
    customer = client.post(CUSTOMERS, {"name": "New", "tags": ["fresh"], "phones": [{"phone": "+15555550100"}]}).data[
        "id"
    ]
    conversation = client.post("/v1/conversations", {"customer": customer}).data["id"]
    client.post(f"/v1/conversations/{conversation}/messages", {"channel": "chat", "app": "chat", "preview": "Hello"})
    client.post(f"{CUSTOMERS}/{customer}/unmasking-windows")
    client.put("/v1/metadata/customer", {"standardProperties": {"phones": {"sensitive": True}}})
    for found in client.get(CUSTOMERS, "pageSize=3").data:
        client.put(f"{CUSTOMERS}/{found['id']}", {"name": "Changed"})
    client.advance(3601)


def test_a_restored_world_gives_the_same_bytes_for_every_list_and_search(shared_api: Api) -> None:
    """Whatever happened since, also twice: a test can try again from the same state."""
    with opened(shared_api, WorldSpec(name="restored", scenario="demo", plan="ultimate")) as client:
        client.advance(10)
        id = client.world.snapshot()
        before = bodies(client)
        client.world.restore(id)
        for _ in range(2):
            live(client)
            assert bodies(client) != before
            client.world.restore(id)
            assert bodies(client) == before
            client.world.restore(id)


def test_time_ids_and_budgets_go_back_too(world_client: WorldClient) -> None:
    """The next record has the id it would have had, and the minute the units it had."""
    id = world_client.world.snapshot()
    first = world_client.post(CUSTOMERS, {"name": "A"})
    world_client.world.clock.run("real")
    world_client.world.configure(plan="professional", masking="object", errors="recorded")
    for _ in range(2):
        world_client.world.restore(id)
        again = world_client.post(CUSTOMERS, {"name": "A"})
        assert (again.json, again.headers) == (first.json, first.headers)
    world = world_client.world
    assert (world.clock.mode, world.masking, world.errors) == ("frozen", "stars", "page")


def test_due_events_go_back_with_the_world(world_client: WorldClient) -> None:
    """What fired after the snapshot is still to come once the world has gone back."""
    fired: list[str] = []
    world_client.world.jobs = {"note": lambda _, __, ref: fired.append(ref)}
    world_client.world.schedule("note", "a", "2026-06-09T12:00:05.000Z")
    id = world_client.world.snapshot()
    world_client.advance(5)
    world_client.world.restore(id)
    assert fired == ["a"]
    world_client.advance(5)
    assert fired == ["a", "a"]


def test_masks_follow_the_metadata_of_the_snapshot(world_client: WorldClient) -> None:
    """Plans compiled since then must not be used any more."""
    customer = world_client.post(CUSTOMERS, {"name": "A", "phones": [{"phone": "+15555550100"}]}).data["id"]
    id = world_client.world.snapshot()
    world_client.put("/v1/metadata/customer", {"standardProperties": {"phones": {"sensitive": True}}})
    assert world_client.get(f"{CUSTOMERS}/{customer}").attributes["phones"][0]["phone"] == "***"
    world_client.world.restore(id)
    assert world_client.get(f"{CUSTOMERS}/{customer}").attributes["phones"][0]["phone"] == "+15555550100"


def test_every_key_goes_on_working_after_a_restore(world_client: WorldClient) -> None:
    """Older keys keep their user, later ones get theirs anew, with the same rights; and forth again."""
    before = world_client.world.snapshot()
    world_client.advance(1)
    later = world_client.new_key("org.user.customer.read")
    after = world_client.world.snapshot()
    first, second = world_client.world.keys.values()
    for id in (before, after, before, after):
        world_client.world.restore(id)
        world_client.post(CUSTOMERS, {"name": "A"})
        world_client.advance(1)
        assert world_client.get("/v1/users/current").data["id"] == first.user_id
        assert (id == before) or list(world_client.world.keys.values()) == [first, second]
        assert world_client.call("GET", CUSTOMERS, key=later).status == 200
        assert world_client.call("POST", CUSTOMERS, {"name": "A"}, key=later).status == 403


def test_the_journal_goes_on_and_faults_stay_armed(world_client: WorldClient) -> None:
    """They are the test's, not the organisation's."""
    id = world_client.world.snapshot()
    world_client.get(CUSTOMERS)
    world_client.world.faults.arm(FaultMatch(), Status(status=503))
    world_client.world.restore(id)
    assert (world_client.get(CUSTOMERS).status, world_client.world.journal.total) == (503, 2)


def test_a_snapshot_outlives_a_reset(world_client: WorldClient) -> None:
    """A state that was kept can be gone back to, whatever became of the world."""
    world_client.post(CUSTOMERS, {"name": "A"})
    id = world_client.world.snapshot()
    world_client.api.worlds.reset(world_client.world)
    assert world_client.get(CUSTOMERS).data == []
    world_client.world.restore(id)
    assert [found["attributes"]["name"] for found in world_client.get(CUSTOMERS).data] == ["A"]


def test_an_unknown_snapshot_is_refused_with_those_there_are(world_client: WorldClient) -> None:
    """For going back, comparing and forgetting alike."""
    id = world_client.world.snapshot()
    for use in (world_client.world.restore, world_client.world.diff, world_client.world.snapshots.forget):
        with pytest.raises(UnknownSnapshot) as refused:
            use("snapshot-9")
        assert refused.value.known == [id]
    world_client.world.snapshots.forget(id)
    assert world_client.world.snapshots.all() == []


def test_a_fork_has_the_same_bytes_and_then_goes_its_own_way(world_client: WorldClient) -> None:
    """A key of the fork may stand for a machine user it has from its origin: no record is added."""
    worlds, customer = world_client.api.worlds, world_client.post(CUSTOMERS, {"name": "A"}).data["id"]
    fork = worlds.fork(world_client.world, "forked")
    key, _ = issue_key_of(worlds, fork, next(iter(world_client.world.keys.values())))
    other = WorldClient(world_client.api, fork, key)
    of_the_key = {"/v1/auth/tokens/current": b"", "/v1/auth/tokens": b""}
    assert bodies(other) | of_the_key == bodies(world_client) | of_the_key
    other.delete(f"{CUSTOMERS}/{customer}")
    world_client.post(CUSTOMERS, {"name": "B"})
    assert (len(other.get(CUSTOMERS).data), len(world_client.get(CUSTOMERS).data)) == (0, 2)
    worlds.drop("forked")


def test_a_fork_is_reset_to_the_state_it_was_made_in(world_client: WorldClient) -> None:
    """Not to the scenario its origin was made from; its keys go on working."""
    worlds = world_client.api.worlds
    world_client.post(CUSTOMERS, {"name": "A"})
    fork = worlds.fork(world_client.world, "forked")
    other = WorldClient(world_client.api, fork, issue_key(worlds, fork)[0])
    other.post(CUSTOMERS, {"name": "B"})
    worlds.reset(fork)
    assert [found["attributes"]["name"] for found in other.get(CUSTOMERS).data] == ["A"]
    with pytest.raises(NameTaken):
        worlds.fork(world_client.world, "forked")
    worlds.drop("forked")
    assert other.get(CUSTOMERS).status == 401
