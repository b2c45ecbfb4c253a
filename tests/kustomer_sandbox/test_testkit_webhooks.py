"""`kustomer.webhooks` in a test's hands: nothing is sent over a network, and nothing waits."""

from __future__ import annotations

import hashlib
import hmac
from typing import Any

import orjson
import pytest
from fastapi.testclient import TestClient

from kustomer_sandbox.simulator.app import create_app
from kustomer_sandbox.simulator.values.webhooks import SIGNATURE_HEADER, WebhookRequest
from kustomer_sandbox.testkit.kustomer import Kustomer
from kustomer_sandbox.testkit.tools import KustomerMcp
from kustomer_sandbox.testkit.webhooks.faults import EndlessDeliveries
from tests.control_client import local

CREATED = "kustomer.customer.create"
UPDATED = "kustomer.customer.update"


def test_a_test_waits_for_an_event_without_waiting(kustomer: Kustomer) -> None:
    hook = kustomer.webhooks.subscribe(CREATED)
    kustomer.client().post("/v1/customers", json={"name": "Ann"})
    delivery = kustomer.webhooks.wait_for(CREATED)
    assert delivery.json["data"]["attributes"]["name"] == "Ann"
    assert (delivery.webhook, delivery.status, delivery.attempts) == (hook.id, "delivered", 1)
    assert delivery.request is not None
    expected = hmac.new(hook.token.encode(), delivery.body, hashlib.sha256).hexdigest()
    assert dict(delivery.request.headers)["X-Kustomer-Webhook-Signature"] == expected


def test_each_delivery_is_waited_for_once(kustomer: Kustomer) -> None:
    kustomer.webhooks.subscribe(CREATED)
    client = kustomer.client()
    for name in ("Ann", "Bo"):
        client.post("/v1/customers", json={"name": name})
    names = [kustomer.webhooks.wait_for(CREATED).json["data"]["attributes"]["name"] for _ in range(2)]
    assert names == ["Ann", "Bo"]
    with pytest.raises(AssertionError, match="not waited for before"):
        kustomer.webhooks.wait_for(CREATED)


def test_who_waits_for_what_no_webhook_wants_is_told_so(kustomer: Kustomer) -> None:
    with pytest.raises(AssertionError, match=r"kustomer\.webhooks\.subscribe\('kustomer\.tag\.create'\)"):
        kustomer.webhooks.wait_for("kustomer.tag.create")


def test_a_receiver_of_the_tests_own_may_call_the_api(kustomer: Kustomer) -> None:
    """The vendor's recipe for a two-way sync: the receiver writes back, and must not answer to its own change."""
    client = kustomer.client()
    kustomer.webhooks.subscribe(CREATED, UPDATED)
    seen: list[str] = []

    def receive(request: WebhookRequest) -> int:
        seen.append(dict(request.headers)["X-Kustomer-Webhook-Event"])
        if seen[-1] == CREATED:
            client.put(f"/v1/customers/{customer}", json={"externalId": "crm-1"})
        return 200

    kustomer.webhooks.receive_with(receive)
    customer = client.post("/v1/customers", json={"name": "Ann"}).json()["data"]["id"]
    kustomer.webhooks.deliver()
    assert seen == [CREATED, UPDATED]


def test_a_receiver_that_refuses_is_asked_again_when_the_clock_moves(kustomer: Kustomer) -> None:
    kustomer.webhooks.subscribe(CREATED)
    answers = iter([500, 200])
    kustomer.webhooks.receive_with(lambda _: next(answers))
    kustomer.client().post("/v1/customers", json={"name": "Ann"})
    assert [delivery.status for delivery in kustomer.webhooks.deliveries] == ["retrying"]
    kustomer.clock.advance("PT1M")
    assert [delivery.status for delivery in kustomer.webhooks.deliveries] == ["delivered"]


def test_what_a_receiver_raises_reaches_the_test(kustomer: Kustomer) -> None:
    kustomer.webhooks.subscribe(CREATED)

    def receive(_: WebhookRequest) -> int:
        raise LookupError("a fault of the receiver")

    kustomer.webhooks.receive_with(receive)
    kustomer.client().post("/v1/customers", json={"name": "Ann"})
    with pytest.raises(LookupError, match="a fault of the receiver"):
        kustomer.webhooks.deliver()
    assert kustomer.webhooks.deliveries[0].status == "retrying"


