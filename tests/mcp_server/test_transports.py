"""The transports that need a real connection: SSE over a socket and stdio over a process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import anyio
import httpx
import pytest
from mcp import StdioServerParameters
from mcp.client import Client
from mcp.client.sse import sse_client

from tests.mcp_server.fakes import JANE, KEY, PHONE, FakeUpstream

pytestmark = pytest.mark.anyio

ROOT = Path(__file__).parents[2]
GET = "get_single_kustomer_customer_by_id"
OPEN = "create_a_kustomer_customer_unmasking_window"


@dataclass(frozen=True)
class Socketed:
    """The fake upstream behind a port."""

    fake: FakeUpstream
    url: str

    def command(self, *more: str) -> list[str]:
        return [sys.executable, "-m", "mcp_server", "--upstream", self.url, "--key-env", "ACME_KEY", *more]

    @property
    def environment(self) -> dict[str, str]:
        return {"PATH": os.environ["PATH"], "ACME_KEY": KEY, "PYTHONPATH": str(ROOT)}


@pytest.fixture
def socketed() -> Iterator[Socketed]:
    fake = FakeUpstream()

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            request = httpx.Request(self.command, f"http://{self.headers['host']}{self.path}")
            reply = fake(request)
            self.send_response(reply.status_code)
            self.send_header("content-length", str(len(reply.content)))
            self.end_headers()
            self.wfile.write(reply.content)

        do_GET = do_POST = do_DELETE = answer  # noqa: N815

        def log_message(self, *_args: object) -> None:
            """Quiet."""

    served = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=served.serve_forever, daemon=True)
    thread.start()
    yield Socketed(fake, f"http://127.0.0.1:{served.server_port}")
    served.shutdown()
    served.server_close()
    thread.join()


@asynccontextmanager
async def running(socketed: Socketed, *more: str) -> AsyncIterator[tuple[dict[str, str], anyio.abc.Process]]:
    """The server as a process; gives its ready line."""
    command = socketed.command("--json", *more)
    async with await anyio.open_process(command, env=socketed.environment, cwd=ROOT, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        try:
            with anyio.fail_after(20):
                line = await process.stdout.receive()
            yield json.loads(line), process
        finally:
            if process.returncode is None:
                process.terminate()
                with anyio.fail_after(15):
                    await process.wait()


async def until_closed(socketed: Socketed) -> None:
    closed = await anyio.to_thread.run_sync(socketed.fake.no_window.wait, 15)
    assert closed


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_a_tool_is_called_over_the_older_sse_transport(socketed: Socketed, mode: str) -> None:
    """Claude Desktop guides of the past point here; the announced path must keep the token."""
    async with running(socketed) as (ready, _), Client(sse_client(ready["mcp_url"] + "/sse"), mode=mode) as client:
        got = await client.call_tool(GET, {"id": JANE})
    assert got.structured_content == socketed.fake.customer()


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_a_tool_is_called_over_stdio(socketed: Socketed, mode: str) -> None:
    """The fewest parts for Claude Desktop: no port, no bridge."""
    command, *arguments = socketed.command("--stdio")
    parameters = StdioServerParameters(command=command, args=arguments, env=socketed.environment, cwd=ROOT)
    async with Client(parameters, mode=mode) as client:
        got = await client.call_tool(GET, {"id": JANE})
    assert got.structured_content == socketed.fake.customer()


async def test_a_client_that_leaves_the_sse_stream_leaves_no_window(socketed: Socketed) -> None:
    """Nobody is there to close it any more."""
    async with running(socketed) as (ready, _):
        async with Client(sse_client(ready["mcp_url"] + "/sse")) as client:
            await client.call_tool(OPEN, {"customer_id": JANE})
            assert PHONE in str((await client.call_tool(GET, {"id": JANE})).structured_content)
        await until_closed(socketed)


async def test_a_client_that_leaves_stdio_leaves_no_window(socketed: Socketed) -> None:
    """The process ends with its client, and closes first."""
    command, *arguments = socketed.command("--stdio")
    parameters = StdioServerParameters(command=command, args=arguments, env=socketed.environment, cwd=ROOT)
    async with Client(parameters) as client:
        await client.call_tool(OPEN, {"customer_id": JANE})
        assert socketed.fake.open_windows == {JANE}
    await until_closed(socketed)


async def test_a_server_that_is_told_to_stop_closes_its_windows(socketed: Socketed) -> None:
    """Over Streamable HTTP no connection tells that the client is gone; the stop does."""
    async with running(socketed) as (ready, process):
        async with Client(ready["mcp_url"]) as client:
            await client.call_tool(OPEN, {"customer_id": JANE})
        assert socketed.fake.open_windows == {JANE}
        process.terminate()
        with anyio.fail_after(15):
            await process.wait()
    assert socketed.fake.open_windows == set()
