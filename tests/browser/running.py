"""What a browser is given to visit: a sandbox in a process of its own, this machine's Chromium, calls of tools."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
from playwright.sync_api import sync_playwright

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome") or ""
_ACCEPT = {"Accept": "application/json, text/event-stream"}


@contextmanager
def running(*command: str) -> Iterator[dict[str, str]]:
    """A module that serves until it is ended, and the facts of its first line."""
    with subprocess.Popen([sys.executable, "-m", *command], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield json.loads(process.stdout.readline())
        finally:
            process.terminate()


@contextmanager
def browsing() -> Iterator[Any]:
    """Chromium; none is downloaded."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


def call_tool(url: str, tool: str, arguments: dict[str, Any] | None = None) -> dict[str, Any]:
    """A client's call of a tool, without its handshake; gives the result."""
    params = {"name": tool, "arguments": arguments or {}}
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
    told = httpx.post(url, json=body, headers=_ACCEPT, timeout=30).raise_for_status().text
    result: dict[str, Any] = json.loads(told.partition("data: ")[2])["result"]  # one event of a stream
    return result
