"""The door of the MCP routes: what HTTP says of a header holds for the headers that MCP adds."""

from __future__ import annotations

from collections.abc import AsyncIterator

import anyio
import httpx2
import pytest

from tests.mcp_server.fakes import JANE, MODERN

pytestmark = pytest.mark.anyio

GET = "get_single_kustomer_customer_by_id"


async def test_white_space_around_a_header_is_no_part_of_it(http: httpx2.AsyncClient, token: str) -> None:
    """Not every HTTP parser takes it away, and the protocol compares these headers with the body."""
    call = {"name": GET, "arguments": {"id": JANE}, "_meta": MODERN}
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": call}
    headers = {"accept": "application/json, text/event-stream", "mcp-protocol-version": "2026-07-28"}
    headers |= {"mcp-method": " tools/call\t", "mcp-name": f"  {GET}  "}
    answer = await http.post(f"/mcp/{token}", json=body, headers=headers)
    assert answer.status_code == 200, answer.text


PATHS = {"": "POST", "/sse": "GET", "/messages": "POST"}
"""What follows the token, and how it is called."""


@pytest.mark.parametrize("path", PATHS, ids=["streamable", "sse", "messages"])
@pytest.mark.parametrize(
    ("headers", "status"),
    [({"host": "evil.example"}, 421), ({"origin": "https://evil.example"}, 403)],
    ids=["host", "origin"],
)
async def test_no_web_page_reaches_a_transport(
    http: httpx2.AsyncClient, token: str, path: str, headers: dict[str, str], status: int
) -> None:
    """A page in the user's browser could send requests to a local server, or rename itself to it."""
    given = {"content-type": "application/json", **headers}
    with anyio.fail_after(10):
        got = await http.request(PATHS[path], f"/mcp/{token}{path}", headers=given, content=b"{}")
    assert got.status_code == status


async def test_a_body_without_a_length_is_held_to_the_limit_too(http: httpx2.AsyncClient, token: str) -> None:
    """Memory is not for whoever asks first and does not say how much."""

    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(5):
            yield b" " * 2**20

    headers = {"content-type": "application/json", "accept": "application/json, text/event-stream"}
    assert (await http.post(f"/mcp/{token}", content=pieces(), headers=headers)).status_code == 413


@pytest.mark.parametrize("path", ["/sse", "/messages", "/nothing"])
async def test_every_path_below_a_token_needs_the_token(http: httpx2.AsyncClient, path: str) -> None:
    """One door, one answer."""
    got = await http.request(PATHS.get(path, "GET"), f"/mcp/unknown{path}")
    assert got.status_code == (404 if path == "/nothing" else 401)