def test_a_delivery_can_be_replayed(kustomer: Kustomer) -> None:
    """At least once means: a receiver must be able to take the same event twice."""
    kustomer.webhooks.subscribe(CREATED)
    kustomer.client().post("/v1/customers", json={"name": "Ann"})
    delivery = kustomer.webhooks.wait_for(CREATED)
    bodies: list[bytes] = []

    def receive(request: WebhookRequest) -> int:
        bodies.append(request.body)
        return 200

    kustomer.webhooks.receive_with(receive)
    assert kustomer.webhooks.replay(delivery).status == "delivered"
    assert bodies == [delivery.body]


def test_a_tool_call_leads_to_its_rest_call_and_that_to_its_webhook(
    kustomer: Kustomer, kustomer_mcp: KustomerMcp
) -> None:
    """One id goes through the journal from the tool call to what other systems are told."""
    kustomer.webhooks.subscribe("kustomer.team.create")
    kustomer_mcp.call("create_a_kustomer_team", name="Night", members=[])
    delivery = kustomer.webhooks.wait_for("kustomer.team.create")
    [cause] = kustomer.journal.find(since=delivery.cause - 1, limit=1)
    assert (cause.tool, cause.operation) == ("create_a_kustomer_team", "CreateTeam")
    told = [(entry.method, entry.path) for entry in kustomer.journal.find(call=cause.call)]
    assert told == [("POST", "/v1/teams"), ("DUE", "webhook-delivery")]


@pytest.fixture
def control(kustomer: Kustomer) -> TestClient:
    return local(create_app(kustomer.api))


def test_the_control_api_lists_deliveries_without_what_they_say(kustomer: Kustomer, control: TestClient) -> None:
    hook = kustomer.webhooks.subscribe(CREATED)
    made = kustomer.client().post("/v1/customers", json={"name": "Ann Secret"}).json()["data"]
    path = f"/_sandbox/worlds/{kustomer.world.name}/webhooks"
    answer = control.get(path)
    assert "Ann Secret" not in answer.text
    *_, shown = answer.json()
    wanted = {"webhook": hook.id, "event": CREATED, "record": f"customer/{made['id']}", "status": "delivered"}
    assert wanted.items() <= shown.items()
    assert control.get(path, params={"event": UPDATED}).json() == []
    assert control.post(f"{path}/{shown['id']}/replay").json() == shown
    assert control.post(f"{path}/{'0' * 24}/replay").status_code == 404


COMES: dict[str, list[tuple[str, int]]] = {
    "": [("Ann", 0), ("Bo", 0)],
    "duplicate": [("Ann", 0), ("Ann", 0), ("Bo", 0)],
    "reordered": [("Bo", 0), ("Ann", 0)],
    "lost": [("Bo", 0), ("Ann", 1)],
    "unheard": [("Ann", 0), ("Bo", 0), ("Ann", 1)],
    "late": [("Bo", 0), ("Ann", 1), ("Ann", 61)],
    "forged": [("forged", 0), ("Ann", 0), ("Bo", 0)],
}
"""Whose event comes at which minute, if this goes wrong with the first of two."""


