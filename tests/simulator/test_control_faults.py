"""The control API's faults, snapshots, forks, differences and views, over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from kustomer_sandbox.contracts.model import Contracts
from kustomer_sandbox.simulator.api import Api, create_api
from kustomer_sandbox.simulator.app import create_app
from kustomer_sandbox.simulator.control.fault_models import fault_of
from kustomer_sandbox.simulator.values.record import JSON
from kustomer_sandbox.simulator.world.faults import FaultMatch, Status
from tests.control_client import local

W = "/_sandbox/worlds/w"
CUSTOMERS = "/v1/customers"
SECRET = "jane.doe@example.com"


@pytest.fixture(scope="module")
def api(contracts: Contracts) -> Api:
    return create_api(contracts)


@pytest.fixture(scope="module")
def server(api: Api) -> TestClient:
    """Not entered: the application has nothing to start."""
    return local(create_app(api))


@pytest.fixture
def key(server: TestClient) -> Iterator[str]:
    """The key of a world `w`."""
    yield server.post("/_sandbox/worlds", json={"name": "w"}).json()["api_key"]
    server.delete(W)


def call(server: TestClient, key: str, method: str = "GET", path: str = CUSTOMERS, json: JSON = None) -> JSON:
    return server.request(method, path, headers={"authorization": f"Bearer {key}"}, json=json)


FAULTS: list[dict[str, Any]] = [
    {"kind": "status", "status": 503, "code": "down", "message": "Down."},
    {"kind": "rate_limited", "reset": 5.0},
    {"kind": "latency", "duration": "PT2.5S", "clock": "real"},
    {"kind": "timeout", "applied": True},
    {"kind": "connection_reset"},
    {"kind": "cut_body", "after": 10},
    {"kind": "content_type", "content_type": "text/html", "body": "<h1>502</h1>", "status": 502, "applied": False},
    {"kind": "lost_answer"},
    {"kind": "crash", "at": "before_commit"},
]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault["kind"])
def test_a_fault_of_every_kind_is_armed_shown_and_disarmed(server: TestClient, key: str, fault: dict[str, Any]) -> None:
    """What is shown is what was asked for, with all that was left out filled in."""
    match = {
        "operation": "GetCustomers",
        "method": "GET",
        "path": "/v1/*",
        "customer": "",
        "tool": "list_all_kustomer_teams",
    }
    armed = server.post(f"{W}/faults", json={"match": match, "fault": fault, "nth": 2, "times": 3})
    assert armed.status_code == 201
    assert armed.json() == {"id": "fault-1", "match": match, "fault": fault, "nth": 2, "left": 3, "seen": 0}
    assert server.get(f"{W}/faults").json() == [armed.json()]
    statuses = [server.delete(f"{W}/faults/fault-1").status_code for _ in range(2)]
    assert (statuses, server.get(f"{W}/faults").json(), call(server, key).status_code) == ([204, 404], [], 200)


def test_an_armed_fault_fires_and_counts_down(server: TestClient, key: str) -> None:
    """Everything but the kind's own needs has a default."""
    server.post(f"{W}/faults", json={"fault": {"kind": "status", "status": 500}, "times": 2})
    assert (call(server, key).status_code, server.get(f"{W}/faults").json()[0]["left"]) == (500, 1)
    assert server.delete(f"{W}/faults").status_code == 204
    assert call(server, key).status_code == 200


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"fault": {"kind": SECRET}},
        {"fault": {"kind": "status", "status": 200}},
        {"fault": {"kind": "status", "status": 500}, "times": 0},
        {"fault": {"kind": "status", "status": 500}, "nth": 0},
        {"fault": {"kind": "status", "status": 500, SECRET: 1}},
        {"fault": {"kind": "timeout"}, "match": {SECRET: SECRET}},
        {"fault": {"kind": "timeout"}, "match": {"operation": SECRET}},
        {"fault": {"kind": "latency", "duration": "2 seconds"}},
        {"fault": {"kind": "latency", "duration": "P367D"}},
        {"fault": {"kind": "content_type", "content_type": "text/html\r\nx-evil: 1"}},
    ],
)
def test_a_fault_that_cannot_be_is_refused_without_its_values(
    server: TestClient, key: str, asked: dict[str, Any]
) -> None:
    """In the one error shape; nothing is armed."""
    answer = server.post(f"{W}/faults", json=asked)
    assert (answer.status_code, {error["code"] for error in answer.json()["errors"]}) == (400, {"bad_request"})
    assert (SECRET in answer.text, server.get(f"{W}/faults").json(), key != "") == (False, [], True)


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ("{}", "The body must be a JSON object, sent with `content-type: application/json`."),
        ("", "The body must be a JSON object, sent with `content-type: application/json`."),
        ('{"fault": ', "The body cannot be read as JSON in UTF-8, from its character 10 on."),
        ('{"fault": {}}', "fault: Input should have 'kind'."),
        ('{"fault": {"kind": "latency", "duration": "2"}}', "fault.latency.duration: must be an ISO 8601 duration"),
    ],
)
def test_a_refusal_says_what_to_do(server: TestClient, key: str, asked: str, message: str) -> None:
    """What `curl -d` sends is a form until it is told otherwise."""
    kind = "application/json" if "fault" in asked else "application/x-www-form-urlencoded"
    (error,) = server.post(f"{W}/faults", content=asked, headers={"content-type": kind}).json()["errors"]
    assert (error["message"][: len(message)], key != "") == (message, True)


