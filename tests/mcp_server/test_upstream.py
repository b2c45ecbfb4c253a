"""Every way an upstream call can end is a reply; nothing of our insides is in it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

import httpx
import pytest

from kustomer_sandbox.mcp_server.model import Account, UpstreamRequest, UpstreamResponse
from kustomer_sandbox.mcp_server.upstream.upstream import Upstream
from kustomer_sandbox.mcp_server.upstream.wire import HttpWire
from tests.mcp_server.fakes import KEY

ACCOUNT = Account(id="acme", base_url="https://acme.api.example/", key_env="ACME_KEY")
GET = UpstreamRequest(method="GET", path="/v1/x", query=(("a", "b c&d"),))

pytestmark = pytest.mark.anyio


async def send(
    handler: Callable[[httpx.Request], httpx.Response], *, key: str = KEY, request: UpstreamRequest = GET
) -> UpstreamResponse:
    async with httpx.MockTransport(handler) as transport:
        return await Upstream(HttpWire(transport), secrets={"ACME_KEY": key}).send(ACCOUNT, request)


async def test_the_request_goes_out_as_built_with_the_key() -> None:
    """Nothing is encoded twice and nothing is lost."""
    seen: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json={"data": 1})

    posted = UpstreamRequest(method="POST", path="/v1/x%2Fy", query=(("a", "b c&d"),), body=b'{"a":1}')
    got = await send(handler, request=posted)
    assert got.body == {"data": 1}
    assert str(seen[0].url) == "https://acme.api.example/v1/x%2Fy?a=b%20c%26d"
    assert seen[0].headers["authorization"] == f"Bearer {KEY}"
    assert seen[0].content == b'{"a":1}'


def raising(error: Exception) -> Callable[[httpx.Request], httpx.Response]:
    def handler(_request: httpx.Request) -> httpx.Response:
        raise error

    return handler


def answering(response: httpx.Response) -> Callable[[httpx.Request], httpx.Response]:
    return lambda _request: response


@pytest.mark.parametrize(
    ("handler", "status"),
    [
        (raising(httpx.ConnectError("10.0.0.7 refused")), 502),
        (raising(httpx.ReadTimeout("slow 10.0.0.7")), 504),
        (raising(httpx.RemoteProtocolError("cut")), 502),
        (answering(httpx.Response(200, text="<html>10.0.0.7</html>")), 502),
        (answering(httpx.Response(200, content=b'{"data": [1, 2')), 502),
        (answering(httpx.Response(503, text="<html>10.0.0.7</html>")), 503),
        (answering(httpx.Response(302, headers={"location": "http://10.0.0.7/"})), 502),
    ],
    ids=["refused", "slow", "protocol", "html", "cut", "html-503", "redirect"],
)
async def test_an_unusable_answer_is_a_fault_without_internals(
    handler: Callable[[httpx.Request], httpx.Response], status: int
) -> None:
    """A model needs to know what happened, not our addresses."""
    got = await send(handler)
    assert got.status == status
    assert got.fault.endswith(".")
    assert got.body is None
    assert "10.0.0.7" not in got.fault


@pytest.mark.parametrize("key", ["", " ", "wëird", "two\nlines"], ids=["none", "blank", "not-ascii", "newline"])
async def test_an_unusable_key_is_refused_before_anything_is_sent(key: str) -> None:
    """A key that cannot be a header must not become a crash, nor be shown."""
    got = await send(raising(AssertionError("nothing may be sent")), key=key)
    assert got == UpstreamResponse(status=401, headers={}, fault="No usable API key is configured for this account.")


async def test_an_empty_success_is_no_fault() -> None:
    """Deletes answer 204 without a body."""
    got = await send(answering(httpx.Response(204)))
    assert (got.status, got.body, got.fault) == (204, None, "")


async def test_an_endless_answer_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """An upstream gone wrong must not fill our memory: reading stops soon after the limit."""
    monkeypatch.setattr("kustomer_sandbox.mcp_server.upstream.wire.BODY_BYTES", 10)
    monkeypatch.setattr("kustomer_sandbox.mcp_server.upstream.upstream.BODY_BYTES", 10)
    read: list[bytes] = []

    async def endless() -> AsyncIterator[bytes]:
        while len(read) < 1000:
            read.append(b"[1,2,")
            yield read[-1]

    got = await send(lambda _request: httpx.Response(200, content=endless()))
    assert (got.status, got.fault) == (502, "The upstream API's answer is too large.")
    assert len(read) == 3
