"""The control API over HTTP: worlds, their time, keys and views, and refusals that repeat nothing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st

from kustomer_sandbox.contracts.model import Contracts
from kustomer_sandbox.mcp_server.tools.read_unmasked import build_catalogue
from kustomer_sandbox.simulator.api import Api, create_api
from kustomer_sandbox.simulator.app import create_app
from kustomer_sandbox.simulator.values.durations import parse_duration
from kustomer_sandbox.simulator.values.record import JSON
from tests.control_client import local

WORLDS = "/_sandbox/worlds"
START = "2026-06-09T12:00:00.000Z"
FOUNDED = {"auth_customer_setting": 1, "auth_setting": 1, "org": 1, "queue": 1}
SECRET = "jane.doe@example.com"


@pytest.fixture(scope="module")
def api(contracts: Contracts) -> Api:
    return create_api(contracts)


@pytest.fixture(scope="module")
def server(api: Api) -> TestClient:
    """Not entered: the application has nothing to start, and each call needs no more than itself."""
    return local(create_app(api))


@pytest.fixture
def made(server: TestClient) -> Iterator[dict[str, Any]]:
    """A world, as its maker is told of it."""
    answer = server.post(WORLDS, json={"name": "w"})
    assert answer.status_code == 201
    yield answer.json()
    server.delete(f"{WORLDS}/w")


def call(
    server: TestClient, made: dict[str, Any], method: str = "GET", path: str = "/v1/customers", *, json: JSON = None
) -> JSON:
    """A call of the API with the world's key."""
    return server.request(method, path, headers={"authorization": f"Bearer {made['api_key']}"}, json=json)


def test_a_world_is_made_shown_and_deleted(server: TestClient, made: dict[str, Any]) -> None:
    """The key is told once, where it is made, and opens nothing once the world is gone."""
    key = made.pop("api_key")
    records = made.pop("records")
    assert made == {
        "name": "w",
        "org": made["org"],
        "org_name": "empty",
        "scenario": "empty",
        "plan": "enterprise",
        "masking": "stars",
        "errors": "page",
        "ratelimit_reset": "exhausted",
        "strict": False,
        "limits": {},
        "readings": {},
        "masked_search": "allow",
        "window_minutes": 1440,
        "windows_for": "everyone",
        "now": START,
        "mode": "frozen",
    }
    assert {kind: count for kind, count in records.items() if count} in (FOUNDED, {**FOUNDED, "user": 1})
    shown = server.get(f"{WORLDS}/w").json()
    assert [world["name"] for world in server.get(WORLDS).json()] == ["w"]
    assert (shown["records"]["user"], "api_key" in shown) == (1, False)
    assert server.delete(f"{WORLDS}/w").status_code == 204
    assert (server.get(f"{WORLDS}/w").status_code, call(server, {"api_key": key}).status_code) == (404, 401)


