"""The transports that need a real connection: SSE over a socket and stdio over a process."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import anyio
import httpx2
import pytest
from mcp import StdioServerParameters
from mcp.client import Client
from mcp.client.sse import sse_client

from tests.mcp_server.fakes import JANE, PHONE, FakeUpstream
from tests.mcp_server.processes import ROOT, Socketed, on_a_port, running, until_closed

pytestmark = pytest.mark.anyio

GET = "get_single_kustomer_customer_by_id"
OPEN = "create_a_kustomer_customer_unmasking_window"


@pytest.fixture
def socketed() -> Iterator[Socketed]:
    with on_a_port(FakeUpstream()) as served:
        yield served


async def _data(lines: AsyncIterator[str]) -> AsyncIterator[str]:
    async for line in lines:
        if line.startswith("data: "):
            yield line.removeprefix("data: ")


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


async def test_a_session_is_of_no_use_under_another_token(socketed: Socketed) -> None:
    """Its id may leak into a log; the token it belongs to is still needed."""
    async with running(socketed) as (ready, _), httpx2.AsyncClient(timeout=15) as http:
        origin, _, mine = ready["mcp_url"].partition("/mcp/")
        made = await http.post(
            f"{origin}/integrated-account/{ready['account_id']}/mcp",
            json={"name": "other"},
            headers={"authorization": f"Bearer {ready['api_token']}"},
        )
        async with http.stream("GET", f"{origin}/mcp/{mine}/sse") as stream:
            lines = stream.aiter_lines()
            path = await anext(_data(lines))
            ping = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
            foreign = await http.post(origin + path.replace(mine, made.json()["token"]), json=ping)
            own = await http.post(origin + path, json=ping)
    assert (foreign.status_code, own.status_code) == (404, 202)


async def test_a_server_with_the_same_state_keeps_its_url_and_token(socketed: Socketed, tmp_path: Path) -> None:
    """What was pasted into a client's settings goes on working; nothing was kept but hashes."""
    lines = []
    for _ in range(2):
        async with running(socketed, "--state", str(tmp_path / "state")) as (ready, _process):
            lines.append((ready["mcp_url"].rpartition("/")[2], ready["api_token"]))
    assert lines[0] == lines[1]


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
