"""What is driven: a world and a tool server of this process, or a running API and MCP server by their addresses."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, asynccontextmanager
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Any, NamedTuple, Protocol, Self

import anyio
import anyio.from_thread
import httpx
import httpx2
import orjson
from mcp import MCPError
from mcp.client import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.types import Tool
from starlette.applications import Starlette

from kustomer_sandbox.contracts.model import Operation
from kustomer_sandbox.mcp_server.app import McpServer
from kustomer_sandbox.mcp_server.model import Account
from kustomer_sandbox.mcp_server.upstream.wire import HttpWire
from kustomer_sandbox.simulator.api import Api
from kustomer_sandbox.simulator.hosting.keys import issue_key
from kustomer_sandbox.simulator.records.unit_of_work import WINDOW
from kustomer_sandbox.simulator.values.http import Request
from kustomer_sandbox.simulator.values.record import Record
from kustomer_sandbox.simulator.values.webhooks import EVENT_HEADER, WebhookRequest
from kustomer_sandbox.simulator.world.world import World
from kustomer_sandbox.testkit.pii.canaries.calls import GeneratedCall
from kustomer_sandbox.testkit.pii.canaries.spans import EndedSpans
from kustomer_sandbox.testkit.pii.leaks import files_below
from kustomer_sandbox.testkit.pii.logs import LogCalls, log_calls
from kustomer_sandbox.transports import AsyncSimulatorTransport

_ORIGIN = "http://127.0.0.1:8000"
_KEY_ENV = "CANARIES_KEY"
_ACCOUNT = Account(id="canaries", base_url="https://api.kustomerapp.com", key_env=_KEY_ENV)
_TALKATIVE = ("mcp.client", "asyncio", "httpx", "httpcore")
"""Loggers of the client that drives: they write what was sent and answered, as it is their purpose."""
_JOURNAL_PART = 1000
_BETWEEN = 1.0
"""Seconds between two calls: budgets are refilled now and then, not always."""


class TargetError(Exception):
    """An address that cannot be driven; the message says which, and why."""


class Answered(NamedTuple):
    """What came back: an HTTP status, or 200 and 400 of a tool; and all bytes a caller sees."""

    status: int
    body: bytes


class Written(NamedTuple):
    """Something written elsewhere while a call was made: the kind of place, which one, and the text.

    `may_show` says that it may hold what is not masked now, as events may and what is written for good may not.
    """

    place: str
    name: str
    data: bytes
    may_show: bool = False


class DrivenTarget(Protocol):
    """What calls are made of. `written` gives what has come up in other places since it was asked last.

    `wait` lets so many seconds pass, and tells whether it could.
    """

    def call(self, call: GeneratedCall, *, sees_all: bool = False) -> Answered: ...
    def tools(self) -> list[Tool]: ...
    def written(self, *, files: bool = False) -> Iterator[Written]: ...
    def wait(self, seconds: float) -> bool: ...


class ToolClient:
    """An official client of an MCP server, kept open in a thread of its own."""

    def __init__(self, stack: ExitStack, connect: Callable[[], Any]) -> None:
        self._portal = stack.enter_context(anyio.from_thread.start_blocking_portal())
        self._client: Client = stack.enter_context(self._portal.wrap_async_context_manager(connect()))

    def tools(self) -> list[Tool]:
        return list(self._portal.call(self._client.list_tools).tools)

    def call(self, call: GeneratedCall) -> Answered:
        try:
            result = self._portal.call(self._client.call_tool, call.tool, dict(call.arguments))
        except MCPError as refusal:
            return Answered(400, str(refusal).encode())
        return Answered(400 if result.is_error else 200, result.model_dump_json(by_alias=True).encode())


class WorldTime:
    """The world's time for the tool server; who sleeps does so until the end."""

    def __init__(self, world: World) -> None:
        self.now = world.clock.now

    async def sleep(self, seconds: float) -> None:  # noqa: ARG002 - nobody waits here
        await anyio.sleep_forever()


