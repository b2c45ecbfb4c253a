"""The door before the sandbox's pages, its control and its management API; the API, where web pages may call it."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus

from starlette.middleware.cors import CORSMiddleware
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from kustomer_sandbox.mcp_server.host_names import HostNames
from kustomer_sandbox.mcp_server.web_door import WebDoor, as_envelope
from kustomer_sandbox.simulator.asgi import PREFIXES, is_api

CONTROL = "/_sandbox"
_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


def before_pages(app: ASGIApp, names: HostNames) -> WebDoor:
    """The application behind the door; `names` are those by which it may be called."""
    return WebDoor(app, names, refuse=refused)


def open_to_origins(app: ASGIApp, origins: Sequence[str]) -> ASGIApp:
    """The application, whose API web pages of these origins may call, with any header and without cookies.

    The API alone: the control, the management API and the tool server refuse pages of other sites as before.
    """
    opened = CORSMiddleware(
        app,
        allow_origins=origins,
        allow_methods=_METHODS,
        allow_headers=["*"],
        expose_headers=["*"],
        allow_private_network=True,
    )

    async def chosen(scope: Scope, receive: Receive, send: Send) -> None:
        await (opened if is_api(scope) else app)(scope, receive, send)

    return chosen


def refused(path: str, status: int, message: str) -> Response:
    """The refusal in the form of what was called: the errors of API and control, or the tool server's envelope."""
    if not path.startswith((*PREFIXES, CONTROL)):
        return as_envelope(path, status, message)
    code = HTTPStatus(status).phrase.lower().replace(" ", "_")
    return JSONResponse({"errors": [{"code": code, "message": message}]}, status)