def test_every_setting_of_a_new_world_is_kept(server: TestClient) -> None:
    """Nothing asked for is dropped; a name is given where none is asked for."""
    asked = {
        "scenario": "empty",
        "plan": "business",
        "seed": "9",
        "clock": "2030-01-01T01:00:00+01:00",
        "masking": "object",
        "errors": "recorded",
        "strict": True,
        "limits": {"record_updates": 120},
    }
    shown = server.post(WORLDS, json=asked).json()
    server.delete(f"{WORLDS}/{shown['name']}")
    wanted = {
        "name": "world-1",
        "plan": "business",
        "now": "2030-01-01T00:00:00.000Z",
        "masking": "object",
        "errors": "recorded",
        "strict": True,
        "limits": {"record_updates": 120},
        "mode": "frozen",
    }
    assert {name: shown[name] for name in wanted} == wanted


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"scenario": SECRET}, "scenario must be one of "),
        ({"plan": SECRET}, "plan must be one of "),
        ({"name": SECRET}, "name: "),
        ({"mode": SECRET}, "mode: "),
        ({"clock": SECRET}, "clock: "),
        ({"seed": SECRET * 9}, "seed: "),
        ({"nonsense": SECRET}, "nonsense: Extra inputs are not permitted."),
        ({SECRET: 1}, "*: Extra inputs are not permitted."),
        ({"limits": {"org": 10**10}}, "limits.org: Input should be less than or equal to 1000000000."),
        ({"clock": "1969-12-31T23:59:59Z"}, "A world's time lies in the years 1970 to 2099."),
        ({"clock": "2100-01-01T00:00:00Z"}, "A world's time lies in the years 1970 to 2099."),
        ({"clock": "0001-01-01T00:00:00+14:00"}, "A world's time lies in the years 1970 to 2099."),
        ({"clock": "9999-12-31T23:59:59-14:00"}, "A world's time lies in the years 1970 to 2099."),
    ],
)
def test_a_world_that_cannot_be_is_refused(server: TestClient, body: dict[str, Any], message: str) -> None:
    """The field is named, what was sent is not repeated, and no world is left behind."""
    answer = server.post(WORLDS, json=body)
    (error,) = answer.json()["errors"]
    assert (answer.status_code, error["code"]) == (400, "bad_request")
    assert error["message"].startswith(message)
    assert SECRET not in answer.text
    assert server.get(WORLDS).json() == []


def test_a_taken_name_is_a_conflict(server: TestClient, made: dict[str, Any]) -> None:
    """The world that has it is left alone."""
    answer = server.post(WORLDS, json={"name": made["name"]})
    error = {"code": "conflict", "message": "A world of this name exists already."}
    assert (answer.status_code, answer.json()) == (409, {"errors": [error]})
    assert call(server, made).status_code == 200


@pytest.mark.parametrize(
    "body", [b"", b"{", b"null", b"[]", b'"x"', b'{"\\ud800": 1}', b'{"name": "\\ud800"}', b"\xff"]
)
def test_a_body_that_is_none_is_refused_in_the_one_shape(server: TestClient, body: bytes) -> None:
    """Whatever is wrong before a field is read, the caller finds `errors` with code and message."""
    answer = server.post(WORLDS, content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 400
    assert {error["code"] for error in answer.json()["errors"]} == {"bad_request"}
    assert all(error["message"] for error in answer.json()["errors"])


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/_sandbox/nothing-here", 404, "not_found"),
        ("GET", f"{WORLDS}/unknown", 404, "not_found"),
        ("DELETE", f"{WORLDS}/unknown", 404, "not_found"),
        ("POST", f"{WORLDS}/unknown/reset", 404, "not_found"),
        ("GET", f"{WORLDS}/unknown/clock", 404, "not_found"),
        ("GET", f"{WORLDS}/unknown/journal", 404, "not_found"),
        ("GET", f"{WORLDS}/unknown/limits", 404, "not_found"),
        ("GET", f"{WORLDS}/unknown/windows", 404, "not_found"),
        ("PATCH", WORLDS, 405, "method_not_allowed"),
        ("GET", f"{WORLDS}/w/journal?since=-1", 400, "bad_request"),
        ("GET", f"{WORLDS}/w/journal?limit=0", 400, "bad_request"),
        ("GET", f"{WORLDS}/w/journal?limit={SECRET}", 400, "bad_request"),
    ],
)
def test_every_refusal_has_the_one_shape(server: TestClient, method: str, path: str, status: int, code: str) -> None:
    """One parser serves the API and its control."""
    answer = server.request(method, path)
    assert (answer.status_code, [error["code"] for error in answer.json()["errors"]]) == (status, [code])
    assert set(answer.json()["errors"][0]) in ({"code", "message"}, {"code", "message", "meta"})
    assert (SECRET in answer.text, "allow" in answer.headers) == (False, status == 405)


