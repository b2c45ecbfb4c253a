"""Every way in which clients connect plays the first scenario to its end; what they try first is answered usefully."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import httpx
import pytest

from tests.interop.conftest import Facts, stdio_server
from tests.interop.hand_written import (
    BOTH,
    HANDSHAKE,
    MODERN,
    Caller,
    ConnectingAnew,
    asking,
    piped,
    post_first,
    posting,
    streaming,
)

OPEN = "create_a_kustomer_customer_unmasking_window"
CLOSE = "delete_a_kustomer_customer_unmasking_window_by_id"
READ = "get_single_kustomer_customer_by_id"
WAYS = (
    "post first, on the address of the stream",
    "post first, on the bare address",
    "a stream from the address of the stream",
    "a stream from the bare address",
    "a stream for every call",
    "posts of 2025-11-25",
    "posts of 2026-07-28",
    "standard input and output",
)


@asynccontextmanager
async def connected(way: str, sandbox: Facts) -> AsyncIterator[Caller]:
    bare, stream = sandbox["mcp_url"], sandbox["mcp_url"] + "/sse"
    if way == "a stream for every call":
        yield ConnectingAnew(stream)
        return
    clients: dict[str, Callable[[], AbstractAsyncContextManager[Caller]]] = {
        "post first, on the address of the stream": lambda: post_first(stream),
        "post first, on the bare address": lambda: post_first(bare),
        "a stream from the address of the stream": lambda: streaming(stream),
        "a stream from the bare address": lambda: streaming(bare),
        "posts of 2025-11-25": lambda: posting(bare),
        "posts of 2026-07-28": lambda: posting(bare, version=MODERN),
        "standard input and output": lambda: piped(stdio_server(sandbox)),
    }
    async with clients[way]() as client:
        yield client


async def call(client: Caller, tool: str, **arguments: Any) -> dict[str, Any]:
    """A successful call's data, out of the text that every client shows its model."""
    answer = await client.ask("tools/call", {"name": tool, "arguments": arguments})
    result = answer["result"]
    assert not result.get("isError"), result
    return dict(json.loads(result["content"][0]["text"]))


def phones(customer: dict[str, Any]) -> set[str]:
    return {item["phone"] for item in customer["attributes"]["phones"]}


def windows(sandbox: Facts) -> Any:
    return httpx.get(f"{sandbox['base_url']}/_sandbox/worlds/{sandbox['world']}/windows").json()


@pytest.mark.parametrize("way", WAYS)
async def test_the_phone_is_in_clear_between_opening_and_closing_and_at_no_other_time(way: str, sandbox: Facts) -> None:
    """A client that loses its window in silence reads *** and reports a mismatch; one that keeps it leaks."""
    async with connected(way, sandbox) as client:
        found = await call(client, "kustomer_customers_using_email", email="jane.doe@example.com")
        jane = found["id"]
        assert phones(found) == {"***"}
        await call(client, OPEN, customer_id=jane)
        for _ in range(2):
            assert all(phone.startswith("+1555555") for phone in phones(await call(client, READ, id=jane)))
        await call(client, CLOSE, id=jane)
        assert phones(await call(client, READ, id=jane)) == {"***"}
    assert windows(sandbox) == []


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD"])
def test_the_address_of_a_stream_refuses_every_other_method(method: str, sandbox: Facts) -> None:
    """A client that posts first goes on with a GET after a 4xx; before, its post hung for ever."""
    body = asking("initialize", HANDSHAKE)
    answer = httpx.request(method, sandbox["mcp_url"] + "/sse", json=body, headers=BOTH, timeout=5)
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET")
    assert method == "HEAD" or "same address without /sse" in answer.json()["message"]


def test_the_address_for_messages_takes_posts_alone(sandbox: Facts) -> None:
    """Its GET had no answer a client could use."""
    answer = httpx.get(sandbox["mcp_url"] + "/messages", timeout=5)
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


@pytest.mark.parametrize("accept", ["*/*", "text/html,application/xhtml+xml,*/*;q=0.8", "application/json"])
def test_who_looks_at_the_bare_address_is_told_what_it_is(accept: str, sandbox: Facts) -> None:
    """A browser or a curl would otherwise hang on a stream, or read words meant for a client."""
    answer = httpx.get(sandbox["mcp_url"], headers={"accept": accept}, timeout=5)
    assert answer.status_code == 406
    assert "address of an MCP server" in answer.json()["message"]


def test_a_wrong_token_is_refused_before_anything_else(sandbox: Facts) -> None:
    """Which methods an address takes is nothing that tells one token from another."""
    wrong = sandbox["base_url"] + "/mcp/" + "0" * 32
    for method, path in (("POST", "/sse"), ("GET", "/sse"), ("GET", ""), ("GET", "/messages")):
        assert httpx.request(method, wrong + path, timeout=5).status_code == 401
