"""The real thing: processes killed in the middle of the unmasking scenario, and no window that stays open."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import anyio
import pytest
from anyio.abc import Process
from mcp.client import Client

from tests.mcp_server.fakes import JANE, MODERN, FakeUpstream
from tests.mcp_server.processes import ROOT, Socketed, on_a_port, running, until_closed

pytestmark = pytest.mark.anyio

BY_EMAIL = "kustomer_customers_using_email"
OPEN = "create_a_kustomer_customer_unmasking_window"
GET = "get_single_kustomer_customer_by_id"
CLOSE = "delete_a_kustomer_customer_unmasking_window_by_id"
REQUESTS = 4
"""Upstream requests in the scenario: by e-mail, open, read, close."""

CLIENT = f"""
import anyio, sys
from mcp.client import Client
from mcp import StdioServerParameters
from mcp.client.sse import sse_client
target = sys.argv[1:]
async def main():
    if target[0] == "sse":
        transport = sse_client(target[1])
    else:
        transport = StdioServerParameters(command=target[1], args=target[2:], env=dict(__import__("os").environ))
    async with Client(transport) as client:
        await client.call_tool({OPEN!r}, {{"customer_id": {JANE!r}}})
        await client.call_tool({GET!r}, {{"id": {JANE!r}}})
        print("open", flush=True)
        await anyio.sleep_forever()
anyio.run(main)
"""


@pytest.fixture
def socketed() -> Iterator[Socketed]:
    with on_a_port(FakeUpstream()) as served:
        yield served


async def scenario(url: str) -> None:
    """Verify Jane's phone number; breaks off when the server dies."""
    with contextlib.suppress(Exception):
        async with Client(url) as client:
            await client.call_tool(BY_EMAIL, {"email": "jane.doe@example.com"})
            await client.call_tool(OPEN, {"customer_id": JANE})
            await client.call_tool(GET, {"id": JANE})
            await client.call_tool(CLOSE, {"id": JANE})


async def killed_once(socketed: Socketed, state: Path, point: int) -> None:
    """Run the scenario, kill the server at a point of it, start again: everything is closed."""
    at, arrived = point % REQUESTS, point // REQUESTS % 2 == 1
    async with running(socketed, "--state", str(state)) as (ready, process):
        _arm(socketed, process, at=len(socketed.fake.requests) + at, arrived=arrived)
        with anyio.fail_after(30):
            await scenario(ready["mcp_url"])
            assert await process.wait() != 0
    socketed.before = socketed.after = lambda _number: None
    async with running(socketed, "--state", str(state)):
        await until_closed(socketed)


def _arm(socketed: Socketed, process: Process, *, at: int, arrived: bool) -> None:
    def kill(number: int) -> None:
        if number == at:
            process.kill()

    if arrived:
        socketed.after = kill
    else:
        socketed.before = kill


@pytest.mark.parametrize("point", [2, 5])
async def test_a_server_killed_with_an_open_window_closes_it_after_its_restart(
    socketed: Socketed, tmp_path: Path, point: int
) -> None:
    """While it reads, and right after the window opened but before it heard so."""
    await killed_once(socketed, tmp_path / "state", point)


async def test_a_stdio_server_that_is_told_to_stop_closes_its_windows_and_ends(socketed: Socketed) -> None:
    """Its client may keep the pipe open for ever; the process must not wait for it."""
    call = {"name": OPEN, "arguments": {"customer_id": JANE}, "_meta": MODERN}
    line = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": call})
    opened = anyio.open_process(socketed.command("--stdio"), env=socketed.environment, cwd=ROOT)
    async with await opened as server:
        assert server.stdin is not None
        assert server.stdout is not None
        await server.stdin.send(line.encode() + b"\n")
        with anyio.fail_after(30):
            assert b"unmasking_lease" in await server.stdout.receive()
        assert socketed.fake.open_windows == {JANE}
        server.terminate()
        with anyio.fail_after(15):
            assert await server.wait() != 0
    assert socketed.fake.open_windows == set()


@pytest.mark.parametrize("transport", ["sse", "stdio"])
async def test_a_killed_client_leaves_no_window(socketed: Socketed, transport: str) -> None:
    """The server learns of it at once on these transports, and closes without waiting for the lease to end.

    One that has made no other call could be one that connects for each: its window lasts as long as its lease.
    """
    async with contextlib.AsyncExitStack() as stack:
        if transport == "sse":
            ready, _ = await stack.enter_async_context(running(socketed))
            target = ["sse", ready["mcp_url"] + "/sse"]
        else:
            target = ["stdio", *socketed.command("--stdio")]
        command = [sys.executable, "-c", CLIENT, *target]
        opened = anyio.open_process(command, env=socketed.environment, cwd=ROOT, stderr=subprocess.DEVNULL)
        client = await stack.enter_async_context(await opened)
        assert client.stdout is not None
        with anyio.fail_after(30):
            assert (await client.stdout.receive()).strip() == b"open"
        assert socketed.fake.open_windows == {JANE}
        client.kill()
        await until_closed(socketed)
