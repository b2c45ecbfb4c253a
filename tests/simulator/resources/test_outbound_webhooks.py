"""Outbound webhooks: who is told of what, how it is signed, masked, repeated, and traced back to its cause."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import orjson
import pytest

from kustomer_sandbox.simulator.api import Api
from kustomer_sandbox.simulator.hosting.worlds import WorldSpec
from kustomer_sandbox.simulator.operations import changes
from kustomer_sandbox.simulator.operations.system import system_context
from kustomer_sandbox.simulator.operations.writing import new_record
from kustomer_sandbox.simulator.values.webhooks import WebhookRequest
from kustomer_sandbox.simulator.world import webhooks
from tests.world_client import WorldClient, opened

PATH = "/v1/outbound-webhooks"
URL = "https://receiver.example.com/kustomer"
RETRIES = (1, 1, 2, 5, 10, 15, 30)


@pytest.fixture
def client(shared_api: Api) -> Iterator[WorldClient]:
    with opened(shared_api, WorldSpec(name="webhooks")) as made:
        yield made


class Receiver:
    """Keeps what is sent and answers with a status of the test's choice."""

    def __init__(self, client: WorldClient, status: int = 200) -> None:
        self.requests: list[WebhookRequest] = []
        self.status = status
        client.world.receiver = self

    def __call__(self, request: WebhookRequest) -> int:
        self.requests.append(request)
        return self.status

    @property
    def events(self) -> list[Any]:
        return [orjson.loads(request.body) for request in self.requests]


def subscribed(client: WorldClient, *events: str, **fields: Any) -> Any:
    return client.post(PATH, {"name": "CRM", "url": URL, "events": list(events), **fields}).data


def team(client: WorldClient, name: str = "Night") -> str:
    return str(client.post("/v1/teams", {"name": name, "members": []}).data["id"])


def settle(client: WorldClient) -> None:
    client.world.run_due(client.world.clock.now())


def statuses(client: WorldClient) -> list[str]:
    return [delivery.status for delivery in webhooks.sent(client.world)]


def test_a_receiver_can_tell_who_sent_a_request_and_what_of(client: WorldClient) -> None:
    """The signature is the HMAC-SHA256 of the body's very bytes, keyed with the token."""
    own = {"name": "X-Team", "value": "crm"}
    hook, received = subscribed(client, "kustomer.customer.create", headers=[own]), Receiver(client)
    client.post("/v1/customers", {"name": "Jo"})
    settle(client)
    [request] = received.requests
    headers = dict(request.headers)
    token = client.get(f"{PATH}/{hook['id']}").attributes["token"]
    expected = hmac.new(token.encode(), request.body, hashlib.sha256).hexdigest()
    assert headers["X-Kustomer-Webhook-Signature"] == expected
    assert headers["X-Kustomer-Webhook-Event"] == "kustomer.customer.create"
    assert headers["Content-Type"] == "application/json"
    assert (request.url, headers["X-Team"]) == (URL, "crm")


def test_an_event_shows_the_record_as_a_get_does_and_a_change_what_differs(client: WorldClient) -> None:
    subscribed(client, "kustomer.customer.create", "kustomer.customer.update")
    received = Receiver(client)
    customer = client.post("/v1/customers", {"name": "Jo"}).data
    client.call("PUT", f"/v1/customers/{customer['id']}", {"name": "Jim", "custom": {"vipBool": True}})
    settle(client)
    made, changed = received.events
    assert (made["name"], made["data"], made["dataId"]) == ("kustomer.customer.create", customer, customer["id"])
    assert "changes" not in made
    assert made["org"] == made["partition"] == client.world.org
    assert (made["client"], made["persist"], made["snsFilters"]) == ("api-gw", True, [])
    assert (made["meta"], changed["meta"]) == ({"customChanged": False}, {"customChanged": True})
    assert changed["data"] == client.get(f"/v1/customers/{customer['id']}").data
    assert changed["changes"]["attributes"]["name"] == {"op": "replace", "before": "Jo", "after": "Jim"}
    assert "emails" not in changed["changes"]["attributes"]


def test_only_what_is_wanted_is_sent(client: WorldClient) -> None:
    """Neither other events, nor deletions, nor what a scenario or the test itself has set up."""
    subscribed(client, "kustomer.team.create", "kustomer.team.update")
    received = Receiver(client)
    context = system_context(client.world)
    changes.create(context, new_record(context, "team", {"name": "Set up", "members": []}))
    client.post("/v1/customers", {"name": "Jo"})
    client.call("DELETE", f"/v1/teams/{team(client)}")
    settle(client)
    assert [event["name"] for event in received.events] == ["kustomer.team.create"]


def test_a_switched_off_webhook_gets_nothing(client: WorldClient) -> None:
    hook, received = subscribed(client, "kustomer.team.create"), Receiver(client)
    assert client.call("PUT", f"{PATH}/{hook['id']}", {"enabled": False}).attributes["enabled"] is False
    team(client, "VIP")
    client.call("PUT", f"{PATH}/{hook['id']}", {"enabled": True})
    team(client, "Again")
    settle(client)
    assert [event["data"]["attributes"]["name"] for event in received.events] == ["Again"]


def test_what_waits_for_a_deleted_webhook_is_dropped(client: WorldClient) -> None:
    hook, received = subscribed(client, "kustomer.team.create"), Receiver(client, status=500)
    team(client, "VIP")
    assert client.call("DELETE", f"{PATH}/{hook['id']}").status == 204
    client.advance(timedelta(hours=2).total_seconds())
    settle(client)
    assert (len(received.requests), statuses(client)) == (1, ["dropped"])


