"""The journal's sub-sums: why a client stopped, at a glance and without a value."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient

from kustomer_sandbox.simulator.api import create_api
from kustomer_sandbox.simulator.app import create_app
from kustomer_sandbox.simulator.hosting.keys import issue_key
from kustomer_sandbox.simulator.hosting.worlds import WorldSpec
from kustomer_sandbox.simulator.values.http import Request
from kustomer_sandbox.simulator.world.faults import ConnectionReset, FaultMatch, Status
from tests.world_client import WorldClient

CUSTOMERS = "/v1/customers"
SECRET = "jane.doe@example.com"


@pytest.fixture
def stopped(world_client: WorldClient) -> WorldClient:
    """A client that met a few refusals, and stopped at the last of them."""
    client = world_client
    client.world.configure(limits={"record_updates": 1})
    path = f"{CUSTOMERS}/{client.post(CUSTOMERS, {'name': SECRET}).data['id']}"
    for number in range(3):
        client.get(f"/v1/{SECRET}{number}/customers")
    client.get(f"{CUSTOMERS}/email={SECRET}x")
    client.get(CUSTOMERS, "colour=red&size=3")
    client.get(CUSTOMERS, "colour=blue")
    client.post(CUSTOMERS, {"nonsense": 1})
    client.call("GET", CUSTOMERS, key=client.new_key("org.user.note.read"))
    for _ in range(3):
        client.put(path, {"name": "B"})
    return client


def test_refusals_are_summed_up_by_kind(stopped: WorldClient) -> None:
    """Status, reason and operation, or the path where there is none; the most frequent first."""
    summary = stopped.world.journal.summary()
    shown = [
        (kind.times, kind.status, kind.code, kind.step, kind.rule, kind.operation or kind.path, kind.first, kind.last)
        for kind in summary.refused
    ]
    assert shown == [
        (3, 404, "not_found", "routing", "unknown-path-404", "GET /v1/***/customers", 2, 4),
        (2, 429, "too_many_requests", "budget", "limit-record_updates", "UpdateCustomer", 11, 12),
        (1, 404, "not_found", "rule", "look-up-by-value", "GetCustomerByEmail", 5, 5),
        (1, 400, "bad_request", "input", "", "CreateCustomer", 8, 8),
        (1, 403, "forbidden", "role", "", "GetCustomers", 9, 9),
    ]
    assert (summary.calls, summary.statuses) == (12, {200: 3, 201: 1, 400: 1, 403: 1, 404: 4, 429: 2})


def test_the_summary_says_what_the_last_call_was_refused_for(stopped: WorldClient) -> None:
    """That is why a client stopped, as a rule; nothing is said where the last call went through."""
    ended = stopped.world.journal.summary().ended_with
    assert ended is not None
    assert (ended.status, ended.rule, ended.times) == (429, "limit-record_updates", 2)
    stopped.get(CUSTOMERS)
    assert stopped.world.journal.summary().ended_with is None


def test_ignored_parameters_are_summed_up_by_name(stopped: WorldClient) -> None:
    """The first thing to look at when a filter seems to do nothing."""
    shown = [(kind.times, kind.parameter, kind.operation) for kind in stopped.world.journal.summary().warnings]
    assert shown == [(2, "colour", "GetCustomers"), (1, "size", "GetCustomers")]


def test_a_summary_is_chosen_as_entries_are(stopped: WorldClient) -> None:
    """After a number, by operation, by status."""
    journal = stopped.world.journal
    assert journal.summary(since=9).calls == 3
    assert [kind.times for kind in journal.summary(status="4xx", operation="UpdateCustomer").refused] == [2]
    assert journal.summary(operation="GetTags") == type(journal.summary())(
        calls=0, statuses={}, refused=(), warnings=(), ended_with=None
    )


def send_and_lose(client: WorldClient) -> None:
    """A call that comes to no answer."""
    headers = {"authorization": f"Bearer {client.key}"}
    client.api.handle(Request(method="GET", path=CUSTOMERS, headers=headers))


def test_faults_and_calls_of_other_methods_are_kinds_of_their_own(world_client: WorldClient) -> None:
    """An armed fault is told from the API's own refusal, and so is a call without an answer; ids make no kind."""
    path = f"{CUSTOMERS}/{world_client.post(CUSTOMERS, {'name': 'A'}).data['id']}"
    world_client.world.faults.arm(FaultMatch(operation="GetCustomerById"), Status(status=503), times=1)
    world_client.get(path)
    world_client.world.faults.arm(FaultMatch(operation="GetCustomers"), ConnectionReset(), times=1)
    send_and_lose(world_client)
    world_client.call("BREW", path)
    world_client.call("BREW", f"{CUSTOMERS}/{'0' * 24}")
    shown = [(kind.times, kind.status, kind.step, kind.path) for kind in world_client.world.journal.summary().refused]
    assert shown == [(2, 405, "routing", f"*** {CUSTOMERS}/{{id}}"), (1, 503, "fault", ""), (1, 0, "fault", "")]


def test_as_text_a_summary_has_a_line_for_each_kind_and_no_value(stopped: WorldClient) -> None:
    """To be printed in a test that wonders."""
    text = str(stopped.world.journal.summary())
    assert text.splitlines()[:3] == [
        "12 calls: 3 x 200, 1 x 201, 1 x 400, 1 x 403, 4 x 404, 2 x 429",
        "  refused 3 x 404 not_found in routing (rule unknown-path-404): GET /v1/***/customers #2 to #4",
        "  refused 2 x 429 too_many_requests in budget (rule limit-record_updates): UpdateCustomer #11 to #12",
    ]
    assert "  warned 2 x unknown parameter, ignored: colour of GetCustomers #6 to #7" in text
    assert text.splitlines()[-1].startswith("the last call was refused: 2 x 429")
    assert SECRET not in text


def asked(server: TestClient, query: str = "") -> Any:
    return server.get(f"/_sandbox/worlds/w/journal/summary{query}").json()


def test_the_control_api_shows_the_summary() -> None:
    """The same with the same filters."""
    api = create_api()
    world = api.worlds.create(WorldSpec(name="w"))
    key, _ = issue_key(api.worlds, world)
    server = TestClient(create_app(api), base_url="http://127.0.0.1", client=("127.0.0.1", 5000))
    headers = {"Authorization": f"Bearer {key}"}
    server.get("/v1/notes-of-jane", headers=headers)
    server.get(f"{CUSTOMERS}?colour=red", headers=headers)
    refused = {
        "status": 404, "code": "not_found", "step": "routing", "rule": "unknown-path-404", "operation": "",
        "path": "GET /v1/***", "fault": "", "times": 1, "first": 1, "last": 1,
    }  # fmt: skip
    warning = {"warning": "unknown parameter, ignored", "parameter": "colour", "operation": "GetCustomers"}
    assert asked(server) == {
        "calls": 2,
        "statuses": {"200": 1, "404": 1},
        "refused": [refused],
        "warnings": [{**warning, "times": 1, "first": 2, "last": 2}],
        "ended_with": None,
    }
    assert asked(server, "?status=404")["ended_with"] == refused
