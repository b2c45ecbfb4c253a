"""A webhook receiver that checks signatures, against a running sandbox: real sockets, the world's clock."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from tests.programs.webhook_receiver import FORGED, TAKEN, WAIT_SECONDS, WebhookProgram

EVENT = "kustomer.customer.create"
RETRY_MINUTES = (1, 1, 2, 5, 10, 15, 30)
"""docs/events/delivery-and-retries."""


@dataclass
class Shop:
    """The sandbox's user: subscribes a receiver, makes customers, moves the clock."""

    http: httpx.Client
    world: str

    def subscribe(self, receiver: WebhookProgram) -> str:
        body = {"name": "CRM", "url": receiver.url, "events": [EVENT]}
        made = self.http.post("/v1/outbound-webhooks", json=body).json()["data"]
        receiver.token = self.http.get(f"/v1/outbound-webhooks/{made['id']}").json()["data"]["attributes"]["token"]
        return str(made["id"])

    def customer(self, name: str) -> str:
        return str(self.http.post("/v1/customers", json={"name": name}).json()["data"]["id"])

    def delivery(self, status: str) -> dict[str, Any]:
        """The only delivery, once it has come to a status."""
        pause, shown = threading.Event(), {"status": "not there"}
        for _ in range(WAIT_SECONDS * 50):
            [shown] = self.http.get(f"/_sandbox/worlds/{self.world}/webhooks").json()
            if shown["status"] == status:
                return dict(shown)
            pause.wait(0.02)
        raise AssertionError(f"it is {shown['status']}, not {status}")

    def wait(self, minutes: int) -> None:
        self.http.post(f"/_sandbox/worlds/{self.world}/clock", json={"advance": f"PT{minutes}M"}).raise_for_status()


@pytest.fixture
def shop(owner: httpx.Client, running: dict[str, str]) -> Shop:
    return Shop(owner, running["world"])


def test_a_receiver_that_is_down_twice_gets_the_event_with_the_third_attempt(shop: Shop) -> None:
    """Each attempt is the same event, a minute after the one before; a replay is known by its id and taken once."""
    with WebhookProgram(outages=[500, 500]).listening() as receiver:
        shop.subscribe(receiver)
        customer = shop.customer("Ann")
        for _ in range(2):
            assert receiver.answered(1) == [500]
            assert shop.delivery("retrying")["answer"] == 500
            shop.wait(1)
        assert receiver.answered(1) == [TAKEN]
        delivery = shop.delivery("delivered")
        assert (delivery["attempts"], delivery["record"]) == (3, f"customer/{customer}")

        shop.http.post(f"/_sandbox/worlds/{shop.world}/webhooks/{delivery['id']}/replay").raise_for_status()
        assert receiver.answered(1) == [TAKEN]
        assert [event["dataId"] for event in receiver.taken.values()] == [customer]


def test_a_receiver_that_always_fails_is_switched_off(shop: Shop) -> None:
    """Eight attempts in about an hour; then the webhook is off until somebody switches it on."""
    with WebhookProgram(always=503).listening() as receiver:
        webhook = shop.subscribe(receiver)
        shop.customer("Ann")
        for minutes in RETRY_MINUTES:
            assert receiver.answered(1) == [503]
            assert shop.delivery("retrying")["due"]
            shop.wait(minutes)
        assert receiver.answered(1) == [503]
        assert (shop.delivery("failed")["attempts"], shop.delivery("failed")["due"]) == (8, "")
        path = f"/v1/outbound-webhooks/{webhook}"
        assert shop.http.get(path).json()["data"]["attributes"]["enabled"] is False

        receiver.always = None
        shop.customer("Bo")
        shop.http.put(path, json={"enabled": True}).raise_for_status()
        bo = shop.customer("Bo again")
        assert receiver.answered(1) == [TAKEN]
        assert [event["dataId"] for event in receiver.taken.values()] == [bo]


def test_who_does_not_know_the_token_is_turned_away() -> None:
    """Whether the body is another or the signature: the receiver must not be talked into anything."""
    with WebhookProgram(token="a-token").listening() as receiver:
        headers = {"X-Kustomer-Webhook-Event": EVENT, "X-Kustomer-Webhook-Signature": "0" * 64}
        assert httpx.post(receiver.url, content=b"{}", headers=headers).status_code == FORGED
        assert receiver.taken == {}
