"""The calls a page makes and is made of: to the control and management APIs, as anyone could make them with curl."""

from __future__ import annotations

import json
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlencode

import httpx

from kustomer_sandbox.command.settings import TOKEN_ENV

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.types import ASGIApp

Secret = Literal["", "CONTROL_TOKEN", "KUSTOMER_API_KEY", "API_TOKEN"]
"""What opens a call, by the name of the variable that stands for it in `curl`; nothing is needed for ''."""

_VARIABLES = {"CONTROL_TOKEN": TOKEN_ENV, "API_TOKEN": "KUSTOMER_SANDBOX_API_TOKEN"}
_REFUSED_FROM = 400


class CallRefused(Exception):
    """A call of a page was answered with an error: its status, and the message to show."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


@dataclass(frozen=True, kw_only=True, slots=True)
class MadeCall:
    """One call and what came of it. `body` is JSON, None where none was sent."""

    method: str
    path: str
    body: Any = None
    opened_by: Secret = ""
    status: int = 0

    @property
    def is_read(self) -> bool:
        """Whether it changes nothing."""
        return self.method == "GET"

    def as_curl(self, origin: str) -> str:
        """The same call for a shell; secrets are named by their variables."""
        words = ["curl", "-sS"] + ([] if self.is_read else ["-X", self.method])
        text = shlex.join([*words, origin + self.path])
        if self.opened_by:
            text += f' -H "Authorization: Bearer ${_VARIABLES.get(self.opened_by, self.opened_by)}"'
        if self.body is not None:
            text += " " + shlex.join(["-H", "Content-Type: application/json", "-d", json.dumps(self.body)])
        return text


class PageWire:
    """Makes calls of the pages' own application without a socket. Each is answered as it would be over one.

    `control_token` is what the viewer has shown, if one was asked for; `api_token` opens the management API, whose URLs
    begin as the viewer's do, with `origin`.
    """

    def __init__(self, app: ASGIApp, *, control_token: str, api_token: str, origin: str) -> None:
        self._control_token, self._api_token, self._origin = control_token, api_token, origin
        transport = httpx.ASGITransport(app=app, client=("127.0.0.1", 0))
        self._http = httpx.AsyncClient(transport=transport, base_url="http://localhost")

    async def control(self, method: str, path: str, body: Any = None) -> tuple[MadeCall, Any]:  # noqa: ANN401 - JSON
        """Call the control API below `/_sandbox`. Gives the call and the answer's JSON. Raises `CallRefused`."""
        opened_by: Secret = "CONTROL_TOKEN" if self._control_token else ""
        return await self._made(MadeCall(method=method, path=f"/_sandbox{path}", body=body, opened_by=opened_by))

    async def management(self, method: str, path: str, body: Any = None) -> tuple[MadeCall, Any]:  # noqa: ANN401 - JSON
        """Call the management API of MCP servers likewise."""
        return await self._made(MadeCall(method=method, path=path, body=body, opened_by="API_TOKEN"))

    async def _made(self, call: MadeCall) -> tuple[MadeCall, Any]:
        token = {"CONTROL_TOKEN": self._control_token, "API_TOKEN": self._api_token}.get(call.opened_by, "")
        headers = {"authorization": f"Bearer {token}"} if token else {}
        json_body = {} if call.body is None else {"json": call.body}
        url = (self._origin if call.opened_by == "API_TOKEN" else "") + call.path
        answer = await self._http.request(call.method, url, headers=headers, **json_body)
        said = answer.json() if answer.content else None
        if answer.status_code >= _REFUSED_FROM:
            raise CallRefused(answer.status_code, _message(said))
        made = MadeCall(
            method=call.method, path=call.path, body=call.body, opened_by=call.opened_by, status=answer.status_code
        )
        return made, said


def _message(said: Any) -> str:  # noqa: ANN401 - JSON
    """The message of an error, in whichever of our envelopes."""
    if isinstance(said, dict):
        for error in said.get("errors") or [said.get("error"), said]:
            if isinstance(error, dict) and (told := error.get("message") or error.get("detail")):
                return str(told)
    return "The call was refused."


def with_query(path: str, query: Mapping[str, str | int | None]) -> str:
    """The path with those parameters that have a value."""
    given = {name: value for name, value in query.items() if value not in (None, "")}
    return f"{path}?{urlencode(given)}" if given else path
