"""Two processes with one PostgreSQL: budgets are exact, due work is done once, and `kill -9` loses nothing answered."""

from __future__ import annotations

import os
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from tests.keeping.conftest import POSTGRES
from tests.keeping.replica_processes import replicas

pytestmark = [*POSTGRES, pytest.mark.timeout(1800)]

KILLS = int(os.environ.get("KILLS", "50"))
BUDGETED: dict[str, Callable[[str, str], tuple[str, dict[str, Any]]]] = {
    "conversations": lambda customer, _: ("/v1/conversations", {"customer": customer, "name": "Late"}),
    "messages": lambda _, conversation: (
        f"/v1/conversations/{conversation}/messages", {"channel": "chat", "preview": "x", "app": "chat", "direction": "in"},
    ),
    "drafts": lambda customer, _: (f"/v1/customers/{customer}/drafts", {"channel": "sms", "body": "x"}),
    "notes": lambda customer, _: (f"/v1/customers/{customer}/notes", {"body": "x"}),
}  # fmt: skip


@pytest.fixture
def store(new_database: Callable[[str], str]) -> str:
    return new_database("replicas")


@pytest.mark.parametrize("kind", BUDGETED)
def test_of_400_concurrent_creations_120_are_accepted(store: str, kind: str) -> None:
    """Whoever takes them: the budget is the customer's."""
    with replicas(store, 2) as both:
        customer = both[0].make("/v1/customers", name="Jane")
        conversation = both[1].make("/v1/conversations", customer=customer, name="First") if kind == "messages" else ""
        path, body = BUDGETED[kind](customer, conversation)
        with ThreadPoolExecutor(8) as threads:
            answers = threads.map(lambda number: both[number % 2].call("POST", path, body)[0], range(400))
        assert Counter(answers) == {201: 120, 429: 280}


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
