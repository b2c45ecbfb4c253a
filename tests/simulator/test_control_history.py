"""What the control API tells of a world's past minutes: spending, windows, the newest entries; and its settings."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from kustomer_sandbox.simulator.api import Api
from kustomer_sandbox.simulator.app import create_app
from kustomer_sandbox.simulator.hosting.keys import issue_key
from kustomer_sandbox.simulator.hosting.worlds import WorldSpec
from kustomer_sandbox.simulator.values.http import Request
from tests.control_client import local

NAME = "with-a-past"
WORLD = f"/_sandbox/worlds/{NAME}"


@pytest.fixture
def control(shared_api: Api) -> Iterator[TestClient]:
    """The control of a world with four requests a minute."""
    world = shared_api.worlds.create(WorldSpec(name=NAME, scenario="demo", limits={"org": 4}))
    issue_key(shared_api.worlds, world)
    yield local(create_app(shared_api))
    shared_api.worlds.drop(NAME)


def call(api: Api, method: str, path: str) -> int:
    """A call with the world's first key."""
    world = api.worlds.get(NAME)
    assert world is not None
    key, _ = issue_key(api.worlds, world)
    return api.handle(Request(method=method, path=path, headers={"authorization": f"Bearer {key}"})).status


def first_customer(api: Api) -> str:
    world = api.worlds.get(NAME)
    assert world is not None
    return str(next(iter(world.records.find("customer")))["id"])


def got(control: TestClient, path: str) -> Any:
    answer = control.get(WORLD + path)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_what_was_spent_is_told_minute_by_minute(shared_api: Api, control: TestClient) -> None:
    """A refused call spends nothing, and is counted by itself."""
    statuses = [call(shared_api, "GET", "/v1/users/current") for _ in range(5)]
    control.post(f"{WORLD}/clock", json={"advance": "PT2M"})
    statuses.append(call(shared_api, "GET", "/v1/users/current"))
    minutes = got(control, "/limits/history")["minutes"]

    assert statuses == [200, 200, 200, 200, 429, 200]
    assert [(one["calls"], one["searches"], one["refused"]) for one in minutes] == [(4, 0, 1), (1, 0, 0)]
    assert got(control, "/limits/history?minutes=1")["minutes"] == minutes[1:]


def test_a_window_is_told_with_what_was_read_through_it(shared_api: Api, control: TestClient) -> None:
    """Who opened it, what was read while it was open, and how it ended: by a call, or by its time."""
    customer = first_customer(shared_api)
    path = f"/v1/customers/{customer}"
    call(shared_api, "POST", f"{path}/unmasking-windows")
    call(shared_api, "GET", path)
    call(shared_api, "DELETE", f"{path}/unmasking-windows")
    call(shared_api, "GET", path)
    control.post(f"{WORLD}/clock", json={"advance": "PT2M"})
    call(shared_api, "POST", f"{path}/unmasking-windows")
    still_open = got(control, "/windows/history")[0]
    control.post(f"{WORLD}/clock", json={"advance": "P2D"})
    last, first = got(control, "/windows/history")

    assert (still_open["customer"], still_open["ending"], still_open["ended"]) == (customer, "", None)
    assert (first["ending"], [read["operation"] for read in first["reads"]]) == ("closed", ["GetCustomerById"])
    assert (last["ending"], last["reads"], last["ended"] > last["opened"]) == ("over", [], True)


def test_the_newest_entries_are_asked_for(shared_api: Api, control: TestClient) -> None:
    """The last that fit, oldest first as ever; and those up to a number, to read on towards the beginning."""
    for path in ("/v1/users/current", "/v1/brands", "/v1/users/current"):
        call(shared_api, "GET", path)
    numbers = {
        query: [entry["seq"] for entry in got(control, f"/journal?{query}")["entries"]]
        for query in ("newest=true&limit=2", "newest=true&limit=2&until=2", "until=1", "newest=true&path=/v1/brands")
    }

    assert list(numbers.values()) == [[2, 3], [1, 2], [1], [2]]


def test_a_world_goes_on_under_other_settings(control: TestClient) -> None:
    """Its plan sets its budget from the next call on; what is not named stays, and what does not exist is refused."""
    answer = control.patch(WORLD, json={"plan": "professional", "masking": "object", "strict": True})
    changed = answer.json()

    told = tuple(changed[name] for name in ("plan", "masking", "strict"))
    assert (answer.status_code, told) == (200, ("professional", "object", True))
    assert (changed["errors"], changed["limits"]) == ("page", {"org": 4})
    assert control.patch(WORLD, json={"plan": "golden"}).status_code == 400
    assert control.patch(WORLD, json={"name": "another"}).status_code == 400
    assert set(control.get("/_sandbox/choices").json()["plans"]) >= {"professional", "enterprise"}


def test_two_snapshots_are_compared(shared_api: Api, control: TestClient) -> None:
    """What came after the second does not count."""
    customer = f"/v1/customers/{first_customer(shared_api)}"
    first, second = control.post(f"{WORLD}/snapshots").json(), {}
    call(shared_api, "POST", f"{customer}/unmasking-windows")
    second = control.post(f"{WORLD}/snapshots").json()
    call(shared_api, "DELETE", customer)
    between = got(control, f"/diff?since={first['id']}&until={second['id']}")["types"]

    assert set(between) == {"unmasking_window"} | {kind for kind in between if kind in {"user", "identity"}}
    assert "customer" in got(control, f"/diff?since={second['id']}")["types"]
    assert control.get(f"{WORLD}/diff?since={first['id']}&until=snapshot-9").status_code == 404
