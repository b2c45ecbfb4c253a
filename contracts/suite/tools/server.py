"""What a check may ask of an MCP server, and how a check of one is written down."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Final, Protocol

from kustomer_sandbox.contracts.suite.target import Check, Exchange, NotAllowed, NotApplicable

MCP: Final = "mcp/"
"""How the rules of MCP servers begin."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ListedTool:
    """A tool as the server lists it. `only_reads` is its annotation, None if it has none."""

    name: str
    description: str
    input_schema: Mapping[str, Any]
    output_schema: Mapping[str, Any] | None
    only_reads: bool | None
    size: int
    """Characters of what a model is given of it: name, description and input schema."""

    @property
    def properties(self) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self.input_schema.get("properties") or {}
        return found

    @property
    def required(self) -> Sequence[str]:
        found: Sequence[str] = self.input_schema.get("required") or ()
        return found


@dataclass(frozen=True, kw_only=True, slots=True)
class ToolAnswer:
    """What came of a call. `is_result` says that a refusal came as a result, which models see, not as an error."""

    is_refused: bool
    is_result: bool
    text: str
    structured: Any = None
    meta: Mapping[str, Any] | None = None

    @property
    def whole(self) -> str:
        """All that a client is given, as one text."""
        return f"{self.text} {self.structured} {self.meta}"


class Upstream(Protocol):
    """The sandbox that an MCP server calls, in hand."""

    def calls(self) -> int:
        """How many calls its worlds have answered."""
        ...

    def refuse_next(self, seconds: int) -> AbstractContextManager[None]:
        """While within, the next call of the server is a 429 whose headers say that budget is back in some seconds."""
        ...

    def customer(self) -> str:
        """The id of a customer in the world that the server calls. Raises `NotApplicable`."""
        ...

    def open_windows(self) -> Sequence[str]:
        """The customers whose unmasking windows are open."""
        ...


class ToolServer(Protocol):
    """An MCP server, connected to. `reads_alone` is the same server by a URL for reads, `upstream` what it calls."""

    @property
    def trail(self) -> Sequence[Exchange]: ...

    @property
    def reads_alone(self) -> ToolServer | None: ...

    @property
    def upstream(self) -> Upstream | None: ...

    def tools(self, *, anew: bool = False) -> Sequence[ListedTool]:
        """All tools, over all pages of the list, as it was when it was first asked for, or `anew`."""
        ...

    def call(self, name: str, arguments: Mapping[str, Any]) -> ToolAnswer: ...


SENTENCES: dict[str, str] = {}
"""The rules of MCP servers by id; each stands at its check."""


def tool_check(rule: str, sentence: str) -> Callable[[Callable[[ToolServer], None]], Check]:
    """Make a check of a function."""
    SENTENCES[f"{MCP}{rule}"] = sentence

    def made(function: Callable[[ToolServer], None]) -> Check:
        return Check(name=function.__name__, rules=(f"{MCP}{rule}",), writes=False, sandbox=False, run=function)

    return made


def readers(server: ToolServer, *, bare: bool = False) -> list[ListedTool]:
    """The tools that only read; `bare` ones need no argument. Raises `NotAllowed` if none says that it only reads."""
    found = [tool for tool in server.tools() if tool.only_reads]
    if not found:
        raise NotAllowed("no tool is marked as one that only reads, and no other is called")
    return [tool for tool in found if not (bare and tool.required)]


def upstream_of(server: ToolServer) -> Upstream:
    """The sandbox that the server calls. Raises `NotApplicable` if it is not in hand."""
    if server.upstream is None:
        raise NotApplicable("it needs the sandbox in hand that the server calls: --rest ORIGIN")
    return server.upstream


def reads_alone(server: ToolServer) -> ToolServer:
    """The server by a URL for reads alone. Raises `NotApplicable` if none was given."""
    if server.reads_alone is None:
        raise NotApplicable("it needs a URL of the same server that is for reads alone: --mcp-reads URL")
    return server.reads_alone
