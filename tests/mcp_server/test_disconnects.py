"""Who leaves is not worked for any longer: a call whose client is gone ends at the upstream, too."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import anyio
import httpx2
import pytest
from anyio.abc import SocketAttribute, SocketStream
from mcp import StdioServerParameters
from mcp.client import Client

from tests.mcp_server.fakes import JANE, KEY, MODERN, FakeUpstream
from tests.mcp_server.processes import ROOT, Socketed, running

pytestmark = pytest.mark.anyio

GET = "get_single_kustomer_customer_by_id"
SECONDS = 15


@dataclass
class Hanging:
    """An upstream that takes a request and never answers; it notes when one comes and when its caller has left."""

    url: str = ""
    came: anyio.Event = field(default_factory=anyio.Event)
    left: anyio.Event = field(default_factory=anyio.Event)

    async def serve(self, stream: SocketStream) -> None:
        async with stream:
            await stream.receive()
            self.came.set()
            try:
                await stream.receive()
            except (anyio.EndOfStream, anyio.BrokenResourceError):
                self.left.set()


@pytest.fixture
async def hanging() -> AsyncIterator[Hanging]:
    async with listening() as upstream:
        yield upstream


@asynccontextmanager
async def listening() -> AsyncIterator[Hanging]:
    upstream = Hanging()
    async with await anyio.create_tcp_listener(local_host="127.0.0.1") as listener, anyio.create_task_group() as group:
        upstream.url = f"http://127.0.0.1:{listener.extra(SocketAttribute.local_port)}"  # noqa: S610 - no Django here
        group.start_soon(listener.serve, upstream.serve)
        yield upstream
        group.cancel_scope.cancel()


async def left(upstream: Hanging) -> bool:
    """Whether the tool server lets go of the request within bounds."""
    with anyio.move_on_after(SECONDS):
        await upstream.left.wait()
    return upstream.left.is_set()


async def outcomes(http: httpx2.AsyncClient, ready: dict[str, str]) -> list[str]:
    """How the calls ended, as the log tells."""
    log = ready["mcp_url"].partition("/mcp/")[0] + "/log"
    answer = await http.get(log, headers={"authorization": f"Bearer {ready['api_token']}"})
    return [line["outcome"] for line in answer.json()["result"]]


async def test_a_client_that_hangs_up_over_http_cancels_the_upstream_call(hanging: Hanging) -> None:
    """The newest protocol era has no message for it: the end of the connection is the message."""
    call = {"name": GET, "arguments": {"id": JANE}, "_meta": MODERN}
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": call}
    headers = {"accept": "application/json, text/event-stream", "mcp-protocol-version": "2026-07-28"}
    headers |= {"mcp-method": "tools/call", "mcp-name": GET}
    socketed = Socketed(FakeUpstream(), url=hanging.url)
    async with running(socketed) as (ready, _), httpx2.AsyncClient(timeout=SECONDS) as http:
        async with anyio.create_task_group() as group, httpx2.AsyncClient(timeout=60) as leaving:

            async def post() -> None:
                await leaving.post(ready["mcp_url"], json=body, headers=headers)

            group.start_soon(post)
            await hanging.came.wait()
            assert not hanging.left.is_set()
            group.cancel_scope.cancel()
        assert await left(hanging)
        assert await outcomes(http, ready) == ["cancelled"]


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_a_call_that_is_cancelled_over_stdio_cancels_the_upstream_call(hanging: Hanging, mode: str) -> None:
    """The model's user pressed stop: the connection stays, the call goes."""
    async with Client(stdio(hanging), mode=mode) as client:
        async with anyio.create_task_group() as group:
            group.start_soon(client.call_tool, GET, {"id": JANE})
            await hanging.came.wait()
            assert not hanging.left.is_set()
            group.cancel_scope.cancel()
        assert await left(hanging)
        assert GET in {tool.name for tool in (await client.list_tools()).tools}


async def test_a_client_that_leaves_stdio_cancels_the_upstream_call(hanging: Hanging) -> None:
    """Nobody reads the answer any more."""
    async with anyio.create_task_group() as group:

        async def call() -> None:
            async with Client(stdio(hanging)) as client:
                await client.call_tool(GET, {"id": JANE})

        group.start_soon(call)
        await hanging.came.wait()
        group.cancel_scope.cancel()
    assert await left(hanging)


def stdio(upstream: Hanging) -> StdioServerParameters:
    arguments = ["-m", "kustomer_sandbox.mcp_server", "--stdio", "--upstream", upstream.url, "--key-env", "ACME_KEY"]
    return StdioServerParameters(command=sys.executable, args=arguments, env={"ACME_KEY": KEY}, cwd=ROOT)
