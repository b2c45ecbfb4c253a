"""The door of the control API: refuses what `kustomer_sandbox.simulator.control.access_rules` does not allow."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Depends, HTTPException, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from kustomer_sandbox.simulator.control.access_rules import Access, forwarded

_SCHEME = HTTPBearer(auto_error=False, scheme_name="controlToken", description="The control token, if one is set.")
_NOT_LOCAL = (
    "The control API answers clients of this machine only, by the name localhost or 127.0.0.1. "
    "To open it to others, start the sandbox with a control token."
)
_CLOSED = (
    "This sandbox can be reached by others, so its control API answers nobody. "
    "To use it, start the sandbox with a control token."
)
_NO_TOKEN = "The control API asks for its token here: `Authorization: Bearer <control token>`."  # noqa: S105 - words


def guard(access: Access) -> Callable[..., Awaitable[None]]:
    """A dependency that raises a 401 where a token is asked for, a 403 where only local clients are answered."""

    async def check(request: Request, given: Annotated[HTTPAuthorizationCredentials | None, Depends(_SCHEME)]) -> None:
        client = request.client.host if request.client else ""
        if access.is_open_to(client, request.headers.get("host", ""), forwarded(request.headers.items())):
            return
        if access.is_closed:
            raise HTTPException(403, _CLOSED)
        if access.token is None:
            raise HTTPException(403, _NOT_LOCAL)
        if given is None or not access.is_shown(given.credentials):
            raise HTTPException(401, _NO_TOKEN, headers={"www-authenticate": "Bearer"})

    return check
