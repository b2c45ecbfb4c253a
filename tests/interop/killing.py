"""Real processes in the middle of scenario 1, and a relay that strikes at a given byte of their traffic.

A simulator, the relay, and tool servers on one state. As a program it is a client that plays the scenario until it is
killed: `python -m tests.interop.killing TRANSPORT MCP_URL COMMAND…`.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest
from anyio.abc import ByteStream, Process, SocketStream
from mcp.client import Client
from mcp.client.sse import sse_client
from mcp.client.stdio import StdioServerParameters

MARKS = [
    pytest.mark.anyio,
    pytest.mark.conformance,
    pytest.mark.slow,
    pytest.mark.timeout(1800),
    # A client whose server is killed under it may leave a socket to the garbage collector.
    pytest.mark.filterwarnings("ignore:.*socket:pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning"),
]
"""Of tests that kill processes for real."""

TRANSPORTS = ("http-modern", "http-legacy", "sse", "stdio")
BY_EMAIL = "kustomer_customers_using_email"
OPEN = "create_a_kustomer_customer_unmasking_window"
READ = "get_single_kustomer_customer_by_id"
CLOSE = "delete_a_kustomer_customer_unmasking_window_by_id"
POLL_SECONDS = 0.02
START_SECONDS = 60
CLOSING_SECONDS = 30
# Writes its process id down before it becomes the tool server: a client that starts its server tells nobody which.
STDIO = (
    "import os, sys; open(sys.argv.pop(1), 'w').write(str(os.getpid())); from kustomer_sandbox.cli import main; main()"
)


async def play(client: Client) -> None:
    """Scenario 1: look a customer up, open a window, read, close it."""
    found = await client.call_tool(BY_EMAIL, {"email": "jane.doe@example.com"})
    customer = (found.structured_content or {})["id"]
    await client.call_tool(OPEN, {"customer_id": customer})
    await client.call_tool(READ, {"id": customer})
    await client.call_tool(CLOSE, {"id": customer})


def client_over(transport: str, url: str, command: list[str]) -> Client:
    """An unopened official client; `command` starts the server where the transport is standard input and output."""
    if transport == "stdio":
        return Client(StdioServerParameters(command=command[0], args=command[1:], env=dict(os.environ)))
    if transport == "sse":
        return Client(sse_client(f"{url}/sse"))
    return Client(url, mode="legacy" if transport == "http-legacy" else "2026-07-28")


async def play_on(transport: str, url: str, command: list[str]) -> None:
    """Play again and again, until something breaks."""
    async with client_over(transport, url, command) as client:
        while True:
            await play(client)


class Relay:
    """Passes bytes on between the tool server and the API; at one of them, counted over both directions, it strikes."""

    def __init__(self, port: int) -> None:
        self._port = port
        self.passed = 0
        self._at: int | None = None
        self._strike: Callable[[], None] = lambda: None
        self._delay = 0.0

    def arm(self, *, at: int, delay: float, strike: Callable[[], None]) -> None:
        """Strike once, `delay` seconds after byte number `at` from now has passed."""
        self.passed, self._at, self._delay, self._strike = 0, at, delay, strike

    async def handle(self, near: SocketStream) -> None:
        """Serve one connection."""
        async with near, await anyio.connect_tcp("127.0.0.1", self._port) as far, anyio.create_task_group() as group:
            for source, sink in ((near, far), (far, near)):
                group.start_soon(self._pump, source, sink, group.cancel_scope)

    async def _pump(self, source: ByteStream, sink: ByteStream, scope: anyio.CancelScope) -> None:
        with contextlib.suppress(anyio.BrokenResourceError, anyio.ClosedResourceError, anyio.EndOfStream):
            while True:
                for piece in self._cut(await source.receive()):
                    await sink.send(piece)
        scope.cancel()

    def _cut(self, chunk: bytes) -> Iterator[bytes]:
        until = self._at
        if until is None or self.passed + len(chunk) < until:
            self.passed += len(chunk)
            yield chunk
            return
        split = until - self.passed
        yield chunk[:split]
        self._at = None
        self.passed += len(chunk)
        asyncio.get_running_loop().call_later(self._delay, self._strike)
        yield chunk[split:]


@dataclass
class Stage:
    """A simulator, the relay in front of it, and the state the tool servers share."""

    api: dict[str, str]
    relay: Relay
    upstream: str
    folder: Path

    def server(self, *more: str) -> list[str]:
        """The arguments of a tool server on the state."""
        state = str(self.folder / "state")
        return ["mcp", "--upstream", self.upstream, "--key-env", "STAGE_KEY", "--state", state, *more]

    @property
    def pid_file(self) -> Path:
        return self.folder / "stdio.pid"

    def stdio(self) -> list[str]:
        """The command of a tool server for one client."""
        return [sys.executable, "-c", STDIO, str(self.pid_file), *self.server("--stdio")]

    async def windows(self) -> list[Any]:
        """The windows that are open at the API."""
        found: list[Any] = await _get(f"{self.api['base_url']}/_sandbox/worlds/{self.api['world']}/windows")
        return found


@contextlib.asynccontextmanager
async def staged(folder: Path) -> AsyncIterator[Stage]:
    """A simulator process with the demo world behind a relay."""
    command = [sys.executable, "-m", "kustomer_sandbox", "simulator", "--port", "0", "--json", "--plan", "ultimate"]
    listener = await anyio.create_tcp_listener(local_host="127.0.0.1")
    port = listener.extra(anyio.abc.SocketAttribute.local_port)  # noqa: S610 - anyio's, not Django's
    async with _process(command, dict(os.environ)) as (api, _), listener, anyio.create_task_group() as group:
        relay = Relay(int(api["base_url"].rpartition(":")[2]))
        group.start_soon(listener.serve, relay.handle)
        yield Stage(api=api, relay=relay, upstream=f"http://127.0.0.1:{port}", folder=folder)
        group.cancel_scope.cancel()


@dataclass
class Server:
    """A tool server process on the stage."""

    stage: Stage
    ready: dict[str, str]
    process: Process

    async def leases(self) -> list[dict[str, Any]]:
        """The newest lines of its audit trail."""
        origin, _, _ = self.ready["mcp_url"].partition("/mcp/")
        url = f"{origin}/integrated-account/{self.ready['account_id']}/unmasking-leases?limit=10"
        page = await _get(url, token=self.ready["api_token"])
        found: list[dict[str, Any]] = page["result"]
        return found

    async def all_closed(self) -> float:
        """Wait until no window is open and no lease is; returns the seconds it took."""
        begun = anyio.current_time()
        with anyio.fail_after(CLOSING_SECONDS):
            # What another process knows can only be asked for again.
            while await self._anything_open():  # noqa: ASYNC110
                await anyio.sleep(POLL_SECONDS)
        return anyio.current_time() - begun

    async def _anything_open(self) -> bool:
        if await self.stage.windows():
            return True
        return any(lease["status"] != "closed" for lease in await self.leases())


@contextlib.asynccontextmanager
async def tool_server(stage: Stage) -> AsyncIterator[Server]:
    """A tool server over HTTP, until the block ends or it is killed."""
    command = [sys.executable, "-m", "kustomer_sandbox", *stage.server("--port", "0", "--json")]
    async with _process(command, dict(os.environ)) as (ready, process):
        yield Server(stage, ready, process)


@contextlib.asynccontextmanager
async def _process(command: list[str], environment: dict[str, str]) -> AsyncIterator[tuple[dict[str, str], Process]]:
    async with await anyio.open_process(command, env=environment, stderr=None) as process:
        assert process.stdout is not None
        try:
            line = b""
            with anyio.fail_after(START_SECONDS):
                while not line.endswith(b"\n"):
                    line += await process.stdout.receive()
            yield json.loads(line), process
        finally:
            if process.returncode is None:
                process.kill()


async def _get(url: str, *, token: str = "") -> Any:
    async with httpx.AsyncClient(trust_env=False) as client:
        answer = await client.get(url, headers={"authorization": f"Bearer {token}"} if token else {})
        answer.raise_for_status()
        return answer.json()


def kill(pid: int) -> None:
    """What no process can prepare for."""
    os.kill(pid, signal.SIGKILL)


if __name__ == "__main__":
    anyio.run(play_on, sys.argv[1], sys.argv[2], sys.argv[3:])