def test_a_reset_empties_the_world_and_keeps_its_key(server: TestClient, made: dict[str, Any]) -> None:
    """The world is again as it was made: records, time and budget."""
    call(server, made, "POST", json={"name": "A"})
    server.post(f"{WORLDS}/w/clock", json={"advance": "P1D"})
    shown = server.post(f"{WORLDS}/w/reset").json()
    assert (shown["now"], shown["records"]["customer"], shown["records"]["user"]) == (START, 0, 1)
    assert call(server, made).json()["data"] == []


def test_a_further_key_has_the_roles_it_is_given(server: TestClient, made: dict[str, Any]) -> None:
    """Keys differ, and a narrow one is held to its roles."""
    asked = {"roles": ["org.user.customer.read"], "read_sensitive": True}
    key = server.post(f"{WORLDS}/w/keys", json=asked).json()
    assert {name: key[name] for name in ("key_id", "roles", "read_sensitive")} == {**asked, "key_id": "key-2"}
    assert key["api_key"] != made["api_key"]
    assert [call(server, key).status_code, call(server, key, "POST", json={"name": "A"}).status_code] == [200, 403]
    assert server.post(f"{WORLDS}/w/keys", json={"roles": []}).status_code == 400


@pytest.mark.parametrize(
    ("change", "now"),
    [
        ({"advance": "PT61S"}, "2026-06-09T12:01:01.000Z"),
        ({"advance": "P1DT2H"}, "2026-06-10T14:00:00.000Z"),
        ({"advance": "PT0.5S"}, "2026-06-09T12:00:00.500Z"),
        ({"advance": "PT0S"}, START),
        ({"set": START}, START),
        ({"set": "2026-06-09T15:00:00+02:00"}, "2026-06-09T13:00:00.000Z"),
        ({"set": "2026-06-09T13:00:00"}, "2026-06-09T13:00:00.000Z"),
        ({"mode": "frozen"}, START),
    ],
)
def test_time_is_moved_as_asked(server: TestClient, made: dict[str, Any], change: dict[str, str], now: str) -> None:
    """The answer and every later reading tell the new instant."""
    answer = server.post(f"{WORLDS}/{made['name']}/clock", json=change)
    assert (answer.status_code, answer.json()) == (200, {"now": now, "mode": "frozen"})
    assert server.get(f"{WORLDS}/w/clock").json() == {"now": now, "mode": "frozen"}


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"advance": "PT1S", "mode": "real"},
        {"advance": ""},
        {"advance": "61"},
        {"advance": "-PT1S"},
        {"advance": "P"},
        {"advance": "PT"},
        {"advance": "P1DT"},
        {"advance": "P1Y"},
        {"advance": "PT1S\n"},
        {"advance": "PT\u0663S"},
        {"advance": SECRET},
        {"advance": "P99999W999999D"},
        {"set": "2026-06-09T11:59:59.999Z"},
        {"set": "2100-01-01T00:00:00Z"},
        {"set": "9999-12-31T23:59:59-14:00"},
        {"set": SECRET},
        {"mode": "fast"},
        {"nonsense": 1},
    ],
)
def test_a_change_of_time_that_cannot_be_is_refused(
    server: TestClient, made: dict[str, Any], change: dict[str, str]
) -> None:
    """Time stands where it stood: it never goes back, nor beyond what ids can hold."""
    answer = server.post(f"{WORLDS}/{made['name']}/clock", json=change)
    assert (answer.status_code, SECRET in answer.text) == (400, False)
    assert server.get(f"{WORLDS}/w/clock").json() == {"now": START, "mode": "frozen"}


def test_time_that_runs_goes_on_from_where_it_was(server: TestClient, made: dict[str, Any]) -> None:
    """Running and frozen time are one: neither switch makes it jump."""
    running = server.post(f"{WORLDS}/{made['name']}/clock", json={"mode": "real"}).json()
    later = server.get(f"{WORLDS}/w/clock").json()
    stopped = server.post(f"{WORLDS}/w/clock", json={"mode": "frozen"}).json()
    instants = [START, running["now"], later["now"], stopped["now"]]
    assert instants == sorted(instants)
    assert (running["mode"], stopped["mode"]) == ("real", "frozen")
    assert datetime.fromisoformat(stopped["now"]) - datetime.fromisoformat(START) < timedelta(seconds=60)


