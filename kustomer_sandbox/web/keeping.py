"""Answers of control and management, held back until they are written down; tools call the API, which sees to that."""

from __future__ import annotations

from collections.abc import Iterator

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kustomer_sandbox.simulator.keeping.database import StoreUnavailable
from kustomer_sandbox.simulator.keeping.kept_api import KeptApi
from kustomer_sandbox.web.door import refused

_UNAVAILABLE = 503
_TOOLS = "/mcp/"
_MOST_READ_BEFORE = 32_000_000
"""Bytes of a request that are read before its turn: nobody waits for a slow client. The rest is read as it comes."""
_OF_WORLDS = "/_sandbox"
"""What paths of control begin with. All others call worlds as anybody does, or not at all."""


class KeepingApp:
    """An application whose answers begin once all worlds are kept; where they cannot be, the answer is a 503.

    Where other processes have the worlds, too, a request of control has the store for itself until then.
    """

    def __init__(self, app: ASGIApp, api: KeptApi) -> None:
        self._app = app
        self._api = api

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith(_TOOLS):
            await self._app(scope, receive, send)
        elif scope["path"].startswith(_OF_WORLDS):
            replayed = _replayed(await _read(receive))

            async def receive_again() -> Message:
                return next(replayed, None) or await receive()

            await self._answer(scope, receive_again, send)
        elif self._api.is_shared:
            await self._app(scope, receive, send)
        else:
            await self._answer(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_held = is_refused = False

        async def send_kept(message: Message) -> None:
            nonlocal is_held, is_refused
            if message["type"] == "http.response.start" and is_held:
                is_held = False
                try:
                    self._api.release()
                except StoreUnavailable as fault:
                    is_refused = True
                    await refused(scope["path"], _UNAVAILABLE, fault.told)(scope, receive, send)
            if not is_refused:
                await send(message)

        try:
            self._api.hold()
        except StoreUnavailable as fault:
            await refused(scope["path"], _UNAVAILABLE, fault.told)(scope, receive, send)
            return
        is_held = True
        try:
            await self._app(scope, receive, send_kept)
        finally:
            if is_held:
                self._api.release()


async def _read(receive: Receive) -> list[Message]:
    """The request, as far as it is not too long."""
    messages, size = [await receive()], 0
    while messages[-1].get("more_body") and size < _MOST_READ_BEFORE:
        size += len(messages[-1].get("body", b""))
        messages.append(await receive())
    return messages


def _replayed(messages: list[Message]) -> Iterator[Message]:
    yield from messages
