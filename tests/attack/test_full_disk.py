"""The real thing: the disk of the state is full from a random point of scenario 1 on, and no window is left open.

`FULL_DISKS` in the environment says how many rounds; each one's point, a byte of the traffic between the tool server
and the API, is drawn from a fixed seed.
"""

from __future__ import annotations

import contextlib
import gc
import os
import random
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import anyio
import pytest
from mcp.client import Client

from tests.attack.damage import full
from tests.interop.killing import BY_EMAIL, CLOSE, MARKS, OPEN, READ, Server, Stage, client_over, kill, play, staged
from tests.interop.killing import tool_server as serving

pytestmark = MARKS

ROUNDS = int(os.environ.get("FULL_DISKS", "20"))
TRANSPORTS = ("http-modern", "http-legacy", "sse")
DELETE, STOP, KILL, GONE = ENDS = ("the delete tool", "SIGTERM", "kill -9 and a next start", "the SSE client is gone")
SECONDS = 30


@pytest.fixture
async def stage(small_disk: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Stage]:
    async with staged(small_disk) as stage:
        monkeypatch.setenv("STAGE_KEY", stage.api["api_key"])
        yield stage
    gc.collect()


async def until_no_window(stage: Stage) -> float:
    """The seconds until the API has no open window."""
    begun = anyio.current_time()
    with anyio.fail_after(SECONDS):
        while await stage.windows():  # noqa: ASYNC110 - what another process knows can only be asked for again
            await anyio.sleep(0.02)
    return anyio.current_time() - begun


async def customer_of(client: Client) -> str:
    found = await client.call_tool(BY_EMAIL, {"email": "jane.doe@example.com"})
    return str((found.structured_content or {})["id"])


class Round:
    """Fills the disk once, at a byte of the traffic or at the end of the scenario."""

    def __init__(self, stage: Stage, server: Server, *, at: int) -> None:
        self.stage, self.server = stage, server
        self.was_open = False
        self._disk = contextlib.ExitStack()
        self._is_full = False
        stage.relay.arm(at=at, delay=0.0, strike=self.fill)

    def fill(self) -> None:
        if not self._is_full:
            self._is_full = True
            self._disk.enter_context(full(self.stage.folder))

    async def play(self, customer: str, *, transport: str, end: str) -> None:
        """Open, read, end; whatever cannot be done on a full disk is refused."""
        async with client_over(transport, self.server.ready["mcp_url"], []) as client:
            await client.call_tool(OPEN, {"customer_id": customer})
            await client.call_tool(READ, {"id": customer})
            self.fill()
            self.was_open = bool(await self.stage.windows())
            if end == DELETE:
                await client.call_tool(CLOSE, {"id": customer})
            elif end == STOP:
                self.server.process.terminate()
            elif end == KILL:
                kill(self.server.process.pid)

    async def closed(self, end: str) -> float:
        """The seconds until the window was closed: while the disk is still full."""
        async with contextlib.AsyncExitStack() as stack:
            if end in {STOP, KILL}:
                await self.server.process.wait()
            if end == KILL:
                await stack.enter_async_context(serving(self.stage))
            seconds = await until_no_window(self.stage)
        self._disk.close()
        return seconds


async def test_a_full_disk_leaves_no_window_open(stage: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    """Whatever ends the window ends it upstream, and the audit trail is complete once there is room again."""
    chance = random.Random("fill the disk")  # noqa: S311
    left_open, slowest = 0, 0.0
    async with serving(stage) as server, client_over("http-modern", server.ready["mcp_url"], []) as client:
        customer = await customer_of(client)
        await play(client)
        stage.relay.passed = 0
        await play(client)
        total = stage.relay.passed
    for number in range(ROUNDS):
        end = ENDS[number % len(ENDS)]
        transport = "sse" if end == GONE else TRANSPORTS[number % len(TRANSPORTS)]
        async with serving(stage) as server:
            this = Round(stage, server, at=chance.randint(1, total))
            # A client whose server ends under it breaks off.
            with contextlib.suppress(*([Exception] if end in {STOP, KILL} else [])):
                await this.play(customer, transport=transport, end=end)
            slowest = max(slowest, await this.closed(end))
            left_open += this.was_open
        async with serving(stage) as server:
            await server.all_closed()
    assert left_open > 0, "the rounds must meet windows that are open"
    with capsys.disabled():
        figure = f"{ROUNDS} full disks, {left_open} with a window open: 0 left open"
        sys.stdout.write(f"\n{figure}; closed at most {slowest:.1f} s after the end\n")
