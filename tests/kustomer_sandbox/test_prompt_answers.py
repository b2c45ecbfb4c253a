"""Tool calls that wait for nothing are answered without making ready for a stream: nobody can tell the difference."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import httpx2
import pytest

from kustomer_sandbox.app import Sandbox, create_sandbox
from kustomer_sandbox.contracts.call_headers import READ_UNMASKED
from kustomer_sandbox.simulator.hosting.worlds import WorldSpec
from kustomer_sandbox.simulator.values.http import Request
from kustomer_sandbox.simulator.world.faults import FaultMatch, Latency, Status
from tests.kustomer_sandbox.episode_stage import ABOUT, ORIGIN, VERSION
from tests.mcp_server.fakes import HandClock

READ = "get_single_kustomer_customer_by_id"

FIND = "list_all_kustomer_teams"
JANE = b'{"name": "Jane Doe", "phones": [{"phone": "+15550100"}]}'


class Stage:
    """One sandbox; `prompt` counts the requests that were answered without making ready for a stream."""

    def __init__(self, sandbox: Sandbox, http: httpx2.AsyncClient) -> None:
        self.sandbox = sandbox
        self.http = http
        self.prompt = 0
        key = {"authorization": f"Bearer {sandbox.api_key}"}
        made = sandbox.api.handle(Request(method="POST", path="/v1/customers", headers=key, body=JANE))
        self.jane = str(json.loads(made.body)["data"]["id"])

    async def call(self, tool: str, arguments: dict[str, Any], **changed: Any) -> httpx2.Response:
        """A tool call as clients of today post it; `changed` are other headers, or another body."""
        about = {**ABOUT, **changed.pop("about", {})}
        params = {"name": tool, "arguments": arguments, "_meta": about}
        body = {"jsonrpc": "2.0", "id": 7, "method": "tools/call", "params": params, **changed.pop("body", {})}
        headers = {"mcp-protocol-version": VERSION, "mcp-method": "tools/call", "mcp-name": tool}
        headers |= {"accept": "application/json, text/event-stream", **changed}
        return await self.http.post(f"/mcp/{self.sandbox.mcp_token}", json=body, headers=headers)


@asynccontextmanager
async def running(*, at_once: bool = True) -> AsyncIterator[Stage]:
    sandbox = create_sandbox(WorldSpec(name="main", scenario="empty"), base_url=ORIGIN, clock=HandClock())
    transport = httpx2.ASGITransport(app=sandbox.app)
    async with sandbox.mcp.lifespan(), httpx2.AsyncClient(transport=transport, base_url=ORIGIN) as http:
        stage = Stage(sandbox, http)
        transports = await sandbox.mcp.transports()
        if not at_once:
            transports._at_once = lambda _grant, _tool: False  # noqa: SLF001 - as for an upstream over a socket
        answer = transports._prompt.asgi_app  # noqa: SLF001 - to see which way a request goes

        async def counting(*request: Any) -> None:
            stage.prompt += 1
            await answer(*request)

        transports._prompt.asgi_app = counting  # type: ignore[assignment]  # noqa: SLF001
        yield stage


Make = Callable[[Stage], Any]
CALLS: dict[str, Make] = {
    "a record": lambda on: on.call(READ, {"id": on.jane}),
    "a record of other signs": lambda on: on.call("create_a_kustomer_customer", {"name": "Zoë \x7f"}),
    "no such record": lambda on: on.call(READ, {"id": 24 * "0"}),
    "wrong arguments": lambda on: on.call(READ, {"name": 1}),
    "no such tool": lambda on: on.call("delete_everything", {}),
    "a list": lambda on: on.call(FIND, {}),
    "a progress token": lambda on: on.call(READ, {"id": on.jane}, about={"progressToken": "p"}),
    "a window is opened": lambda on: on.call(
        "create_a_kustomer_customer_unmasking_window", {"customer_id": on.jane, "reason": "a test"}
    ),
    "the name in the header is another": lambda on: on.call(READ, {"id": on.jane}, **{"mcp-name": FIND}),
    "the method in the header is another": lambda on: on.call(READ, {}, body={"method": "tools/list"}),
    "no protocol version in the body": lambda on: on.call(READ, {}, body={"params": {"name": READ, "arguments": {}}}),
    "no JSON-RPC": lambda on: on.call(READ, {}, body={"jsonrpc": "1.0"}),
    "another host": lambda on: on.call(READ, {}, host="elsewhere.example"),
    "another origin": lambda on: on.call(READ, {}, origin="https://elsewhere.example"),
}


async def answers(*, at_once: bool) -> tuple[dict[str, Any], int]:
    """Status, headers and bytes of each call, one after the other in one world."""
    async with running(at_once=at_once) as stage:
        found = {}
        for name, make in CALLS.items():
            answer = await make(stage)
            found[name] = (answer.status_code, sorted(answer.headers.items()), answer.content)
        return found, stage.prompt


async def test_an_answer_is_the_same_to_the_byte_whichever_way_it_went() -> None:
    """What a client reads must not depend on how fast the upstream is."""
    prompt, count = await answers(at_once=True)
    streaming, none = await answers(at_once=False)
    assert prompt == streaming
    assert (none, count) == (0, len(CALLS) - len(["no such tool"]))


@pytest.mark.parametrize(
    "headers",
    [{"accept": "application/json"}, {"mcp-protocol-version": "2025-06-18"}, {"mcp-method": "tools/list"}],
    ids=["no stream accepted", "older era", "another method"],
)
async def test_all_but_tool_calls_of_today_take_the_usual_way(headers: dict[str, str]) -> None:
    """The SDK refuses or answers them as it does."""
    async with running() as stage:
        await stage.call(READ, {"id": stage.jane}, **headers)
        assert stage.prompt == 0


async def test_a_tool_that_tells_of_its_progress_has_a_stream() -> None:
    """Who asked to be told is told while the window is open, not afterwards."""
    async with running() as stage:
        told = await stage.call(
            READ_UNMASKED, {"customer_id": stage.jane, "reason": "a test"}, about={"progressToken": "p"}
        )
        events = [json.loads(line[6:]) for line in told.text.splitlines() if line.startswith("data: ")]
        assert [event.get("method") for event in events[:-1]] == ["notifications/progress"] * (len(events) - 1)
        assert (len(events) > 1, stage.prompt) == (True, 0)


@pytest.mark.parametrize("fault", [Status(status=503), Latency(duration=timedelta(seconds=1))])
async def test_calls_into_a_world_with_armed_faults_may_have_to_wait(fault: Status | Latency) -> None:
    """A call that is held back must notice that its client has gone, and keep the connection alive."""
    async with running() as stage:
        stage.sandbox.world.faults.arm(FaultMatch(), fault)
        await stage.call(READ, {"id": stage.jane})
        assert stage.prompt == 0
        await stage.call(READ, {"id": stage.jane})
        assert stage.prompt == 1
