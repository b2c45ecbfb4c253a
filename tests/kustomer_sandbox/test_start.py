"""What a start has done once it is ready: all that the first call needs, and none of what only later calls do."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import anyio
import httpx
import pytest
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message

from kustomer_sandbox.web.late import LatePages

LATER = ("fastapi", "httpx", "jinja2", "mcp", "pydantic", "rich", "sse_starlette")
"""Each takes from a tenth to most of a second to load."""


def loaded_by(command: str, log: Path) -> set[str]:
    """The modules a server has loaded when it is ready and has answered one call of the API."""
    words = [sys.executable, "-X", "importtime", "-m", "kustomer_sandbox", command, "--port", "0", "--json"]
    with log.open("w") as told, subprocess.Popen(words, stdout=subprocess.PIPE, stderr=told, text=True) as process:
        try:
            assert process.stdout is not None
            ready = json.loads(process.stdout.readline())
            key = {"Authorization": f"Bearer {ready['api_key']}"}
            assert httpx.get(f"{ready['base_url']}/v1/customers", headers=key).status_code == 200
        finally:
            process.kill()
    return {line.rpartition("|")[2].strip() for line in log.read_text().splitlines() if line.startswith("import time:")}


@pytest.mark.parametrize("command", ["simulator", "up"])
def test_a_start_loads_nothing_that_only_later_calls_need(command: str, tmp_path: Path) -> None:
    """Frameworks and what checks documents already checked are most of the time between the command and an answer."""
    loaded = loaded_by(command, tmp_path / "loaded")
    assert "kustomer_sandbox.simulator.api" in loaded
    assert [name for name in LATER if name in loaded] == []


async def test_pages_first_asked_for_by_many_at_once_are_made_once() -> None:
    """A browser asks for several at a time; each making would read the whole framework and count its own worlds."""
    made = []

    def make() -> ASGIApp:
        made.append("pages")
        return PlainTextResponse("a page")

    pages, sent = LatePages(make), []

    async def receive() -> Message:
        return {"type": "http.request"}

    async def send(message: Message) -> None:
        sent.append(message["type"])

    async with anyio.create_task_group() as group:
        for _ in range(5):
            group.start_soon(pages, {"type": "http", "method": "GET"}, receive, send)
    assert (made, sent.count("http.response.start")) == (["pages"], 5)
