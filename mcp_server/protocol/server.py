"""The MCP protocol side: handlers of the low-level server.

It and its neighbours alone import the MCP SDK, which takes most of a second; `app` does so when a client first asks.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server
from mcp.shared.exceptions import MCPError
from mcp.types import (
    INTERNAL_ERROR,
    INVALID_PARAMS,
    CallToolRequestParams,
    CallToolResult,
    ListResourcesResult,
    ListToolsResult,
    PaginatedRequestParams,
    ReadResourceRequestParams,
    ReadResourceResult,
    Tool,
    ToolAnnotations,
)

from kustomer_sandbox.mcp_server.calling.calls import ToolService, UnknownTool
from kustomer_sandbox.mcp_server.calling.prepared import Caller
from kustomer_sandbox.mcp_server.clock import AsyncClock
from kustomer_sandbox.mcp_server.model import RESULT_CHARS, Grant
from kustomer_sandbox.mcp_server.protocol import resources
from kustomer_sandbox.mcp_server.protocol.envelopes import Envelopes, empty
from kustomer_sandbox.mcp_server.protocol.gate import GRANT, LIMITS
from kustomer_sandbox.mcp_server.protocol.spans import Spans
from kustomer_sandbox.mcp_server.state import call_log
from kustomer_sandbox.mcp_server.state.database import RandomHex
from kustomer_sandbox.mcp_server.tools.definitions import ToolListing
from kustomer_sandbox.mcp_server.unmasking.windows import Windows

_LOG: Final = logging.getLogger(__name__)
PROMPTLY: Final = timedelta(seconds=5)
"""A client that connects for a single call is gone so soon after the answer; one that stays and then goes is lost."""
INSTRUCTIONS: Final = (
    "Tools for Kustomer, a customer-service CRM: customers, conversations, messages, drafts per channel, custom "
    "objects (KObjects of a Klass), teams, users, queues, tags and search. Look for these tools when a task is about "
    "support tickets, customers or replies. Ids are 24 hex digits: find them with a look-up, list or search tool. "
    "Values read *** while they are masked. Lists give next_cursor: return it exactly as received; their records come "
    "without empty lists, links.self and org. Give fields (name, custom.x, customer, …) to read only what you need of "
    'a record, or ["*"] for all of it. A 429 is passed on as it is: wait ratelimit-reset seconds.'
)
RESULT_SIZE: Final = "anthropic/maxResultSizeChars"
"""Key in a listed tool's `_meta` by which Claude Code takes larger answers; it heeds at most 500,000 characters."""

# These loggers repeat bodies, URLs or tracebacks, which hold tokens and personal data.
_QUIET: Final[Mapping[str, int]] = {
    "httpx": logging.WARNING,
    "httpcore": logging.WARNING,
    "sse_starlette": logging.WARNING,
    "mcp": logging.WARNING,
    "mcp.server.sse": logging.ERROR,
    "mcp.server.streamable_http": logging.CRITICAL,
    "mcp.server.runner": logging.CRITICAL,
    "mcp.shared.jsonrpc_dispatcher": logging.CRITICAL,
}


@dataclass(kw_only=True, slots=True)
class Connection:
    """One client connection (SSE, stdio), or all of Streamable HTTP, which knows none.

    `calls` counts those of tools, and `answered_at` is when the last was answered.
    """

    id: str
    calls: int = 0
    answered_at: datetime | None = None

    def was_for_one_call(self, now: datetime) -> bool:
        """Whether the client connected for a single call, as it seems when its connection ends."""
        return self.calls == 1 and self.answered_at is not None and now - self.answered_at <= PROMPTLY