def test_every_kind_of_fault_can_be_asked_for(server: TestClient) -> None:
    """A kind the simulator knows and the control API does not would be out of reach."""
    schemas = server.get("/openapi.json").json()["components"]["schemas"]
    mapping = schemas["NewFault"]["properties"]["fault"]["discriminator"]["mapping"]
    assert set(mapping) == {fault["kind"] for fault in FAULTS}
    assert callable(fault_of)


def test_a_snapshot_is_kept_listed_restored_and_forgotten(server: TestClient, key: str) -> None:
    """The world goes back, as often as wanted, until the snapshot is let go of."""
    kept = server.post(f"{W}/snapshots")
    assert (kept.status_code, kept.json()) == (201, {"id": "snapshot-1", "taken_at": "2026-06-09T12:00:00.000Z"})
    assert server.get(f"{W}/snapshots").json() == [kept.json()]
    for _ in range(2):
        call(server, key, "POST", json={"name": "A"})
        restored = server.post(f"{W}/snapshots/snapshot-1/restore")
        assert (restored.status_code, restored.json()["records"]["customer"]) == (200, 0)
    assert server.delete(f"{W}/snapshots/snapshot-1").status_code == 204
    for method, path in (("POST", "snapshots/snapshot-1/restore"), ("GET", "diff?since=snapshot-1")):
        answer = server.request(method, f"{W}/{path}")
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (404, "not_found")


def test_a_difference_shows_ids_and_names_but_no_sensitive_value(server: TestClient, key: str) -> None:
    """What can be masked is named and marked hidden."""
    customer = call(server, key, "POST", json={"name": "A"}).json()["data"]["id"]
    server.post(f"{W}/snapshots")
    made = call(server, key, "POST", "/v1/teams", json={"name": "T"}).json()["data"]["id"]
    call(server, key, "PUT", f"{CUSTOMERS}/{customer}", json={"emails": [{"email": SECRET}]})
    shown = server.get(f"{W}/diff?since=snapshot-1")
    types = shown.json()["types"]
    assert (types["team"]["created"], SECRET in shown.text) == ([made], False)
    changes = {change["path"]: change for change in types["customer"]["changed"][0]["attributes"]}
    assert changes["attributes.emails"] == {"path": "attributes.emails", "hidden": True, "before": None, "after": None}
    assert changes["attributes.rev"]["after"] == 2


