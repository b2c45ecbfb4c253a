"""The real thing: processes killed at random points of scenario 1, and no window that outlives its lease.

`KILLS` in the environment says how often; each kill's point is drawn from a fixed seed: a byte of the traffic between
the tool server and the API, and up to some milliseconds after it.
"""

from __future__ import annotations

import contextlib
import gc
import os
import random
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import anyio
import pytest

from tests.interop.killing import (
    MARKS,
    START_SECONDS,
    TRANSPORTS,
    Server,
    Stage,
    client_over,
    kill,
    play,
    play_on,
    staged,
)
from tests.interop.killing import tool_server as serving

pytestmark = MARKS

KILLS = int(os.environ.get("KILLS", "100"))
DELAYS = (0.0, 0.001, 0.003, 0.01, 0.03)


@pytest.fixture
async def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Stage]:
    async with staged(tmp_path) as stage:
        # Inherited by the tool servers, also by those that a client starts.
        monkeypatch.setenv("STAGE_KEY", stage.api["api_key"])
        yield stage
    # Now, while such warnings are ignored.
    gc.collect()


async def traffic(stage: Stage, server: Server) -> int:
    """The bytes that one scenario passes through the relay."""
    with anyio.fail_after(START_SECONDS):
        async with client_over("http-modern", server.ready["mcp_url"], []) as client:
            await play(client)
            stage.relay.passed = 0
            await play(client)
    return stage.relay.passed


def armed(stage: Stage, *, at: int, delay: float, victim: int | None) -> anyio.Event:
    """Arm the relay; the event is set when the victim (or the tool server on stdio) has been killed."""
    done = anyio.Event()

    def strike() -> None:
        kill(int(stage.pid_file.read_text()) if victim is None else victim)
        done.set()

    stage.relay.arm(at=at, delay=delay, strike=strike)
    return done


async def check(server: Server) -> float:
    """Everything is closed, and was while its lease lasted; returns the seconds it took."""
    seconds = await server.all_closed()
    late = [
        lease
        for lease in await server.leases()
        if not lease["opened_at"] <= lease["closed_at"] <= min(lease["expires_at"], lease["ends_at_latest"])
    ]
    assert late == []
    return seconds


async def break_off(transport: str, url: str, command: list[str]) -> None:
    """A client in this process, whose server dies under it."""
    with contextlib.suppress(Exception):
        await play_on(transport, url, command)


async def test_a_killed_server_leaves_no_window_past_its_lease(
    stage: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whichever transport served, the next process on the same state closes what the dead one had open."""
    chance = random.Random("kill the server")  # noqa: S311
    left_open, slowest = 0, 0.0
    async with contextlib.AsyncExitStack() as stack:
        server = await stack.enter_async_context(serving(stage))
        total = await traffic(stage, server)
        for number in range(KILLS):
            transport = TRANSPORTS[number % len(TRANSPORTS)]
            stdio = transport == "stdio"
            at, delay = chance.randint(1, total), chance.choice(DELAYS)
            done = armed(stage, at=at, delay=delay, victim=None if stdio else server.process.pid)
            async with anyio.create_task_group() as group:
                group.start_soon(break_off, transport, server.ready["mcp_url"], stage.stdio())
                with anyio.fail_after(START_SECONDS):
                    await done.wait()
                    if not stdio:
                        assert await server.process.wait() != 0
                left_open += bool(await stage.windows())
                group.cancel_scope.cancel()
            if not stdio:
                server = await stack.enter_async_context(serving(stage))
            slowest = max(slowest, await check(server))
    say(capsys, f"{KILLS} kills of the server, {left_open} with a window open: 0 past their lease", slowest)


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_a_killed_client_leaves_no_window_past_its_lease(
    stage: Stage, capsys: pytest.CaptureFixture[str], transport: str
) -> None:
    """SSE and stdio tell the server at once. HTTP tells nobody: there the lease ends it, or the server's restart."""
    chance = random.Random(f"kill the client over {transport}")  # noqa: S311
    kills, left_open, slowest = max(1, KILLS // len(TRANSPORTS)), 0, 0.0
    async with contextlib.AsyncExitStack() as stack:
        server = await stack.enter_async_context(serving(stage))
        total = await traffic(stage, server)
        for _ in range(kills):
            command = [sys.executable, "-m", "tests.interop.killing", transport, server.ready["mcp_url"]]
            victim = await anyio.open_process([*command, *stage.stdio()], stdout=None, stderr=subprocess.DEVNULL)
            at, delay = chance.randint(1, total), chance.choice(DELAYS)
            done = armed(stage, at=at, delay=delay, victim=victim.pid)
            async with victim:
                try:
                    with anyio.fail_after(START_SECONDS):
                        await done.wait()
                        assert await victim.wait() != 0
                finally:
                    # Leaving the block waits for it.
                    if victim.returncode is None:
                        victim.kill()
            left_open += bool(await stage.windows())
            if transport.startswith("http"):
                kill(server.process.pid)
                await server.process.wait()
                server = await stack.enter_async_context(serving(stage))
            slowest = max(slowest, await check(server))
    say(
        capsys,
        f"{kills} kills of the client over {transport}, {left_open} with a window open: 0 past their lease",
        slowest,
    )


def say(capsys: pytest.CaptureFixture[str], figure: str, slowest: float) -> None:
    """Print a figure into the report of the run."""
    with capsys.disabled():
        sys.stdout.write(f"\n{figure}; all closed at most {slowest:.1f} s after the next start or at once\n")
