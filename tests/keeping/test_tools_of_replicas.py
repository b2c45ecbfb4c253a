"""Two processes of `up` with one PostgreSQL: their MCP servers are the same, and one goes on where the other ended."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import anyio
import pytest
from mcp.client import Client

from tests.interop.killing import OPEN
from tests.keeping.conftest import POSTGRES
from tests.keeping.replica_processes import Replica, replicas

pytestmark = [*POSTGRES, pytest.mark.timeout(600)]
FIND, MAKE = "list_all_kustomer_customers", "create_a_kustomer_customer"


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


async def test_an_episode_is_everybodys_at_once(new_database: Callable[[str], str]) -> None:
    """Begun at one, it is listed, called and ended at the other, whose answer tells of all; and then it is nobody's."""
    with replicas(new_database("episodes"), 2, kind="up") as (one, other):
        begun = one.call("POST", "/_sandbox/episodes", {"scenario": "empty"})[1]
        path = f"/_sandbox/episodes/{begun['episode']}"
        assert [shown["episode"] for shown in other.call("GET", "/_sandbox/episodes")[1]] == [begun["episode"]]
        for replica in (one, other):
            async with Client(at(replica, begun["mcp_url"])) as client:
                assert not (await client.call_tool(MAKE, {"name": "Jane"})).is_error
        assert [replica.call("GET", path)[1]["calls"] for replica in (one, other)] == [2, 2]
        async with Client(at(one, begun["mcp_url"])) as client:
            customer = one.http.get("/v1/customers", headers=key_of(begun)).json()["data"][0]["id"]
            assert not (await client.call_tool(OPEN, {"customer_id": customer})).is_error
            status, ended = other.call("DELETE", path)
        assert (status, len(ended["diff"]["customer"]["created"]), len(ended["leases"])) == (200, 2, 1)
        for replica in (one, other):
            assert replica.call("GET", path)[0] == 404
            assert replica.call("GET", "/_sandbox/episodes")[1] == []
            assert replica.http.get("/v1/customers", headers=key_of(begun)).status_code == 401
            assert replica.http.get(f"/mcp/{begun['mcp_url'].partition('/mcp/')[2]}/discovery").status_code in {
                401,
                404,
            }


async def test_an_idle_episode_ends_once_at_all(new_database: Callable[[str], str]) -> None:
    """Both look after it; whichever ends it, the other lets go of it as well, and one of them tells what happened."""
    with replicas(new_database("idle"), 2, kind="up") as both:
        begun = both[0].call("POST", "/_sandbox/episodes", {"scenario": "empty", "idle_seconds": 1})[1]
        with anyio.fail_after(60):
            while any(replica.call("GET", "/_sandbox/episodes")[1] for replica in both):  # noqa: ASYNC110
                await anyio.sleep(0.05)
        assert [replica.http.get("/v1/customers", headers=key_of(begun)).status_code for replica in both] == [401, 401]
        told = [replica.call("DELETE", f"/_sandbox/episodes/{begun['episode']}") for replica in both]
        assert sorted(status for status, _ in told) == [200, 404]


def key_of(begun: Mapping[str, str]) -> dict[str, str]:
    return {"Authorization": f"Bearer {begun['api_key']}"}


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
