"""Secrets and personal values stay where they belong: in no log at any level, no refusal, no file of the state."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import httpx2
import pytest
from fastapi import FastAPI
from mcp import MCPError
from mcp.client import Client
from mcp.client.streamable_http import streamable_http_client

from kustomer_sandbox.contracts import Contracts
from kustomer_sandbox.mcp_server.app import McpServer
from kustomer_sandbox.mcp_server.management.management import create_router
from kustomer_sandbox.mcp_server.upstream.wire import HttpWire
from tests.mcp_server.conftest import ACCOUNT
from tests.mcp_server.fakes import EMAILS, JANE, KEY, PHONE, Counted, FakeUpstream, HandClock

pytestmark = pytest.mark.anyio

GET = "get_single_kustomer_customer_by_id"
OPEN = "create_a_kustomer_customer_unmasking_window"
UNMASKED = "kustomer_customers_read_unmasked"
ORIGIN = "http://127.0.0.1:8700"
CLIENTS = ("mcp.client", "asyncio", "httpx2", "httpcore2")
"""Loggers of the client's side, which run in this process here and elsewhere in life."""


@pytest.fixture
def kept(contracts: Contracts, clock: HandClock, upstream: FakeUpstream, tmp_path: Path) -> McpServer:
    """A server that keeps its state in files."""
    return McpServer(
        contracts=contracts,
        secrets={"ACME_KEY": KEY},
        clock=clock,
        random_hex=Counted(),
        directory=tmp_path,
        wire=HttpWire(httpx.MockTransport(upstream)),
    )


@pytest.fixture
async def http(kept: McpServer) -> AsyncIterator[httpx2.AsyncClient]:
    app = FastAPI()
    app.include_router(create_router(kept))
    app.router.routes += kept.routes()
    async with kept.lifespan(), httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url=ORIGIN) as client:
        yield client


async def day(http: httpx2.AsyncClient, kept: McpServer) -> tuple[set[str], list[str]]:
    """Management calls good and bad, tool calls good and bad; returns the tokens and every refusal's text."""
    api_token = kept.default_api_token()
    headers = {"authorization": f"Bearer {api_token}"}
    made = (await http.post("/integrated-account/acme/mcp", json={"name": "all"}, headers=headers)).json()
    other = (await http.post("/api-token", json={"name": "ci"}, headers=headers)).json()
    wrong: list[dict[str, Any]] = [{"name": [made["token"]]}, {api_token: KEY}, {"config": {"methods": PHONE}}]
    refusals = [(await http.post("/integrated-account/acme/mcp", json=body, headers=headers)).text for body in wrong]
    refusals.append((await http.get(f"/log?{PHONE}={api_token}", headers=headers)).text)
    refusals.append((await http.get("/log", headers={"authorization": f"Bearer {made['token']}"})).text)
    refusals.append((await http.post(f"/mcp/{made['token']}x", json={"id": PHONE})).text)
    async with Client(streamable_http_client(made["url"], http_client=http), mode="legacy") as client:
        await client.call_tool(OPEN, {"customer_id": JANE})
        assert PHONE in str((await client.call_tool(GET, {"id": JANE})).structured_content)
        await client.call_tool(UNMASKED, {"customer_id": JANE, "reason": "verify"})
        await client.call_tool("kustomer_customers_using_email", {"email": EMAILS[JANE]})
        refusals.append(str(await client.call_tool(GET, {"id": PHONE, EMAILS[JANE]: api_token})))
        with pytest.raises(MCPError) as unknown:
            await client.call_tool(PHONE, {})
        refusals.append(str(unknown.value))
    return {api_token, made["token"], other["token"]}, refusals


async def test_nothing_secret_is_left_anywhere(
    http: httpx2.AsyncClient, kept: McpServer, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A stolen state file, a shipped log or a pasted error must open no door and tell of nobody."""
    kept.provisioning.put_account(ACCOUNT)
    with caplog.at_level(logging.DEBUG):
        tokens, refusals = await day(http, kept)
    logs = " ".join(record.getMessage() for record in caplog.records if not record.name.startswith(CLIENTS))
    files = b"".join(path.read_bytes() for path in sorted(tmp_path.rglob("*")) if path.is_file())  # noqa: ASYNC240
    assert JANE.encode() in files, "the files were not looked into"
    for secret in {*tokens, KEY, PHONE, EMAILS[JANE]}:
        assert (secret in logs, secret in " ".join(refusals), secret.encode() in files) == (False, False, False)


async def test_the_files_of_the_state_are_for_their_owner_alone(kept: McpServer, tmp_path: Path) -> None:
    """They name accounts and customers, and hold the key that tokens are hashed with."""
    kept.provisioning.put_account(ACCOUNT)
    modes = {path.name: path.stat().st_mode & 0o077 for path in tmp_path.rglob("*")}  # noqa: ASYNC240
    assert modes
    assert set(modes.values()) == {0}
    await kept.aclose()
