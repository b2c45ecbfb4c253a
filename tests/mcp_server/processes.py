"""The tool server as a process in front of a fake upstream on a port, to be stopped and killed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import anyio
import httpx
from anyio.abc import Process

from tests.mcp_server.fakes import JANE, KEY, FakeUpstream

ROOT = Path(__file__).parents[2]


@dataclass
class Socketed:
    """The fake upstream behind a port. `before` and `after` are called with each request's number."""

    fake: FakeUpstream
    url: str = ""
    before: Callable[[int], object] = field(default=lambda _number: None)
    after: Callable[[int], object] = field(default=lambda _number: None)

    def command(self, *more: str) -> list[str]:
        return [
            sys.executable,
            "-m",
            "kustomer_sandbox.mcp_server",
            "--upstream",
            self.url,
            "--key-env",
            "ACME_KEY",
            *more,
        ]

    @property
    def environment(self) -> dict[str, str]:
        return {"PATH": os.environ["PATH"], "ACME_KEY": KEY, "PYTHONPATH": str(ROOT)}


@contextmanager
def on_a_port(fake: FakeUpstream) -> Iterator[Socketed]:
    """The fake upstream, served by a thread."""
    socketed = Socketed(fake)

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            number = len(fake.requests)
            socketed.before(number)
            reply = fake(httpx.Request(self.command, f"http://{self.headers['host']}{self.path}"))
            socketed.after(number)
            self.send_response(reply.status_code)
            self.send_header("content-length", str(len(reply.content)))
            self.end_headers()
            self.wfile.write(reply.content)

        do_GET = do_POST = do_DELETE = answer  # noqa: N815

        def handle(self) -> None:
            try:
                super().handle()
            except OSError:
                self.close_connection = True

        def log_message(self, *_args: object) -> None:
            """Quiet."""

    served = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=served.serve_forever, daemon=True)
    thread.start()
    socketed.url = f"http://127.0.0.1:{served.server_port}"
    yield socketed
    served.shutdown()
    served.server_close()
    thread.join()


@asynccontextmanager
async def running(socketed: Socketed, *more: str) -> AsyncIterator[tuple[dict[str, str], Process]]:
    """The server as a process, with its ready line."""
    command = socketed.command("--json", *more)
    async with await anyio.open_process(command, env=socketed.environment, cwd=ROOT, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        try:
            with anyio.fail_after(30):
                line = await process.stdout.receive()
            yield json.loads(line), process
        finally:
            if process.returncode is None:
                process.terminate()
                with anyio.fail_after(15):
                    await process.wait()


async def until_closed(socketed: Socketed) -> None:
    """Wait, within bounds, until the upstream has no open window."""
    if JANE in socketed.fake.open_windows:
        assert await anyio.to_thread.run_sync(socketed.fake.no_window.wait, 15)
    assert socketed.fake.open_windows == set()
