"""Two processes with one PostgreSQL: budgets are exact, due work is done once, and `kill -9` loses nothing answered."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from tests.keeping.conftest import POSTGRES
from tests.keeping.replica_processes import Replica, replicas

pytestmark = [*POSTGRES, pytest.mark.timeout(1800)]

IN_DEMAND: dict[str, tuple[str, dict[str, Any]]] = {
    "conversations": ("/v1/customers/{customer}/conversations", {"name": "Late"}),
    "messages": ("/v1/customers/{customer}/messages", {"channel": "email", "app": "postmark", "preview": "Hello"}),
    "drafts": ("/v1/customers/{customer}/drafts", {"channel": "chat", "body": "Hi"}),
    "notes": ("/v1/conversations/{conversation}/notes", {"body": "Hi"}),
    "custom objects": ("/v1/customers/{customer}/klasses/parcel", {"title": "Parcel"}),
}
"""What 120 of a minute may be made of for one customer."""


@pytest.fixture
def store(new_database: Callable[[str], str]) -> str:
    return new_database("replicas")


@pytest.mark.parametrize("kind", IN_DEMAND)
def test_of_400_concurrent_creations_120_are_accepted(store: str, kind: str) -> None:
    """Whoever takes them: the budget is the customer's."""
    with replicas(store, 2) as both:
        customer = both[0].make("/v1/customers", name="Jane")
        assert both[0].call("POST", "/v1/klasses", {"name": "parcel"})[0] == 200
        conversation = both[1].make("/v1/conversations", customer=customer, name="First") if kind == "notes" else ""
        template, body = IN_DEMAND[kind]
        path = template.format(customer=customer, conversation=conversation)
        with ThreadPoolExecutor(8) as threads:
            answers = list(threads.map(lambda number: both[number % 2].call("POST", path, body)[0], range(400)))
    assert answers.count(429) == 280
    assert Counter(status < 300 for status in answers) == {True: 120, False: 280}


def test_what_is_made_at_one_sandbox_is_there_at_the_other(store: str) -> None:
    """Worlds of the control API with their keys; and nothing that either prints has the URL in it."""
    with replicas(store, 2, kind="up") as both:
        one, other = both
        assert [one.ready[name] for name in ("api_key", "world")] == [
            other.ready[name] for name in ("api_key", "world")
        ]
        assert "postgresql" not in str([one.ready, other.ready])
        status, made = one.call("POST", "/_sandbox/worlds", {"name": "second", "scenario": "demo"})
        assert status < 300
        headers = {"Authorization": f"Bearer {made['api_key']}"}
        assert other.http.get("/v1/customers", headers=headers).json()["data"] != []
        assert other.call("DELETE", "/_sandbox/worlds/second")[0] < 300
        assert one.http.get("/v1/customers", headers=headers).status_code == 401


class Receiver:
    """Takes what is sent to a webhook, and notes the ids of what it was sent."""

    def __init__(self) -> None:
        self.seen: Counter[str] = Counter()
        seen = self.seen

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                seen[body.decode()] += 1
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.server.shutdown()
    receiver.server.server_close()


def test_webhooks_and_scheduled_drafts_outlive_a_replica(store: str, receiver: Receiver) -> None:
    """Every delivery is made at least once with its one id, every draft sent once, though one replica is killed."""
    with replicas(store, 2) as both:
        one, other = both
        events = ["kustomer.customer.create"]
        one.make("/v1/outbound-webhooks", name="W", url=receiver.url, events=events)
        for number in range(30):
            replica = both[number % 2]
            customer = replica.make("/v1/customers", name=f"Customer {number}")
            body = {"channel": "sms", "body": f"{number}", "sendAt": "now+1h", "scheduled": True}
            assert replica.call("POST", f"/v1/customers/{customer}/drafts", body)[0] == 200
        one.close()
        other.control("POST", "/clock", {"advance": "PT2H"})
        wait_until(lambda: {found["status"] for found in deliveries(other)} == {"delivered"})
        assert len(deliveries(other)) == 30
        sent = receiver.seen
        assert len(sent) == 30
        messages = other.call("GET", "/v1/messages?pageSize=100")[1]["data"]
        assert Counter(message["attributes"]["preview"] for message in messages) == dict.fromkeys(
            map(str, range(30)), 1
        )


def deliveries(replica: Replica) -> list[dict[str, Any]]:
    """What the world's webhooks were sent; asking moves the clock, so that what is to be sent again is due."""
    replica.control("POST", "/clock", {"advance": "PT2M"})
    found: list[dict[str, Any]] = replica.control("GET", "/webhooks")
    return found


def wait_until(is_so: Callable[[], bool]) -> None:
    """Ask until it is so; the test's own timeout ends it."""
    while not is_so():
        threading.Event().wait(0.1)
