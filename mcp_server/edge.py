"""The edge of the management API: who may call it, how large a body may be, and the one shape of its errors."""

from __future__ import annotations

import logging
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, Final

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.types import Message

from mcp_server import failures
from mcp_server.reasons import show

BODY_BYTES: Final = 64 * 1024
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
            except Refused as error:
                return refusal(error.status, error.message)
            except RequestValidationError as error:
                return refusal(400, "; ".join(_reasons(error.errors())))
            except HTTPException as error:
                return refusal(error.status_code, str(error.detail))
            except Exception as error:  # noqa: BLE001 - the outer edge
                _LOG.error("a management call failed with %s", type(error).__name__)
                return refusal(500, "An unexpected fault.")

        return handler


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
    for error in errors:
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
