"""Who may see the console, and act in it: whoever may use the control API, from a page of this server.

A browser cannot show the control token with every page, so it is exchanged for a cookie once, at `/console/sign-in`.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Final

from kustomer_sandbox.mcp_server.state.tokens import random_hex
from kustomer_sandbox.simulator.control.access_rules import Access, forwarded

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

COOKIE: Final = "kustomer_sandbox_console"
NOT_HERE: Final = "This sandbox can be reached by others, so its console answers nobody. Start it with a control token."
NOT_LOCAL: Final = "The console answers browsers of this machine only, by the name localhost or 127.0.0.1."
NOT_A_PAGE: Final = "Only a page of this console may act here."
_SESSIONS: Final = 64
_SECRET_BYTES: Final = 32


class ConsoleDoor:
    """Tells who is at the door. Sessions live as long as the process, the latest few of them."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._tokens: OrderedDict[str, str] = OrderedDict()

    @property
    def wants_token(self) -> bool:
        """Whether the control token is asked for."""
        return self._access.token is not None and not self._access.is_closed

    def refusal(self, request: Request) -> str:
        """Why nobody is answered from there, token or not; empty if there is no such reason."""
        if self._access.is_closed:
            return NOT_HERE
        client = request.client.host if request.client else ""
        host = request.headers.get("host", "")
        is_open = self._access.is_open_to(client, host, forwarded(request.headers.items()))
        return "" if self.wants_token or is_open else NOT_LOCAL

    def token_of(self, request: Request) -> str | None:
        """The control token that the visitor has shown; empty where none is asked for, None where one is missing."""
        if not self.wants_token:
            return ""
        return self._tokens.get(request.cookies.get(COOKIE, ""))

    def sign_in(self, token: str, response: Response, *, is_https: bool) -> bool:
        """Whether this is the control token; if so, the response takes a cookie along that stands for it."""
        if not self._access.is_shown(token):
            return False
        session = random_hex(_SECRET_BYTES)
        self._tokens[session] = token
        if len(self._tokens) > _SESSIONS:
            self._tokens.popitem(last=False)
        response.set_cookie(COOKIE, session, path="/", httponly=True, samesite="strict", secure=is_https)
        return True


def may_act(request: Request) -> bool:
    """Whether a request to act comes from a page of this console.

    Browsers say from which site a request comes, and another site's page cannot set htmx's header without asking.
    """
    site = request.headers.get("sec-fetch-site", "same-origin")
    return site == "same-origin" and request.headers.get("hx-request") == "true"