PARTS = st.tuples(*[st.none() | st.integers(0, limit) for limit in (99, 9999, 99_999, 999_999, 999_999_999)])


@given(parts=PARTS, micros=st.none() | st.integers(0, 999_999))
def test_a_duration_is_the_sum_of_its_parts(parts: tuple[int | None, ...], micros: int | None) -> None:
    """Written with any of its units, to the microsecond; without any it is none."""
    weeks, days, hours, minutes, seconds = parts
    last = None if seconds is None else f"{seconds}" if micros is None else f"{seconds}.{micros:06d}"
    date = "".join(f"{value}{unit}" for value, unit in ((weeks, "W"), (days, "D")) if value is not None)
    time = "".join(f"{value}{unit}" for value, unit in ((hours, "H"), (minutes, "M"), (last, "S")) if value is not None)
    text = "P" + date + ("T" + time if time else "")
    if text == "P":
        with pytest.raises(ValueError, match="ISO 8601"):
            parse_duration(text)
        return
    span = timedelta(weeks=weeks or 0, days=days or 0, hours=hours or 0, minutes=minutes or 0, seconds=seconds or 0)
    assert parse_duration(text) == span + timedelta(microseconds=(micros or 0) if last else 0)


def test_what_falls_due_fires_in_order_before_the_clock_answers(
    api: Api, server: TestClient, made: dict[str, Any]
) -> None:
    """A test that moves the clock reads the consequences with its next call."""
    world, fired = api.worlds.get(made["name"]), list[str]()
    assert world is not None
    world.jobs = {"note": lambda _, __, ref: fired.append(ref)}
    for ref, second in (("c", 30), ("a", 10), ("b", 20), ("later", 31)):
        world.schedule("note", ref, f"2026-06-09T12:00:{second}.000Z")
    server.post(f"{WORLDS}/w/clock", json={"advance": "PT30S"})
    assert fired == ["a", "b", "c"]


@pytest.mark.parametrize("view", ["", "/w", "/w/clock", "/w/journal", "/w/limits", "/w/windows"])
def test_a_view_shows_what_has_fallen_due(api: Api, server: TestClient, made: dict[str, Any], view: str) -> None:
    """Time may have run by itself: a view is of now, as a call would be."""
    world, fired = api.worlds.get(made["name"]), list[str]()
    assert world is not None
    world.jobs = {"note": lambda _, __, ref: fired.append(ref)}
    world.schedule("note", "a", START)
    assert server.get(WORLDS + view).status_code == 200
    assert fired == ["a"]


def test_the_limits_are_shown_as_they_stand(server: TestClient, made: dict[str, Any]) -> None:
    """Nothing used: nothing to reset. The view itself costs nothing."""
    unused: dict[str, Any] = {"limit": 100, "used": 0, "remaining": 100, "resets_at": None, "filled_by": []}
    hooks = {**unused, "limit": 1000, "remaining": 1000}
    common = {"plan": "enterprise", "limit": 1000, "search": unused, "hooks": hooks, "objects": []}
    assert server.get(f"{WORLDS}/w/limits").json() == {**common, **hooks}
    call(server, made)
    used = {"used": 1, "remaining": 999, "resets_at": "2026-06-09T12:01:00.000Z"}
    by = {"operation": "GetCustomers", "key": "key-1", "times": 1, "first": 1, "last": 1}
    assert server.get(f"{WORLDS}/w/limits").json() == {**common, **used, "filled_by": [by]}


