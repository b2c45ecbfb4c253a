"""An MCP server that is checked: any, by its URL."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, ExitStack, contextmanager
from typing import Any
from urllib.parse import urlsplit

import anyio.from_thread
from mcp import MCPError
from mcp.client import Client
from mcp.types import ListToolsResult, TextContent, Tool

from kustomer_sandbox.command.checking.places import PlaceError
from kustomer_sandbox.contracts.suite.running import NoAnswer
from kustomer_sandbox.contracts.suite.target import Exchange, TargetAnswer
from kustomer_sandbox.contracts.suite.tools.server import ListedTool, ToolAnswer, Upstream

_WAIT_SECONDS = 30.0
_MOST_PAGES = 50
Connect = Callable[[], AbstractAsyncContextManager[Client]]


class ConnectedServer:
    """A client of the server, kept open in a thread of its own. The others are as `ToolServer` has them."""

    def __init__(
        self,
        stack: ExitStack,
        connect: Connect,
        *,
        reads_alone: ConnectedServer | None = None,
        upstream: Upstream | None = None,
    ) -> None:
        self.reads_alone, self.upstream = reads_alone, upstream
        self._portal = stack.enter_context(anyio.from_thread.start_blocking_portal())
        self._client = stack.enter_context(self._portal.wrap_async_context_manager(connect()))
        self._trail: list[Exchange] = []
        self._listed: list[ListedTool] = []

    @property
    def trail(self) -> Sequence[Exchange]:
        return self._trail

    def begin(self) -> None:
        """Forget the trail of the check before."""
        self._trail = []

    def tools(self, *, anew: bool = False) -> Sequence[ListedTool]:
        if anew or not self._listed:
            self._listed = self._all_pages()
        told = TargetAnswer(status=200, headers={}, body={"tools": len(self._listed)})
        self._trail.append(Exchange("tools/list", "", "", None, told))
        return self._listed

    def _all_pages(self) -> list[ListedTool]:
        found: list[Tool] = []
        cursor: str | None = None
        for _ in range(_MOST_PAGES):
            page = self._page(cursor)
            found += page.tools
            cursor = page.next_cursor
            if not cursor:
                return [_listed(tool) for tool in found]
        raise NoAnswer(f"the list of tools ends within {_MOST_PAGES} pages")

    def _page(self, cursor: str | None) -> ListToolsResult:
        try:
            return self._portal.call(lambda: self._client.list_tools(cursor=cursor, cache_mode="bypass"))
        except Exception as fault:  # noqa: BLE001 - whatever a strange server makes the client raise
            raise NoAnswer(f"tools/list is answered: {type(fault).__name__}") from None

    def call(self, name: str, arguments: Mapping[str, Any]) -> ToolAnswer:
        answer = self._answer(name, arguments)
        told = {"isError": answer.is_refused, "text": f"{len(answer.text)} characters"}
        shown = TargetAnswer(status=400 if answer.is_refused else 200, headers={}, body=told)
        self._trail.append(Exchange("tools/call", name, "", dict(arguments), shown))
        return answer

    def _answer(self, name: str, arguments: Mapping[str, Any]) -> ToolAnswer:
        try:
            result = self._portal.call(self._client.call_tool, name, dict(arguments), _WAIT_SECONDS)
        except MCPError as refusal:
            return ToolAnswer(is_refused=True, is_result=False, text=str(refusal))
        except Exception as fault:  # noqa: BLE001 - whatever a strange server makes the client raise
            self._trail.append(Exchange("tools/call", name, "", dict(arguments), None))
            raise NoAnswer(f"tools/call {name} is answered: {type(fault).__name__}") from None
        text = "\n".join(part.text for part in result.content if isinstance(part, TextContent))
        return ToolAnswer(
            is_refused=bool(result.is_error),
            is_result=True,
            text=text,
            structured=result.structured_content,
            meta=result.meta,
        )


class ToolServerPlace:
    """Where the checks of an MCP server are run. Raises `PlaceError` where none answers.

    Its URL may hold a token, so it is called by its origin. `reads` connects to it by a URL for reads alone,
    `upstream` is the sandbox that it calls, where these are in hand.
    """

    has_control = may_write = False

    def __init__(
        self, url: str, stack: ExitStack, connect: Connect, *, reads: Connect | None, upstream: Upstream | None
    ) -> None:
        parts = urlsplit(url)
        self.name = f"the MCP server at {parts.scheme}://{parts.hostname}{f':{parts.port}' if parts.port else ''}"
        try:
            narrow = ConnectedServer(stack, reads) if reads else None
            self._server = ConnectedServer(stack, connect, reads_alone=narrow, upstream=upstream)
            self._server.tools()
        except Exception as fault:  # noqa: BLE001 - whatever a strange server makes the client raise
            raise PlaceError(f"{self.name} does not answer as one: {_cause(fault)}") from None

    @contextmanager
    def target(self) -> Iterator[ConnectedServer]:
        self._server.begin()
        yield self._server


def _cause(fault: BaseException) -> str:
    """The kind of the first fault, not its words: they may have the URL in them."""
    while isinstance(fault, BaseExceptionGroup):
        fault = fault.exceptions[0]
    return type(fault).__name__


def _listed(tool: Tool) -> ListedTool:
    written = {"name": tool.name, "description": tool.description, "inputSchema": tool.input_schema}
    return ListedTool(
        name=tool.name,
        description=tool.description or "",
        input_schema=tool.input_schema,
        output_schema=tool.output_schema,
        only_reads=tool.annotations.read_only_hint if tool.annotations else None,
        size=len(json.dumps(written, ensure_ascii=False, separators=(",", ":"))),
    )
