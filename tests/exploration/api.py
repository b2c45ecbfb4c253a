"""The API as the exploration sees it: one window, and requests that wait until it is said how they end."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Final

from kustomer_sandbox.mcp_server.model import UpstreamRequest, UpstreamResponse
from tests.mcp_server.fakes import JANE, PHONE


class Killed(BaseException):
    """The process is gone: nothing below this line runs any more."""


def _customer(phone: str) -> UpstreamResponse:
    body = {"data": {"type": "customer", "id": JANE, "attributes": {"phones": [{"phone": phone}]}}}
    return UpstreamResponse(status=200, headers={}, raw=json.dumps(body).encode())


REFUSAL: Final = UpstreamResponse(status=403, headers={}, raw=b'{"errors":[{"message":"no"}]}')
FAILURE: Final = UpstreamResponse(status=500, headers={}, raw=b'{"errors":[{"message":"later"}]}')
ANSWERS: Final = {
    ("POST", "ok"): UpstreamResponse(status=201, headers={}, raw=_customer("***").raw),
    ("POST", "refused"): REFUSAL,
    ("POST", "failed"): FAILURE,
    ("DELETE", "ok"): UpstreamResponse(status=204, headers={}),
    ("DELETE", "failed"): FAILURE,
    ("GET", "clear"): _customer(PHONE),
    ("GET", "masked"): _customer("***"),
}
"""What is answered, by method and outcome. `lost` is no answer at all."""


class Api:
    """A `Wire`. Without `at_once` each request waits in `waiting` for `answer`."""

    def __init__(self) -> None:
        self.is_open = False
        self.waiting: list[tuple[str, asyncio.Future[UpstreamResponse]]] = []
        self.at_once: Callable[[str], str] | None = None

    async def exchange(self, request: UpstreamRequest, *, timeout: float) -> UpstreamResponse:  # noqa: ASYNC109, ARG002
        if self.at_once is not None:
            return _answer(request.method, self.reach(request.method, self.at_once(request.method)))
        future: asyncio.Future[UpstreamResponse] = asyncio.get_running_loop().create_future()
        self.waiting.append((request.method, future))
        return await future

    def answers_at_once(self, origin: str, key: str) -> bool:  # noqa: ARG002 - the wire's form
        return False

    async def aclose(self) -> None:
        """Nothing is held."""

    def reach(self, method: str, outcome: str) -> str:
        """A request arrives: what it does, and which answer leaves."""
        if method == "GET":
            return "clear" if self.is_open else "masked"
        if outcome == "ok":
            self.is_open = method == "POST"
        return outcome

    def answer(self, outcome: str) -> None:
        """The answers arrive."""
        for method, future in self.waiting:
            if outcome == "lost":
                future.set_exception(TimeoutError())
            else:
                future.set_result(_answer(method, outcome))
        self.waiting.clear()

    def kill(self) -> None:
        """Nobody waits any more."""
        for _, future in self.waiting:
            if not future.done():
                future.set_exception(Killed())
        self.waiting.clear()


def _answer(method: str, outcome: str) -> UpstreamResponse:
    return ANSWERS[method, outcome]