class Protocol:
    """The SDK's low-level server with our handlers, over `ToolService`.

    `grant` is given for stdio, where no URL carries a token: it is called at every request.
    """

    def __init__(
        self,
        *,
        calls: ToolService,
        windows: Windows,
        clock: AsyncClock,
        random_hex: RandomHex,
        version: str,
        grant: Callable[[], Grant | None] | None = None,
    ) -> None:
        self._calls = calls
        self._windows = windows
        self._clock = clock
        self._random = random_hex
        self._grant = grant
        self.server: Server[Connection] = Server(
            "kustomer",
            version=version,
            title="Kustomer",
            instructions=INSTRUCTIONS,
            lifespan=self._connection,
            on_list_tools=self._list_tools,
            on_call_tool=self._call_tool,
            on_list_resources=self._list_resources,
            on_read_resource=self._read_resource,
            get_tool_input_schema=lambda _name: None,
        )
        # In place of the SDK's, whose spans hold what clients send and the texts of exceptions.
        self.server.middleware[:] = [Spans(tools=calls.names()), Envelopes()]

    @contextlib.asynccontextmanager
    async def _connection(self, _server: Server[Connection]) -> AsyncIterator[Connection]:
        """Entered once per SSE or stdio connection and once for Streamable HTTP; closes what was opened meanwhile."""
        connection = Connection(id=self._random(8))
        try:
            yield connection
        finally:
            was_for_one_call = connection.was_for_one_call(self._clock.now())
            await self._windows.close_connection(connection.id, was_for_one_call=was_for_one_call)

    async def _list_tools(
        self, ctx: ServerRequestContext[Connection, Any], _params: PaginatedRequestParams | None
    ) -> ListToolsResult:
        grant = self._granted(ctx)
        try:
            tools = [_tool(listed, largest=grant.scope.max_result_chars) for listed in self._calls.listed(grant)]
        except Exception as error:  # noqa: BLE001 - the outer edge
            # An exception's text would reach clients of the older protocol era.
            _LOG.error("tools/list failed with %s", type(error).__name__)
            raise MCPError(INTERNAL_ERROR, "The tool server met an unexpected fault.") from None
        return ListToolsResult(tools=tools, ttl_ms=60_000, cache_scope="private")

    async def _call_tool(
        self, ctx: ServerRequestContext[Connection, Any], params: CallToolRequestParams
    ) -> CallToolResult:
        caller = self._caller(ctx)
        ctx.lifespan_context.calls += 1
        try:
            outcome = await self._calls.call(caller, params.name, params.arguments or {})
        except UnknownTool as error:
            raise MCPError(INVALID_PARAMS, error.message) from None
        finally:
            ctx.lifespan_context.answered_at = self._clock.now()
        if ctx.request is not None and outcome.meta:
            ctx.request.scope.get(LIMITS, {}).update(outcome.meta)
        return empty(outcome)

    async def _list_resources(
        self, ctx: ServerRequestContext[Connection, Any], _params: PaginatedRequestParams | None
    ) -> ListResourcesResult:
        return resources.listed(self._calls, self._granted(ctx))

    async def _read_resource(
        self, ctx: ServerRequestContext[Connection, Any], params: ReadResourceRequestParams
    ) -> ReadResourceResult:
        return resources.read(self._calls, self._granted(ctx), params.uri)

    def _caller(self, ctx: ServerRequestContext[Connection, Any]) -> Caller:
        params = ctx.session.client_params
        return Caller(
            grant=self._granted(ctx),
            connection=ctx.lifespan_context.id,
            client_name=call_log.told(params.client_info.name) if params else "",
            client_version=call_log.told(params.client_info.version) if params else "",
            request_id=call_log.told_id(str(ctx.request_id or "")),
            progress=ctx.session.report_progress,
        )

    def _granted(self, ctx: ServerRequestContext[Connection, Any]) -> Grant:
        grant: Grant | None
        request = ctx.request
        grant = request.scope.get(GRANT) if request is not None else self._grant and self._grant()
        if grant is None:
            raise MCPError(INVALID_PARAMS, "This MCP server was deleted or has expired.")
        return grant


async def serve_stdio(protocol: Protocol) -> None:
    """Serve one client on standard input and output until it goes."""
    async with stdio_server() as (incoming, outgoing):
        await protocol.server.run(incoming, outgoing, protocol.server.create_initialization_options())


def quieten() -> None:
    """Silence the loggers of our libraries where they would repeat bodies, URLs or tracebacks."""
    for name, level in _QUIET.items():
        logging.getLogger(name).setLevel(level)


def _tool(listed: ToolListing, *, largest: int) -> Tool:
    """`largest` is the size of an answer, which is told to clients that would refuse a larger one than usual."""
    return Tool(
        _meta={RESULT_SIZE: largest} if largest > RESULT_CHARS else None,
        name=listed.name,
        title=listed.title,
        description=listed.description,
        input_schema=dict(listed.input_schema),
        output_schema=None if listed.output_schema is None else dict(listed.output_schema),
        annotations=ToolAnnotations.model_validate(dict(listed.annotations)),
    )
