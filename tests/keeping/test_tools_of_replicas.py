"""Two processes of `up` with one PostgreSQL: their MCP servers are the same, and one goes on where the other ended."""

from __future__ import annotations

from collections.abc import Callable

import anyio
import pytest
from mcp.client import Client

from tests.interop.killing import OPEN
from tests.keeping.conftest import POSTGRES
from tests.keeping.replica_processes import Replica, replicas

pytestmark = [*POSTGRES, pytest.mark.timeout(600)]
FIND = "list_all_kustomer_customers"


def at(replica: Replica, url: str) -> str:
    """An MCP URL at this process, whoever has made it."""
    return f"{replica.ready['base_url']}/mcp/{url.partition('/mcp/')[2]}"


async def test_a_url_works_at_either_process_and_a_token_until_it_is_revoked_at_one(
    new_database: Callable[[str], str],
) -> None:
    """That of the start and that of another world; and so does an API token, and the one that is left goes on alone."""
    with replicas(new_database("tools"), 2, kind="up") as (one, other):
        assert one.ready["api_token"] == other.ready["api_token"]
        assert at(one, one.ready["mcp_url"]) == at(one, other.ready["mcp_url"])
        assert one.call("POST", "/_sandbox/worlds", {"name": "second", "scenario": "demo"})[0] < 300
        url: str = one.call("POST", "/_sandbox/worlds/second/mcp")[1]["mcp_url"]
        for replica in (one, other):
            async with Client(at(replica, url)) as client:
                answer = await client.call_tool(FIND, {})
                assert not answer.is_error, answer
        headers = {"authorization": f"Bearer {one.ready['api_token']}"}
        (made,) = one.http.get("/api-token", headers=headers).json()["result"]
        assert other.http.delete(f"/api-token/{made['id']}", headers=headers).status_code == 204
        assert one.http.get("/api-token", headers=headers).status_code == 401
        other.close()
        async with Client(at(one, url)) as client:  # though the account's address was the other's
            assert not (await client.call_tool(FIND, {})).is_error


async def test_a_window_that_a_killed_process_had_open_is_closed_by_the_other(
    new_database: Callable[[str], str],
) -> None:
    with replicas(new_database("tools"), 2, kind="up") as (one, other):
        customer = one.make("/v1/customers", name="Jane")
        async with Client(one.ready["mcp_url"]) as client:
            assert not (await client.call_tool(OPEN, {"customer_id": customer})).is_error
            assert len(other.control("GET", "/windows")) == 1
            one.close()
        with anyio.fail_after(60):
            while other.control("GET", "/windows"):  # noqa: ASYNC110 - another process can only be asked
                await anyio.sleep(0.05)
        entries = other.control("GET", "/journal?method=DELETE")["entries"]
        assert [entry["status"] for entry in entries] == [204]