class WorldTarget:
    """A world of this process with a tool server in front of it: everything that they write can be looked at."""

    def __init__(self, api: Api, world: World, *, mcp: str = "") -> None:
        """`mcp` is the URL of another MCP server that stands in front of this world."""
        self.api, self.world, self._mcp = api, world, mcp
        self.key, _ = issue_key(api.worlds, world)
        self._seeing, _ = issue_key(api.worlds, world, read_sensitive=True)
        self._stack = ExitStack()
        self._logs: LogCalls = self._stack.enter_context(log_calls())
        self._folder = Path(self._stack.enter_context(TemporaryDirectory()))
        self._spans = EndedSpans()
        self._events: list[WebhookRequest] = []
        self._before = world.receiver
        world.receiver = self._receive
        self._seen = world.journal.total
        self.server: McpServer | None = None
        self._client: ToolClient | None = None

    def _receive(self, request: WebhookRequest) -> int:
        """Keep an event, unless the window of whom it is about was open: then it may tell what it was before, too."""
        event = orjson.loads(request.body)
        row = self.world.store.get(WINDOW, _owner(event["data"]))
        # By the window as it is stored: the world's clock is ahead while it does what fell due meanwhile.
        if row is None or event["createdAt"] >= orjson.loads(row.data).get("endDate", ""):
            self._events.append(request)
        return 200

    def call(self, call: GeneratedCall, *, sees_all: bool = False) -> Answered:
        if call.operation is None:
            self.wait(_BETWEEN)
            return self._tool_client().call(call)
        key = self._seeing if sees_all else self._throwaway() if ends_a_key(call.operation) else self.key
        headers = {"authorization": f"Bearer {key}"}
        if call.content_type:
            headers["content-type"] = call.content_type
        asked = Request(method=call.operation.method, path=call.path, query=call.query, headers=headers, body=call.body)
        self.wait(_BETWEEN)
        reply = self.api.handle(asked)
        shown = b"\n".join([reply.body, *(f"{name}: {value}".encode() for name, value in reply.headers)])
        return Answered(reply.status, shown)

    def _throwaway(self) -> str:
        """A key for a call that may end it."""
        return issue_key(self.api.worlds, self.world)[0]

    def tools(self) -> list[Tool]:
        return self._tool_client().tools()

    def written(self, *, files: bool = False) -> Iterator[Written]:
        self.world.run_due(self.world.clock.now())
        for entry in self.world.journal.find(since=self._seen, limit=_JOURNAL_PART):
            yield Written("the journal's line", f"#{entry.seq}", json.dumps(entry.shown(), default=str).encode())
        self._seen = self.world.journal.total
        for event in self._events:
            yield Written("the webhook", dict(event.headers).get(EVENT_HEADER, ""), event.body, may_show=True)
        self._events.clear()
        while self._logs:
            logged = self._logs.popleft()
            if not logged.logger.startswith(_TALKATIVE):
                yield Written("the log line", logged.where, logged.text.encode())
        for name, text in self._spans.taken():
            yield Written("the span", name, text.encode())
        for path in files_below(self._folder) if files else ():
            yield Written("the file", path.name, path.read_bytes())

    def wait(self, seconds: float) -> bool:
        now = self.world.clock.now() + timedelta(seconds=seconds)
        self.world.clock.move_to(now)
        self.world.run_due(now)
        return True

    def _tool_client(self) -> ToolClient:
        if self._client is None:
            self._client = ToolClient(self._stack, lambda: remote_tools(self._mcp) if self._mcp else self._tools())
        return self._client

    @asynccontextmanager
    async def _tools(self) -> AsyncIterator[Client]:
        self.server = server = McpServer(
            contracts=self.api.contracts,
            secrets={_KEY_ENV: self.key},
            clock=WorldTime(self.world),
            directory=self._folder,
            wire=HttpWire(AsyncSimulatorTransport(self.api)),
        )
        async with server.lifespan():
            transport = httpx2.ASGITransport(app=Starlette(routes=server.routes()))
            url = f"{_ORIGIN}/mcp/{server.default_token(_ACCOUNT)}"
            async with (
                httpx2.AsyncClient(transport=transport) as http,
                Client(streamable_http_client(url, http_client=http)) as client,
            ):
                yield client

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.world.receiver = self._before
        self._stack.close()


class RemoteTarget:
    """A running API, and an MCP server in front of it if there is one, by their addresses: answers alone are seen."""

    def __init__(self, rest: str, key: str, *, mcp: str = "") -> None:
        """`rest` is the origin, without `/v1`. The key must not have the right to see sensitive values."""
        self._stack = ExitStack()
        headers = {"authorization": f"Bearer {key}"}
        self._http = self._stack.enter_context(httpx.Client(base_url=rest.rstrip("/"), headers=headers, timeout=30))
        self._mcp, self._client = mcp, None if not mcp else ToolClient(self._stack, lambda: remote_tools(mcp))

    def call(self, call: GeneratedCall, *, sees_all: bool = False) -> Answered:  # noqa: ARG002 - one key is known
        if call.operation is None:
            return self._client.call(call) if self._client else Answered(0, b"")
        if ends_a_key(call.operation):
            return Answered(0, b"")  # the one key there is has to last
        headers = {"content-type": call.content_type} if call.content_type else {}
        url = f"{call.path}?{call.query}" if call.query else call.path
        try:
            reply = self._http.request(call.operation.method, url, content=call.body, headers=headers)
        except httpx.TransportError as fault:
            raise TargetError(f"{self._http.base_url} does not answer: {type(fault).__name__}") from None
        shown = b"\n".join([reply.content, *(name + b": " + value for name, value in reply.headers.raw)])
        return Answered(reply.status_code, shown)

    def tools(self) -> list[Tool]:
        return self._client.tools() if self._client else []

    def written(self, *, files: bool = False) -> Iterator[Written]:  # noqa: ARG002 - nothing else is seen from here
        return iter(())

    def wait(self, seconds: float) -> bool:  # noqa: ARG002 - another's time is its own
        return False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()


def _owner(record: Record) -> str:
    """The id of the customer that a record in an answer belongs to, or is; empty if there is none."""
    if record["type"] == "customer":
        return str(record["id"])
    leads = record["relationships"].get("customer") or {}
    return str((leads.get("data") or {}).get("id", ""))


def ends_a_key(operation: Operation) -> bool:
    """Whether an operation deletes auth tokens."""
    return operation.method == "DELETE" and operation.resource.type == "auth_token"


@asynccontextmanager
async def remote_tools(url: str) -> AsyncIterator[Client]:
    """A client of an MCP server by its URL."""
    async with Client(url) as client:
        yield client
