"""The edge of the management API: who may call it, how large a body may be, and the one shape of its errors."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Coroutine, Sequence
from http import HTTPStatus
from typing import Any, Final

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.routing import Route
from starlette.types import Message, Receive, Scope, Send

from kustomer_sandbox.mcp_server.state.database import StateUnavailable
from kustomer_sandbox.mcp_server.tools import failures
from kustomer_sandbox.mcp_server.tools.places import show

BODY_BYTES: Final = 64 * 1024
MOST_REASONS: Final = 20
"""Of more faults in one request the first ones are told."""
_LOG: Final = logging.getLogger(__name__)
Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class Refused(Exception):
    """A request is declined: HTTP status and a message that repeats no value."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


class EnvelopeRoute(APIRoute):
    """Answers every refusal with the error envelope, and none with what was sent or what broke."""

    def get_route_handler(self) -> Handler:
        inner = super().get_route_handler()

        async def handler(request: Request) -> Response:
            try:
                return await inner(await _bounded(request))
            except Exception as error:  # noqa: BLE001 - the outer edge
                return _refusal_for(error)

        return handler


def _refusal_for(error: Exception) -> Response:
    if isinstance(error, ClientDisconnect):
        return Response()  # nobody hears it
    if isinstance(error, Refused):
        return refusal(error.status, error.message)
    if isinstance(error, RequestValidationError):
        return refusal(400, "; ".join(_reasons(error.errors())))
    if isinstance(error, HTTPException):
        return refusal(error.status_code, str(error.detail))
    if isinstance(error, StateUnavailable):
        return refusal(503, f"Not possible for now: {error}. Mend that and send the request again.")
    _LOG.error("a management call failed with %s", type(error).__name__)
    return refusal(500, "An unexpected fault.")


def add_refusals(router: APIRouter) -> None:
    """Answer for every other method and path below the router's own: last, so that nothing real is hidden."""
    allowed: dict[str, set[str]] = {}
    for route in router.routes:
        if isinstance(route, APIRoute):
            allowed.setdefault(route.path, set()).update(route.methods or ())
    for path, methods in allowed.items():
        router.routes.append(Route(path, _Answer(405, "This path has other methods.", allow=methods)))
    for first in sorted({path.split("/")[1] for path in allowed}):
        nowhere = _Answer(404, "The management API has no such path: see /docs.")
        router.routes += [Route(f"/{first}", nowhere), Route(f"/{first}/{{rest:path}}", nowhere)]


def refuse_alike(app: FastAPI) -> None:
    """Answer for what no route of an application takes in the same envelope: for one that serves nothing else."""

    @app.exception_handler(HTTPException)
    async def refused(_: Request, error: HTTPException) -> JSONResponse:
        return refusal(error.status_code, HTTPStatus(error.status_code).phrase)


class _Answer:
    """An endpoint for any method that always refuses; a class, since functions are given GET alone."""

    def __init__(self, status: int, message: str, *, allow: Collection[str] = ()) -> None:
        self._response = refusal(status, message)
        if allow:
            self._response.headers["allow"] = ", ".join(sorted(allow))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._response(scope, receive, send)


def refusal(status: int, message: str) -> JSONResponse:
    """The envelope as a response; a 401 says which scheme is wanted."""
    headers = {"www-authenticate": "Bearer"} if status == 401 else None  # noqa: PLR2004
    return JSONResponse(failures.envelope(status, message), status_code=status, headers=headers)


async def _bounded(request: Request) -> Request:
    """The same request with its body read, up to the limit."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > BODY_BYTES:
            raise Refused(413, f"The body may have at most {BODY_BYTES} bytes.")
    messages: list[Message] = [{"type": "http.request", "body": bytes(body), "more_body": False}]

    async def replay() -> Message:
        return messages.pop() if messages else {"type": "http.disconnect"}

    return Request(request.scope, replay)


def _reasons(errors: Sequence[Any]) -> list[str]:
    """Where and why; pydantic's own messages state rules, never the value, but for these types."""
    found = []
    for error in errors[:MOST_REASONS]:
        where, *path = error["loc"]
        if error["type"] == "json_invalid":
            found.append("the body must be valid JSON")
        else:
            text = "is not known here" if error["type"] == "extra_forbidden" else _rule(error)
            found.append(f"{where} `{show(path) or where}`: {text}")
    return found


def _rule(error: Any) -> str:  # noqa: ANN401
    shows_input = "datetime" in error["type"] or error["type"] in {"value_error", "assertion_error"}
    return "is not a valid value" if shows_input else str(error["msg"]).lower()