@pytest.mark.parametrize("fault", COMES)
def test_a_delivery_meets_a_fault_and_all_is_delivered_in_the_end(kustomer: Kustomer, fault: str) -> None:
    """A receiver is tried with what a network does, in a test of its own."""
    began, seen = kustomer.clock.now, list[tuple[str, int]]()
    kustomer.webhooks.subscribe(CREATED)

    def receive(request: WebhookRequest) -> int:
        name = orjson.loads(request.body)["data"]["attributes"]["name"]
        seen.append((name, int((kustomer.clock.now - began).total_seconds() // 60)))
        return 401 if name == "forged" else 200

    came = kustomer.webhooks.receive_with(receive, faults={1: fault} if fault else {})
    for name in ("Ann", "Bo"):
        kustomer.client().post("/v1/customers", json={"name": name})
    kustomer.webhooks.deliver_all()
    assert (seen, came.forged) == (COMES[fault], [])
    assert {each.status for each in kustomer.webhooks.deliveries} == {"delivered"}


def test_whoever_takes_what_is_forged_is_known(kustomer: Kustomer) -> None:
    kustomer.webhooks.subscribe(CREATED)
    signed: list[bool] = []

    def receive(request: WebhookRequest) -> int:
        signed.append(SIGNATURE_HEADER in dict(request.headers))
        return 204

    came = kustomer.webhooks.receive_with(receive, faults={1: "unsigned"})
    kustomer.client().post("/v1/customers", json={"name": "Ann"})
    kustomer.webhooks.deliver()
    assert (came.events, came.forged, signed) == ([CREATED], [204], [False, True])


def test_what_was_overtaken_comes_behind_the_next_one(kustomer: Kustomer) -> None:
    kustomer.webhooks.subscribe(CREATED)
    names: list[str] = []

    def receive(request: WebhookRequest) -> int:
        names.append(orjson.loads(request.body)["data"]["attributes"]["name"])
        return 200

    kustomer.webhooks.receive_with(receive, faults={1: "reordered"})
    for name in ("Ann", "Bo", "Cy"):
        kustomer.client().post("/v1/customers", json={"name": name})
    kustomer.webhooks.deliver()
    assert names == ["Bo", "Ann", "Cy"]


def test_only_what_is_sent_to_its_address_is_brought_to_a_receiver(kustomer: Kustomer) -> None:
    """Others are answered, and not counted."""
    for address in ("https://one.example.com/", "https://two.example.com/"):
        kustomer.webhooks.subscribe(CREATED, url=address)
    came = kustomer.webhooks.receive_with(lambda _: 500, url="https://two.example.com/")
    kustomer.client().post("/v1/customers", json={"name": "Ann"})
    assert [each.status for each in kustomer.webhooks.deliveries] == ["delivered", "retrying"]
    assert came.events == [CREATED]


def test_a_fault_that_there_is_not_is_named(kustomer: Kustomer) -> None:
    with pytest.raises(ValueError, match=r"no fault 'dublicate' of deliveries; did you mean 'duplicate'"):
        kustomer.webhooks.receive_with(lambda _: 200, faults={1: "dublicate"})


@pytest.mark.parametrize("faults", [{0: "lost"}, {"1": "lost"}, {True: "lost"}, ["lost"]])
def test_a_fault_of_no_delivery_is_refused(kustomer: Kustomer, faults: Any) -> None:
    """It would never be met."""
    with pytest.raises(ValueError, match="told by their numbers, from 1 on"):
        kustomer.webhooks.receive_with(lambda _: 200, faults=faults)


def test_a_test_fails_if_the_delivery_of_a_fault_never_comes(kustomer: Kustomer) -> None:
    """What it is about did not happen."""
    kustomer.webhooks.subscribe(CREATED)
    kustomer.webhooks.receive_with(lambda _: 200, faults={1: "duplicate", 3: "lost"})
    kustomer.client().post("/v1/customers", json={"name": "Ann"})
    kustomer.webhooks.deliver_all()
    assert kustomer.never_met() == (
        "faults of deliveries have not come, of which there were 1:\n  lost, at delivery 3\n"
        "receive_with fewer, or deliver, if that is as it should be"
    )
    kustomer.webhooks.receive_with(lambda _: 200)
    assert kustomer.never_met() == ""


@pytest.mark.anyio
async def test_receivers_may_be_async_and_so_may_tests(kustomer: Kustomer) -> None:
    """A handler of any framework, asked from wherever."""
    kustomer.webhooks.subscribe(CREATED)
    seen: list[str] = []

    async def receive(request: WebhookRequest) -> int:
        seen.append(dict(request.headers)["X-Kustomer-Webhook-Event"])
        return 204

    async def application(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": scope["method"].encode()})

    for receiver in (receive, application):
        kustomer.webhooks.receive_with(receiver)
        kustomer.client().post("/v1/customers", json={"name": "Ann"})
        kustomer.webhooks.deliver()
    assert (seen, {each.status for each in kustomer.webhooks.deliveries}) == ([CREATED], {"delivered"})


def test_what_is_no_receiver_or_no_status_is_told(kustomer: Kustomer) -> None:
    with pytest.raises(TypeError, match=r"a receiver is a function, a WSGI or ASGI application.*; got NoneType"):
        kustomer.webhooks.receive_with(None)
    kustomer.webhooks.subscribe(CREATED)
    kustomer.webhooks.receive_with(lambda _: "200 OK")
    kustomer.client().post("/v1/customers", json={"name": "Ann"})
    with pytest.raises(TypeError, match="a receiver gives the status of its answer, such as 200; got str"):
        kustomer.webhooks.deliver()


@pytest.mark.kustomer(limits={"org": 10_000})
def test_a_receiver_that_answers_itself_is_stopped(kustomer: Kustomer) -> None:
    """What it does is an event itself: it would go on for ever."""
    kustomer.webhooks.subscribe(CREATED)
    client = kustomer.client()
    kustomer.webhooks.receive_with(lambda _: client.post("/v1/customers", json={}).status_code)
    client.post("/v1/customers", json={"name": "Ann"})
    with pytest.raises(EndlessDeliveries, match="more than 1000 deliveries"):
        kustomer.webhooks.deliver()
