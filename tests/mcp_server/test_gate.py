"""The door of the MCP routes: what HTTP says of a header holds for the headers that MCP adds."""

from __future__ import annotations

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
