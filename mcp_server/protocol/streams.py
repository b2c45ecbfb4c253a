"""Event streams that are open, so that those of a URL which no longer works can be ended."""

from __future__ import annotations

from collections.abc import Callable

import anyio
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class Streams:
    """The open event streams of one process, by the token in their URL."""

    def __init__(self) -> None:
        self._open: dict[anyio.CancelScope, str] = {}

    async def serve(self, app: ASGIApp, token: str, scope: Scope, receive: Receive, send: Send) -> None:
        """Run an application for one request. If it answers with a stream, `end` can end that."""
        started = ended = False

        async def noticing(message: Message) -> None:
            nonlocal started, ended
            if message["type"] == "http.response.start":
                started = True
                if _is_stream(message):
                    self._open[cancelled] = token
            ended = ended or (message["type"] == "http.response.body" and not message.get("more_body", False))
            await send(message)

        with anyio.CancelScope() as cancelled:
            try:
                await app(scope, receive, noticing)
            finally:
                self._open.pop(cancelled, None)
        if cancelled.cancelled_caught and started and not ended:
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    def end(self, *, unless: Callable[[str], bool]) -> None:
        """End every stream, except those whose token may go on."""
        for scope, token in list(self._open.items()):
            if not unless(token):
                scope.cancel()


def _is_stream(start: Message) -> bool:
    headers = dict(start.get("headers", ()))
    return bytes(headers.get(b"content-type", b"")).startswith(b"text/event-stream")
