"""A real sandbox process, and official MCP clients on it over each transport."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager

import httpx
import pytest
from mcp.client import Client
from mcp.client.sse import sse_client
from mcp.client.stdio import StdioServerParameters

Facts = dict[str, str]
Connect = Callable[[], AbstractAsyncContextManager[Client]]
TRANSPORTS = ("http-modern", "http-legacy", "sse", "stdio")


@pytest.fixture(scope="session")
def running() -> Iterator[Facts]:
    """`kustomer-sandbox up` with the demo world, its time standing still; its ready line."""
    command = [sys.executable, "-m", "kustomer_sandbox", "up", "--port", "0", "--json", "--frozen"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        try:
            yield json.loads(line)
        finally:
            process.terminate()
            process.wait(timeout=15)


@pytest.fixture
def sandbox(running: Facts) -> Facts:
    """The running sandbox, its world as it was at the start."""
    httpx.post(f"{running['base_url']}/_sandbox/worlds/{running['world']}/reset").raise_for_status()
    return running


@pytest.fixture(params=TRANSPORTS)
def connect(request: pytest.FixtureRequest, sandbox: Facts) -> Connect:
    """Opens an official client on every tool, over one of the transports."""
    return lambda: client_over(request.param, sandbox)


def client_over(transport: str, sandbox: Facts) -> Client:
    """An unopened official client."""
    if transport == "stdio":
        return Client(stdio_server(sandbox))
    if transport == "sse":
        return Client(sse_client(f"{sandbox['mcp_url']}/sse"))
    return Client(sandbox["mcp_url"], mode="legacy" if transport == "http-legacy" else "2026-07-28")


def stdio_server(sandbox: Facts) -> StdioServerParameters:
    """The tool server alone on standard input and output, in front of the sandbox's API."""
    command = [
        "-m",
        "kustomer_sandbox",
        "mcp",
        "--stdio",
        "--upstream",
        sandbox["base_url"],
        "--key-env",
        "SANDBOX_KEY",
    ]
    return StdioServerParameters(
        command=sys.executable, args=command, env={**os.environ, "SANDBOX_KEY": sandbox["api_key"]}
    )