def test_a_429_in_the_journal_tells_which_calls_filled_its_budget(server: TestClient) -> None:
    """And when it is free again: what a client does about it depends on both."""
    made = server.post(WORLDS, json={"name": "full", "limits": {"org": 2}}).json()
    assert [call(server, made).status_code for _ in range(3)] == [200, 200, 429]
    last = server.get(f"{WORLDS}/full/journal").json()["entries"][-1]["trace"][-1]["detail"]
    by = {"operation": "GetCustomers", "key": "key-1", "times": 2, "first": 1, "last": 2}
    server.delete(f"{WORLDS}/full")
    assert (last["budget"], last["resets_at"], last["filled_by"]) == ("org", "2026-06-09T12:01:00.000Z", [by])


def test_a_persons_key_and_the_reset_in_every_answer_can_be_asked_for(server: TestClient) -> None:
    """What the vendor's page shows, and who has other limits."""
    made = server.post(WORLDS, json={"name": "choices", "ratelimit_reset": "always", "limits": {"users": 1}}).json()
    key = server.post(f"{WORLDS}/choices/keys", json={"user_type": "user"}).json()
    answers = [call(server, key) for _ in range(2)]
    server.delete(f"{WORLDS}/choices")
    assert (made["ratelimit_reset"], key["user_type"]) == ("always", "user")
    assert ["x-ratelimit-reset" in answer.headers for answer in answers] == [True, True]
    assert answers[1].json()["errors"][0]["meta"]["budget"] == "users"


def test_the_open_windows_are_shown(server: TestClient, made: dict[str, Any]) -> None:
    """A window is listed while it is open, with who asked for it and when it ends."""
    customer = call(server, made, "POST", json={"name": "A"}).json()["data"]["id"]
    call(server, made, "POST", f"/v1/customers/{customer}/unmasking-windows")
    (window,) = server.get(f"{WORLDS}/w/windows").json()
    assert (window["customer"], window["start"], window["end"]) == (customer, START, "2026-06-10T12:00:00.000Z")
    server.post(f"{WORLDS}/w/clock", json={"advance": "P1D"})
    assert server.get(f"{WORLDS}/w/windows").json() == []


def test_the_journal_is_read_page_by_page(server: TestClient, made: dict[str, Any]) -> None:
    """`next` leads to the following entries, and is null at the end."""
    for _ in range(3):
        call(server, made)
    first = server.get(f"{WORLDS}/w/journal?limit=2").json()
    last = server.get(f"{WORLDS}/w/journal?since={first['next']}").json()
    assert [[entry["seq"] for entry in page["entries"]] for page in (first, last)] == [[1, 2], [3]]
    assert (first["next"], last["next"], last["total"]) == (2, None, 3)
    assert made["api_key"] not in str(first)


def test_health_tells_what_the_sandbox_holds(server: TestClient, made: dict[str, Any], contracts: Contracts) -> None:
    """Enough to wait for a start and to see what was started: as many tools as `tools/list` shows."""
    assert made["name"] == "w"
    counts = {"worlds": 1, "operations": len(contracts.operations), "tools": len(build_catalogue(contracts))}
    assert server.get("/_sandbox/health").json() == {"status": "ok", **counts}


def test_every_control_route_is_in_the_document(server: TestClient, api: Api) -> None:
    """`/openapi.json` describes the API and its control in one."""
    paths = server.get("/openapi.json").json()["paths"]
    assert {operation.path for operation in api.contracts.operations.values()} <= set(paths)
    assert {WORLDS, f"{WORLDS}/{{world}}/clock", "/_sandbox/health"} <= set(paths)


def test_an_unexpected_fault_of_the_control_shows_nothing_of_itself(
    shared_api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One error shape for everything, and no internals in it."""

    def broken(_: object) -> None:
        raise RuntimeError(SECRET)

    monkeypatch.setattr("kustomer_sandbox.simulator.control.worlds.world_shown", broken)
    client = local(create_app(shared_api), raise_server_exceptions=False)
    answer = client.post("/_sandbox/worlds", json={"name": "broken-control"})
    shared_api.worlds.drop("broken-control")
    assert answer.status_code == 500
    assert answer.json()["errors"][0]["code"] == "internal_error"
    assert SECRET not in answer.text
