"""How large a request to the control API may be."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

import orjson
from fastapi import HTTPException, Request, Response
from fastapi.routing import APIRoute
from starlette.requests import ClientDisconnect
from starlette.types import Message

BODY_BYTES = 1024 * 1024
"""More than any control call needs; a scenario file is named, not sent."""


class _StrictRequest(Request):
    """One whose JSON holds nothing that cannot be kept as JSON: no NaN, no halves of characters, no endless nesting."""

    async def json(self) -> Any:  # noqa: ANN401 - a JSON document
        return orjson.loads(await self.body())


class BoundedRoute(APIRoute):
    """A route that reads a body no further than `BODY_BYTES`, and answers 413 for a longer one."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        inner = super().get_route_handler()

        async def handler(request: Request) -> Response:
            try:
                return await inner(await _bounded(request))
            except ClientDisconnect:
                return Response()  # nobody hears it

        return handler


async def _bounded(request: Request) -> Request:
    """The same request with its body read. Raises `HTTPException` (413)."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > BODY_BYTES:
            raise HTTPException(413, f"The body may have at most {BODY_BYTES} bytes.")
    messages: list[Message] = [{"type": "http.request", "body": bytes(body), "more_body": False}]

    async def replay() -> Message:
        return messages.pop() if messages else await request.receive()

    return _StrictRequest(request.scope, replay)
