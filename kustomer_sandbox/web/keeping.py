"""Answers of control and management, held back until they are written down; tools call the API, which sees to that."""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kustomer_sandbox.simulator.keeping.database import StoreUnavailable
from kustomer_sandbox.simulator.keeping.kept_api import KeptApi
from kustomer_sandbox.web.door import refused

_UNAVAILABLE = 503
_TOOLS = "/mcp/"


class KeepingApp:
    """An application whose answers begin once all worlds are kept; where they cannot be, the answer is a 503."""

    def __init__(self, app: ASGIApp, api: KeptApi) -> None:
        self._app = app
        self._api = api

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith(_TOOLS):
            await self._app(scope, receive, send)
            return
        is_refused = False

        async def send_kept(message: Message) -> None:
            nonlocal is_refused
            if message["type"] == "http.response.start":
                try:
                    self._api.keep()
                except StoreUnavailable as fault:
                    is_refused = True
                    await refused(scope["path"], _UNAVAILABLE, f"Nothing was done: {fault}.")(scope, receive, send)
            if not is_refused:
                await send(message)

        await self._app(scope, receive, send_kept)
