"""Outbound webhooks over real HTTP: what a running sandbox sends, to whom, and what it does with the answers."""

from __future__ import annotations

import hashlib
import hmac
import queue
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import NamedTuple

import httpx
import orjson
import pytest

from kustomer_sandbox.simulator.api import Api
from kustomer_sandbox.simulator.hosting.worlds import WorldSpec
from kustomer_sandbox.simulator.world import webhooks
from kustomer_sandbox.web.webhook_sending import MOST_WAITING, DeliveryAnswer, Reach, WebhookSender, is_local_address
from tests.kustomer_sandbox.test_up import started
from tests.world_client import WorldClient, opened

WAIT_SECONDS = 20


class Received(NamedTuple):
    headers: Mapping[str, str]
    body: bytes


class Listener:
    """A web server of this machine that takes events only from who can sign them with its token."""

    def __init__(self) -> None:
        self.requests: queue.Queue[Received] = queue.Queue()
        self.token = ""
        listener = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                expected = hmac.new(listener.token.encode(), body, hashlib.sha256).hexdigest()
                is_signed = hmac.compare_digest(expected, self.headers["X-Kustomer-Webhook-Signature"])
                self.send_response(200 if is_signed else 401)
                self.end_headers()
                listener.requests.put(Received(dict(self.headers), body))

            def log_request(self, code: object = "-", size: object = "-") -> None:
                """Say nothing."""

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/kustomer"


@pytest.fixture
def listener() -> Iterator[Listener]:
    made = Listener()
    thread = threading.Thread(target=made.server.serve_forever, daemon=True)
    thread.start()
    yield made
    made.server.shutdown()
    made.server.server_close()


@contextmanager
def sending(api: Api, reach: Reach) -> Iterator[tuple[WorldClient, WebhookSender]]:
    """A world whose events go out over HTTP."""
    with opened(api, WorldSpec(name="sending")) as client:
        sender, before = WebhookSender(api.worlds, reach), api.worlds.receiver
        sender.attach()
        yield client, sender
        api.worlds.receiver = before


def subscribed(client: WorldClient, url: str) -> str:
    made = client.post("/v1/outbound-webhooks", {"name": "CRM", "url": url, "events": ["kustomer.team.create"]})
    return str(made.attributes["token"])


def made_team(client: WorldClient) -> None:
    client.post("/v1/teams", {"name": "Night", "members": []})


def ticked_until(sender: WebhookSender, is_so: Callable[[], bool]) -> None:
    """As the server does it, until something is so."""
    pause = threading.Event()
    for _ in range(WAIT_SECONDS * 100):
        sender.tick()
        if is_so():
            return
        pause.wait(0.01)
    raise AssertionError("it did not come to that")


def test_a_running_sandbox_sends_signed_events_to_this_machine(listener: Listener) -> None:
    """Nothing has to be called for it: the server sends what is due by itself."""
    with started() as (_, ready), httpx.Client(base_url=ready["base_url"]) as client:
        client.headers["Authorization"] = f"Bearer {ready['api_key']}"
        body = {"name": "CRM", "url": listener.url, "events": ["kustomer.customer.create"]}
        made = client.post("/v1/outbound-webhooks", json=body).json()["data"]
        listener.token = made["attributes"]["token"]
        client.post("/v1/customers", json={"name": "Jo"})
        received = listener.requests.get(timeout=WAIT_SECONDS)
        assert received.headers["X-Kustomer-Webhook-Event"] == "kustomer.customer.create"
        assert orjson.loads(received.body)["data"]["attributes"]["name"] == "Jo"
        shown = client.get(f"/_sandbox/worlds/{ready['world']}/webhooks").json()
        again = client.post(f"/_sandbox/worlds/{ready['world']}/webhooks/{shown[0]['id']}/replay")
        assert again.status_code == 200
        assert listener.requests.get(timeout=WAIT_SECONDS).body == received.body


