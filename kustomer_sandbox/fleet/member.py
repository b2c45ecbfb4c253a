"""A worker's side of a fleet: what is asked here about other workers' worlds goes to the main one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kustomer_sandbox.fleet.asked import asked_of
from kustomer_sandbox.fleet.bodies import Answerer, read_body
from kustomer_sandbox.fleet.holder import Holder

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send


class Member:
    """An application in front of a worker's own; `holder` has its worlds, `main` answers for all others."""

    def __init__(self, app: ASGIApp, *, holder: Holder, main: Answerer) -> None:
        self._app = app
        self._holder = holder
        self._main = main

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        asked = asked_of(scope["method"], scope["path"])
        is_here = asked.kind == "own" or (asked.kind == "one" and self._holder.has(asked.name))
        if is_here:
            await self._holder(scope, receive, send)
            return
        body = await read_body(receive)
        if body is not None:
            await self._main(scope, body, receive, send)
