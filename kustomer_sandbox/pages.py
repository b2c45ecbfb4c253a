"""The door before the sandbox's pages, its control and its management API, and how it refuses for each of them."""

from __future__ import annotations

from http import HTTPStatus

from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp

from kustomer_sandbox.mcp_server.host_names import HostNames
from kustomer_sandbox.mcp_server.web_door import WebDoor, as_envelope

API, CONTROL = "/v1", "/_sandbox"


def before_pages(app: ASGIApp, names: HostNames) -> WebDoor:
    """The application behind the door; `names` are those by which it may be called."""
    return WebDoor(app, names, refuse=refused)


def refused(path: str, status: int, message: str) -> Response:
    """The refusal in the form of what was called: the errors of API and control, or the tool server's envelope."""
    if not path.startswith((API, CONTROL)):
        return as_envelope(path, status, message)
    code = HTTPStatus(status).phrase.lower().replace(" ", "_")
    return JSONResponse({"errors": [{"code": code, "message": message}]}, status)
