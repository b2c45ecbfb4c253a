"""Work items and work sessions as agents' tools and wallboards see them."""

from __future__ import annotations

import pytest

from kustomer_sandbox.simulator.api import Api
from kustomer_sandbox.simulator.hosting.worlds import WorldSpec
from kustomer_sandbox.simulator.operations import changes
from kustomer_sandbox.simulator.operations.system import system_context
from kustomer_sandbox.simulator.operations.writing import new_record
from tests.world_client import WorldClient, opened

SESSIONS = "/v1/routing/work-sessions"
MINUTE = 60


def session(client: WorldClient, user: str) -> str:
    """A user signs in."""
    context = system_context(client.world)
    related = {"user": {"type": "user", "id": user}}
    return str(changes.create(context, new_record(context, "work_session", {}, relationships=related))["id"])


def test_a_session_that_ended_can_only_be_read(world_client: WorldClient) -> None:
    """Offline is for good: whoever comes back has a new session."""
    me = world_client.get("/v1/users/current").data["id"]
    path = f"{SESSIONS}/{session(world_client, me)}"
    world_client.advance(MINUTE)

    assert world_client.put(path, {"statusType": "busy"}).attributes["signedOutAt"] is None
    ended = world_client.put(path, {"statusType": "offline"}).attributes
    assert (ended["active"], ended["signedOutAt"]) == (False, ended["updatedAt"])
    assert world_client.put(path, {"statusType": "available"}).status == 409
    assert world_client.get(path).attributes == ended


@pytest.mark.parametrize(
    ("query", "who"),
    [
        ("", ["mine before", "other's", "mine"]),
        ("user=true", ["mine before", "mine"]),
        ("active=true", ["other's", "mine"]),
        ("active=false", ["mine before"]),
        ("statusType=busy", ["other's"]),
        ("statusType=busy&user=true", []),
    ],
)
def test_sessions_are_listed_by_user_state_and_status(world_client: WorldClient, query: str, who: list[str]) -> None:
    """Filters that are given together must all hold."""
    me = world_client.get("/v1/users/current").data["id"]
    other = world_client.post("/v1/users", {"name": "B", "email": "b@example.com"}).data["id"]
    ids = {"mine before": session(world_client, me)}
    world_client.put(f"{SESSIONS}/{ids['mine before']}", {"statusType": "offline"})
    theirs = session(world_client, other)
    world_client.put(f"{SESSIONS}/{theirs}", {"statusType": "busy"})
    ids |= {"other's": theirs, "mine": session(world_client, me)}

    assert [entry["id"] for entry in world_client.get(SESSIONS, query).data] == [ids[name] for name in who]
    of_other = world_client.get(f"/v1/routing/users/{other}/work-sessions").data
    assert [entry["id"] for entry in of_other] == [ids["other's"]]


def test_a_work_item_of_a_deleted_conversation_is_completed(world_client: WorldClient) -> None:
    """Nobody can work on what is gone; the item is still found by search."""
    customer = world_client.post("/v1/customers", {"name": "Jane"}).data["id"]
    id = world_client.post("/v1/conversations", {"customer": customer}).data["id"]
    world_client.post("/v1/routing/work-items", {"resource": {"type": "conversation", "id": id}})
    world_client.delete(f"/v1/conversations/{id}")

    found = world_client.post("/v1/customers/search", {"queryContext": "work_item"}).data
    assert [item["attributes"]["status"] for item in found] == ["completed"]


def test_what_is_routed_must_be_known(world_client: WorldClient) -> None:
    """A conversation or queue that is not there is pointed at, and nothing is made."""
    nobody = "0123456789abcdef01234567"
    customer = world_client.post("/v1/customers", {"name": "Jane"}).data["id"]
    id = world_client.post("/v1/conversations", {"customer": customer}).data["id"]
    for resource, queue, pointer in ((nobody, {}, "/resource/id"), (id, {"queue": nobody}, "/queue")):
        body = {"resource": {"type": "conversation", "id": resource}, **queue}
        answer = world_client.post("/v1/routing/work-items", body)
        assert (answer.status, answer.places) == (400, [pointer])
    assert world_client.get(f"/v1/routing/conversations/{id}/work-items").data == []
    assert world_client.get(f"/v1/routing/conversations/{nobody}/work-items").status == 404


def test_a_queue_tells_how_long_the_last_one_taken_had_waited(world_client: WorldClient) -> None:
    """A wallboard asks for several queues at once; on the world's clock, so that a test can make anybody wait."""
    queue = world_client.get("/v1/routing/queues", "key=DEFAULT_QUEUE").data[0]["id"]
    path = f"/v1/chat/queues/metrics/{queue}"
    me = world_client.get("/v1/users/current").data["id"]
    customer = world_client.post("/v1/customers", {"name": "Jane"}).data["id"]
    assert [entry["attributes"]["waitTime"] for entry in world_client.get(path).data] == [None]
    for minutes in (3, 2):
        id = world_client.post("/v1/conversations", {"customer": customer}).data["id"]
        world_client.post("/v1/routing/work-items", {"resource": {"type": "conversation", "id": id}})
        world_client.advance(minutes * MINUTE)
        world_client.put(f"/v1/conversations/{id}", {"assignedUsers": [me]})
    assert world_client.get(path).data == [{"type": "queue_metric", "id": queue, "attributes": {"waitTime": 120_000}}]
    assert world_client.get(f"{path},{'f' * 24}").status == 404


def test_the_demo_has_work_of_each_kind(shared_api: Api) -> None:
    """Whoever tries the demo finds items queued, accepted and completed, and agents on and off duty."""
    with opened(shared_api, WorldSpec(name="worked", scenario="demo")) as client:
        search = {"queryContext": "work_item"}
        found = client.post("/v1/customers/search", search, query="pageSize=500").data
        sessions = client.get(SESSIONS).data
    assert {"accepted", "completed"} <= {item["attributes"]["status"] for item in found}
    assert {entry["attributes"]["statusType"] for entry in sessions} == {"available", "busy", "unavailable", "offline"}
