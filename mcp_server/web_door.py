"""What stands before pages and their calls: other sites' pages are refused, and none may show ours in a frame.

A page in the developer's browser can send requests to this machine, and can make its own name lead here.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kustomer_sandbox.mcp_server.host_names import HostNames
from kustomer_sandbox.mcp_server.tools import failures

UNKNOWN_HOST: Final = (
    "This server is not called by this name. Call it as localhost or 127.0.0.1, or start it with --allow-host and the "
    "name."
)
FOREIGN_PAGE: Final = "Another site's page may not use this server: open it by its own address."

_FORWARDED_HOST: Final = re.compile(r'(?:^|[;,])\s*host\s*=\s*"?([^";,\s]*)"?', re.IGNORECASE)
_PLAIN: Final = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
_DOCUMENTS: Final = (
    "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)
"""The documents' page starts with a script of its own, and its library sets styles."""
_HEADERS: Final = {
    "x-frame-options": "DENY",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
}

Refuse = Callable[[str, int, str], Response]
"""Makes the refusal of a request: its path, the status, and why."""


def as_envelope(_: str, status: int, message: str) -> Response:
    """A refusal in the one error envelope of the tool server."""
    return JSONResponse(failures.envelope(status, message), status_code=status)


class WebDoor:
    """An ASGI application that stands before pages and their calls: refuses other pages, keeps its own in order.

    A `Host` that is none of the names is a 421; a foreign `Origin`, or `Sec-Fetch-Site: cross-site`, a 403.
    """

    def __init__(self, app: ASGIApp, names: HostNames, *, refuse: Refuse = as_envelope) -> None:
        self._app = app
        self._names = names
        self._refuse = refuse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        refusal = self._refusal(scope)
        await (refusal or self._app)(scope, receive, _with_headers(send, scope["path"]))

    def _refusal(self, scope: Scope) -> Response | None:
        headers = Headers(scope=scope)
        if not self._names.are_called(scope) or not all(map(self._names.has, _forwarded_hosts(headers))):
            return self._refuse(scope["path"], 421, UNKNOWN_HOST)
        origins = headers.getlist("origin")
        own = all(self._names.is_own(origin, headers["host"]) for origin in origins)
        if not own or "cross-site" in headers.getlist("sec-fetch-site"):
            return self._refuse(scope["path"], 403, FOREIGN_PAGE)
        return None


def _forwarded_hosts(headers: Headers) -> list[str]:
    """The hosts that a proxy says it was called by."""
    found = [host.strip() for line in headers.getlist("x-forwarded-host") for host in line.split(",")]
    return found + [host for line in headers.getlist("forwarded") for host in _FORWARDED_HOST.findall(line)]


def _with_headers(send: Send, path: str) -> Send:
    """Adds what a browser is to be told, where the application did not say it itself."""
    policy = _DOCUMENTS if path.startswith("/docs") else _PLAIN

    async def sender(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in (*_HEADERS.items(), ("content-security-policy", policy)):
                headers.setdefault(name, value)
        await send(message)

    return sender
