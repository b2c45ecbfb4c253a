"""A receiver of webhooks as the vendor asks for: it checks who sends, takes each event once, and answers at once.

It listens on this machine and knows nothing of the project. Retries and order are the sender's, so the same event may
come twice and late: what it has taken it knows by the event's id.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any, Self

FORGED, TAKEN = 401, 204
WAIT_SECONDS = 20


@dataclass
class WebhookProgram:
    """`outages` are the statuses that are answered before anything is taken; `always` one that is answered for ever."""

    outages: list[int] = field(default_factory=list)
    always: int | None = None
    token: str = ""
    url: str = ""
    taken: dict[str, Any] = field(default_factory=dict)
    answers: queue.Queue[int] = field(default_factory=queue.Queue)
    """What was answered, in the order of the requests."""

    def receive(self, event: str, signature: str, body: bytes) -> int:
        """The status for a request."""
        expected = hmac.new(self.token.encode(), body, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(expected, signature):
            return FORGED
        if self.always or self.outages:
            return self.always or self.outages.pop(0)
        said = json.loads(body)
        assert said["name"] == event
        self.taken.setdefault(said["id"], said)
        return TAKEN

    def answered(self, times: int) -> list[int]:
        """The answers to the next requests, waited for."""
        return [self.answers.get(timeout=WAIT_SECONDS) for _ in range(times)]

    @contextmanager
    def listening(self) -> Iterator[Self]:
        """Listen on a free port."""
        program = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                event, signature = (self.headers[f"X-Kustomer-Webhook-{name}"] or "" for name in ("Event", "Signature"))
                status = program.receive(event, signature, body)
                self.send_response(status)
                self.end_headers()
                program.answers.put(status)

            def log_request(self, code: object = "-", size: object = "-") -> None:
                """Say nothing."""

        with HTTPServer(("127.0.0.1", 0), Handler) as server:
            self.url = f"http://127.0.0.1:{server.server_port}/events"
            threading.Thread(target=server.serve_forever, daemon=True).start()
            yield self
            server.shutdown()