def test_a_fork_is_a_world_with_a_key_of_its_own(server: TestClient, api: Api, key: str) -> None:
    """It starts where the origin stands, without its faults, and is named when asked to be."""
    call(server, key, "POST", json={"name": "A"})
    origin = api.worlds.get("w")
    assert origin is not None
    origin.faults.arm(FaultMatch(), Status(status=503), times=9)
    made = server.post(f"{W}/fork", json={"name": "twin"}).json()
    assert (made["name"], made["records"]) == ("twin", server.get(W).json()["records"])
    assert [len(call(server, made["api_key"]).json()["data"]), call(server, key).status_code] == [1, 503]
    assert server.post(f"{W}/fork", json={"name": "twin"}).status_code == 409
    unnamed = server.post(f"{W}/fork").json()["name"]
    for name in ("twin", unnamed):
        assert server.delete(f"/_sandbox/worlds/{name}").status_code == 204


def test_keys_are_listed_without_the_keys(server: TestClient, key: str) -> None:
    """Who may call, and as whom."""
    further = server.post(f"{W}/keys", json={"roles": ["org.user"]}).json()
    shown = server.get(f"{W}/keys")
    assert [(one["key_id"], one["roles"]) for one in shown.json()] == [("key-1", ["org"]), ("key-2", ["org.user"])]
    assert (key in shown.text, further["api_key"] in shown.text) == (False, False)


def test_the_limits_show_searches_and_every_object_budget_in_use(server: TestClient, key: str) -> None:
    """For each object and client, until its minute is over; what is no id is not repeated."""
    customer = call(server, key, "POST", json={"name": "A"}).json()["data"]["id"]
    call(server, key, "PUT", f"{CUSTOMERS}/{customer}", json={"name": "B"})
    call(server, key, "POST", f"{CUSTOMERS}/search", json={"and": []})
    shown = server.get(f"{W}/limits").json()
    (update,) = [use for use in shown["objects"] if use["budget"] == "record_updates"]
    resets = "2026-06-09T12:01:00.000Z"
    by = {"operation": "UpdateCustomer", "key": "key-1", "times": 1, "first": 2, "last": 2}
    state = {"limit": 600, "used": 1, "remaining": 599, "resets_at": resets, "filled_by": [by]}
    user = server.get(f"{W}/keys").json()[0]["user_id"]
    assert update == {"budget": "record_updates", "per": "record", "object": customer, "user": user, **state}
    assert (shown["search"]["used"], shown["used"]) == (1, 3)
    server.post(f"{W}/clock", json={"advance": "PT60S"})
    assert server.get(f"{W}/limits").json()["objects"] == []


def test_the_waiting_drafts_are_shown_without_what_they_say(server: TestClient, key: str) -> None:
    """Where they go and when, not their text or addresses."""
    customer = call(server, key, "POST", json={"name": "A"}).json()["data"]["id"]
    path = f"{CUSTOMERS}/{customer}/drafts"
    draft = call(server, key, "POST", path, json={"channel": "chat", "body": SECRET}).json()["data"]
    shown = server.get(f"{W}/drafts")
    related = {"customer": customer, "conversation": shown.json()[0]["conversation"]}
    assert shown.json() == [{"id": draft["id"], "channel": "chat", "status": "draft", "send_at": None, **related}]
    assert SECRET not in shown.text


@pytest.mark.parametrize(
    ("query", "statuses"),
    [
        ("", [200, 201, 404]),
        ("status=4xx", [404]),
        ("status=201", [201]),
        ("operation=GetCustomers", [200]),
        ("method=POST", [201]),
        ("path=/v1/customers", [200, 201]),
        ("method=GET&status=404", [404]),
        ("tool=none", []),
        ("since=1", [201, 404]),
    ],
)
def test_the_journal_is_filtered_as_asked(server: TestClient, key: str, query: str, statuses: list[int]) -> None:
    """All filters that are given must hold."""
    call(server, key)
    call(server, key, "POST", json={"name": "A"})
    call(server, key, "GET", "/v1/nothing")
    assert [entry["status"] for entry in server.get(f"{W}/journal?{query}").json()["entries"]] == statuses


@pytest.mark.parametrize("query", ["status=9xx", "nonsense=1", "status=abc"])
def test_a_filter_that_is_none_is_refused(server: TestClient, key: str, query: str) -> None:
    """A typing error must not show everything."""
    assert (server.get(f"{W}/journal?{query}").status_code, key != "") == (400, True)