def test_a_refused_request_is_repeated_on_the_worlds_clock_and_the_webhook_then_switched_off(
    client: WorldClient,
) -> None:
    """Eight attempts in about an hour; each of them has the same body."""
    hook, received = subscribed(client, "kustomer.team.create"), Receiver(client, status=503)
    team(client, "VIP")
    settle(client)
    for attempts, minutes in enumerate(RETRIES, 1):
        assert (len(received.requests), statuses(client)) == (attempts, ["retrying"])
        client.advance(minutes * 60 - 1)
        settle(client)
        assert len(received.requests) == attempts
        client.advance(1)
        settle(client)
    assert (len(received.requests), statuses(client)) == (8, ["failed"])
    assert len({request.body for request in received.requests}) == 1
    assert client.get(f"{PATH}/{hook['id']}").attributes["enabled"] is False
    [told] = client.get(f"{PATH}/{hook['id']}/transactions").json["data"]
    assert told["attributes"] == {
        "event": "kustomer.team.create",
        "status": "failed",
        "attempts": 8,
        "responseStatus": 503,
        "createdAt": "2026-06-09T12:00:00.000Z",
    }


def test_a_receiver_that_comes_back_ends_the_repeating(client: WorldClient) -> None:
    hook, received = subscribed(client, "kustomer.team.create"), Receiver(client, status=500)
    team(client, "VIP")
    settle(client)
    received.status = 204
    client.advance(3600)
    settle(client)
    assert (len(received.requests), statuses(client)) == (2, ["delivered"])
    assert client.get(f"{PATH}/{hook['id']}").attributes["enabled"] is True


def test_masked_values_are_masked_in_events_unless_the_customers_window_is_open(shared_api: Api) -> None:
    with opened(shared_api, WorldSpec(name="masked webhooks", scenario="demo")) as client:
        received = Receiver(client)
        hooks = client.get(PATH).json["data"]
        for hook in hooks:
            client.call("DELETE", f"{PATH}/{hook['id']}")
        subscribed(client, "kustomer.customer.create", "kustomer.customer.update")
        made = client.post("/v1/customers", {"name": "Jo", "phones": [{"phone": "+14155550187"}]}).data
        client.call("PUT", f"/v1/customers/{made['id']}", {"phones": [{"phone": "+14155550188"}]})
        settle(client)
        assert b"4155550" not in b"".join(request.body for request in received.requests)
        client.post(f"/v1/customers/{made['id']}/unmasking-windows")
        client.call("PUT", f"/v1/customers/{made['id']}", {"name": "Jim"})
        settle(client)
        assert b"+14155550188" in received.requests[-1].body


def test_the_journal_leads_from_a_delivery_to_its_call(client: WorldClient) -> None:
    subscribed(client, "kustomer.customer.create")
    customer = client.post("/v1/customers", {"name": "Jo"}).data
    settle(client)
    [delivery] = webhooks.sent(client.world)
    [sent] = client.world.journal.find(path="webhook-delivery")
    [cause] = client.world.journal.find(since=delivery.cause - 1, limit=1)
    assert (cause.operation, cause.seq + 1) == ("CreateCustomer", sent.seq)
    assert sent.customer == customer["id"]
    assert sent.steps() == [
        {
            "step": "webhook",
            "outcome": "accepted",
            "detail": {
                "event": "kustomer.customer.create",
                "delivery": delivery.id,
                "attempt": 1,
                "answer": 200,
                "cause": cause.seq,
            },
        }
    ]


def test_a_snapshot_takes_back_what_was_sent_since(client: WorldClient) -> None:
    subscribed(client, "kustomer.team.create")
    team(client, "Before")
    settle(client)
    snapshot = client.world.snapshot()
    team(client, "After")
    settle(client)
    assert statuses(client) == ["delivered", "delivered"]
    client.world.restore(snapshot)
    assert statuses(client) == ["delivered"]


def test_a_delivery_is_sent_once_more_with_the_same_body(client: WorldClient) -> None:
    subscribed(client, "kustomer.team.create")
    received = Receiver(client)
    team(client, "VIP")
    settle(client)
    [delivery] = webhooks.sent(client.world)
    assert webhooks.replay(client.world, delivery.id).status == "delivered"
    first, second = received.requests
    assert first == second


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ({"events": ["kustomer.customer.delete"]}, "/events/0"),
        ({"events": []}, "/events"),
        ({"url": "http://receiver.example.com"}, "/url"),
        ({"url": "https://user@receiver.example.com"}, "/url"),
        ({"url": "http://localhost.example.com/"}, "/url"),
        ({"name": "n" * 256}, "/name"),
        ({"headers": [{"name": "Bad name", "value": "x"}]}, "/headers/0/name"),
        ({"headers": [{"name": "X-A", "value": "a\r\nX-B: c"}]}, "/headers/0/value"),
        ({"token": "own"}, "/token"),
    ],
)
def test_what_cannot_be_a_webhook_is_refused(client: WorldClient, fields: dict[str, Any], place: str) -> None:
    body = {"name": "CRM", "url": URL, "events": ["kustomer.team.create"], **fields}
    refused = client.post(PATH, body)
    assert (refused.status, refused.places) == (400, [place])


def test_an_organisation_has_five_webhooks_at_most(client: WorldClient) -> None:
    for _ in range(5):
        subscribed(client, "kustomer.team.create")
    refused = client.post(PATH, {"name": "Sixth", "url": URL, "events": ["kustomer.team.create"]})
    assert refused.status == 400
