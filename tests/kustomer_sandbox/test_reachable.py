"""A sandbox that others can reach: its address, its control token, and callers at the other end of a tunnel."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest

from kustomer_sandbox.serving import listen

TOKEN = "a-token-of-the-control"
VARIABLE = "KUSTOMER_SANDBOX_CONTROL_TOKEN"
EVERY = "0.0.0.0"  # noqa: S104 - what somebody who shares a sandbox gives
PUBLIC = "https://sandbox.example.com"
WAIT_SECONDS = 30
PING = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}
HEADERS = {"accept": "application/json, text/event-stream", "mcp-protocol-version": "2025-06-18"}
HOSTS = {"sandbox.example.com": 200, "localhost": 200, "elsewhere.example.com": 421}


def free_port() -> int:
    with listen("127.0.0.1", 0) as bound:
        return int(bound.getsockname()[1])


def process(*options: str, token: str = "", command: str = "up") -> subprocess.Popen[str]:
    """A sandbox process with an empty world."""
    environment = {**os.environ, VARIABLE: token}
    line = [sys.executable, "-m", "kustomer_sandbox", command, "--scenario", "empty", "--port", "0", *options, "--json"]
    return subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)


@contextmanager
def started(*options: str, token: str = "", command: str = "up") -> Iterator[dict[str, str]]:
    """Its ready line; it is ended with the block."""
    with process(*options, token=token, command=command) as running:
        try:
            assert running.stdout is not None
            yield json.loads(running.stdout.readline())
        finally:
            running.kill()


def refused(*options: str, token: str = "") -> str:
    """What a start that cannot be says."""
    with process(*options, token=token) as ended:
        out, err = ended.communicate(timeout=WAIT_SECONDS)
    assert (ended.returncode, out, err.count("\n")) == (2, "", 1)
    return err


@pytest.mark.parametrize("command", ["up", "simulator"])
def test_the_control_of_a_shared_sandbox_asks_for_its_token(command: str) -> None:
    """Whoever can reach the port could take the keys otherwise; the API and its keys are as ever."""
    with started("--host", EVERY, token=TOKEN, command=command) as facts:
        control = f"{facts['base_url']}/_sandbox/worlds"
        assert httpx.get(control).status_code == 401
        assert httpx.get(control, headers={"authorization": f"Bearer {TOKEN}"}).status_code == 200
        key = {"authorization": f"Bearer {facts['api_key']}"}
        assert httpx.get(f"{facts['base_url']}/v1/customers", headers=key).status_code == 200
        assert facts["base_url"].startswith("http://127.0.0.1:")
        assert TOKEN not in json.dumps(facts)


def test_a_sandbox_is_not_opened_to_others_without_a_control_token() -> None:
    """The refusal names what to set; a token that could be guessed is none."""
    assert f"environment variable {VARIABLE}" in refused("--host", EVERY)
    assert "at least 16 characters" in refused("--host", EVERY, token="short")


def test_a_caller_at_the_other_end_of_a_tunnel_does_not_reach_the_control() -> None:
    """To the server a tunnel is a client of this machine, which says in a header for whom it calls."""
    with started() as facts:
        control, through = f"{facts['base_url']}/_sandbox/worlds", {"x-forwarded-for": "203.0.113.9"}
        assert [httpx.get(control, headers=headers).status_code for headers in ({}, through)] == [200, 403]
        assert httpx.get(control, headers={"host": "sandbox.example.com"}).status_code == 421


def test_the_public_address_is_told_and_answered_to() -> None:
    """The MCP URL that is printed must work for Claude beyond the tunnel, under the name it has there."""
    port = free_port()
    with started("--public-url", f"{PUBLIC}/", "--port", str(port)) as facts:
        assert facts["base_url"] == PUBLIC
        here = facts["mcp_url"].replace(PUBLIC, f"http://127.0.0.1:{port}")
        called = {host: httpx.post(here, json=PING, headers=HEADERS | {"host": host}) for host in HOSTS}
    assert {host: answer.status_code for host, answer in called.items()} == HOSTS
    assert "kustomer_customers_using_email" in called["sandbox.example.com"].text


NONE = ["sandbox.example.com", "ftp://a.example", f"{PUBLIC}/path", f"{PUBLIC}?a=b", f"{PUBLIC}#a", "https://"]
BROKEN = ["https://[::1", "https://a.example:99999", "https://a.example:port", "https://jane:secret@a.example"]


@pytest.mark.parametrize("url", [*NONE, *BROKEN])
def test_a_public_address_that_is_none_is_told(url: str) -> None:
    """One line that shows how one looks."""
    assert "--public-url must be an origin such as https://" in refused("--public-url", url)
