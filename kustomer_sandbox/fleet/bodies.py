"""Reading and answering whole: what a fleet must look into before it passes it on."""

from __future__ import annotations

import json
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from kustomer_sandbox.simulator.control.bounds import BODY_BYTES

if TYPE_CHECKING:
    from starlette.types import Message, Receive, Scope, Send

Answerer = Callable[["Scope", bytes, "Receive", "Send"], Coroutine[Any, Any, None]]
"""Answers a request whose body was read."""


@dataclass(slots=True)
class Answer:
    """An answer that is held until it is complete: `send` takes it in, `pass_on` sends it."""

    status: int = 0
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    body: bytes = b""

    async def send(self, message: Message) -> None:
        """Take in a message of ASGI."""
        if message["type"] == "http.response.start":
            self.status, self.headers = message["status"], list(message["headers"])
        elif message["type"] == "http.response.body":
            self.body += message.get("body", b"")

    def json(self) -> Any:  # noqa: ANN401 - JSON
        return json.loads(self.body)

    def with_json(self, value: object) -> Answer:
        """The same answer with another body."""
        return self.with_body(json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode())

    def with_body(self, body: bytes) -> Answer:
        """The same answer with another body."""
        kept = [header for header in self.headers if header[0] != b"content-length"]
        return Answer(self.status, [*kept, (b"content-length", str(len(body)).encode())], body)

    async def pass_on(self, send: Send) -> None:
        """Send it all."""
        await send({"type": "http.response.start", "status": self.status, "headers": self.headers})
        await send({"type": "http.response.body", "body": self.body, "more_body": False})


async def read_body(receive: Receive) -> bytes | None:
    """A request's body; None if the client left. Of one that is too long only so much that it is seen to be."""
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        if len(body) <= BODY_BYTES:
            body += message.get("body", b"")[: BODY_BYTES + 1 - len(body)]
        if not message.get("more_body", False):
            return bytes(body)


def replayed(body: bytes, receive: Receive) -> Receive:
    """A `receive` that gives a body which was read already, and then what follows."""
    messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replay() -> Message:
        return messages.pop() if messages else await receive()

    return replay


def with_body(scope: Scope, body: bytes) -> Scope:
    """The scope of a request whose body was changed."""
    kept = [(name, value) for name, value in scope["headers"] if name not in {b"content-length", b"transfer-encoding"}]
    return {**scope, "headers": [*kept, (b"content-length", str(len(body)).encode())]}