def test_the_receivers_answer_decides(shared_api: Api, listener: Listener) -> None:
    """One that cannot check the signature refuses, and is asked again on the world's clock."""
    with sending(shared_api, "local") as (client, sender):
        token = subscribed(client, listener.url)
        made_team(client)
        ticked_until(sender, lambda: webhooks.sent(client.world)[0].status == "retrying")
        assert webhooks.sent(client.world)[0].answer == 401
        listener.token = token
        client.advance(60)
        ticked_until(sender, lambda: webhooks.sent(client.world)[0].status == "delivered")
        [attempt, *_, answer] = client.world.journal.find(method="DUE")
        assert (attempt.path, attempt.steps()[0]["outcome"]) == ("webhook-delivery", "sent")
        assert (answer.path, answer.steps()[0]["outcome"]) == ("webhook-answer", "accepted")


def test_where_nobody_listens_no_answer_comes(shared_api: Api) -> None:
    with sending(shared_api, "local") as (client, sender):
        subscribed(client, "http://127.0.0.1:1/")
        made_team(client)
        ticked_until(sender, lambda: webhooks.sent(client.world)[0].status == "retrying")
        assert webhooks.sent(client.world)[0].answer is None


@pytest.mark.parametrize(("reach", "is_there"), [("off", True), ("local", False)])
def test_what_may_not_be_sent_counts_as_accepted(
    shared_api: Api, listener: Listener, reach: Reach, *, is_there: bool
) -> None:
    """Nothing is written to other machines unless asked for, and nothing at all where it is switched off."""
    with sending(shared_api, reach) as (client, sender):
        subscribed(client, listener.url if is_there else "https://receiver.example.com/")
        made_team(client)
        sender.tick()
        assert webhooks.sent(client.world)[0].status == "delivered"
        assert listener.requests.empty()


def test_more_than_can_wait_is_tried_again_later(shared_api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """Receivers that hang cost no more than so much memory."""
    monkeypatch.setattr(WebhookSender, "_start", lambda _: None)
    with sending(shared_api, "local") as (client, sender):
        subscribed(client, "http://127.0.0.1:1/")
        made_team(client)
        client.world.run_due(client.world.clock.now())
        [delivery] = webhooks.sent(client.world)
        request, _ = sender._waiting.get_nowait()  # noqa: SLF001 - nothing else shows what waits
        assert request.delivery == delivery.id
        assert [sender(request) for _ in range(MOST_WAITING + 1)][-2:] == [None, 0]


def test_an_answer_from_before_a_reset_is_passed_over(shared_api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """What happens again in a world that was reset has the same ids, and is not answered yet."""
    monkeypatch.setattr(WebhookSender, "_start", lambda _: None)
    with sending(shared_api, "local") as (client, sender):
        found = []
        for _ in range(2):
            shared_api.worlds.reset(client.world)
            subscribed(client, "http://127.0.0.1:1/")
            made_team(client)
            client.world.run_due(client.world.clock.now())
            request, clock = sender._waiting.get_nowait()  # noqa: SLF001 - as a thread does
            found.append(DeliveryAnswer(client.world.name, clock, request.delivery, 200))
        assert found[0].delivery == found[1].delivery
        for answer, status in zip(found, ("sending", "delivered"), strict=True):
            sender._answers.put(answer)  # noqa: SLF001 - as a thread does
            sender.tick()
            assert [delivery.status for delivery in webhooks.sent(client.world)] == [status]


@pytest.mark.parametrize(
    ("url", "is_local"),
    [
        ("http://127.0.0.1:8080/x", True),
        ("http://[::1]/", True),
        ("https://localhost/", True),
        ("https://localhost.example.com/", False),
        ("https://10.0.0.1/", False),
        ("https://127.0.0.1.example.com/", False),
        ("https:///", False),
    ],
)
def test_only_addresses_of_this_machine_are_local(url: str, *, is_local: bool) -> None:
    assert is_local_address(url) is is_local
