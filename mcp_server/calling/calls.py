"""The surface of the tools: which are listed for a grant, which may be called, and the log line of every call."""

from __future__ import annotations

import itertools
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final

from kustomer_sandbox.contracts.call_headers import READ_UNMASKED, call_id
from kustomer_sandbox.mcp_server.calling.prepared import Caller
from kustomer_sandbox.mcp_server.calling.steps import ToolPipeline
from kustomer_sandbox.mcp_server.clock import AsyncClock, iso
from kustomer_sandbox.mcp_server.model import Grant, Scope, ToolResult
from kustomer_sandbox.mcp_server.state.call_log import CallLog, CallLogLine
from kustomer_sandbox.mcp_server.state.database import RandomHex, StateUnavailable
from kustomer_sandbox.mcp_server.tools import discovery, failures
from kustomer_sandbox.mcp_server.tools.answers.result import bounded
from kustomer_sandbox.mcp_server.tools.definitions import Definition, ToolListing
from kustomer_sandbox.mcp_server.tools.scope import visible
from kustomer_sandbox.mcp_server.tools.teaching import search_words
from kustomer_sandbox.mcp_server.tools.teaching.finders import ToolCatalogue
from kustomer_sandbox.mcp_server.tools.teaching.hints import kind_of_object, nearest_tools

_LOG: Final = logging.getLogger(__name__)
_MAX_SCOPES: Final = 256

__all__ = ["Caller", "ToolService", "UnknownTool"]


class UnknownTool(LookupError):
    """No such tool, or not for this token. `message` is for the caller and repeats nothing of the call."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


@dataclass(kw_only=True, slots=True)
class Chosen:
    """The tool that is called, its arguments as they are meant, and the names of those that came in another form."""

    definition: Definition | None = None
    arguments: Mapping[str, Any] = field(default_factory=dict)
    coerced: tuple[str, ...] = ()


class ToolService:
    """Lists and calls tools for a caller; every call leaves one line in the log."""

    def __init__(
        self, *, catalogue: ToolCatalogue, steps: ToolPipeline, log: CallLog, clock: AsyncClock, random_hex: RandomHex
    ) -> None:
        self._catalogue = catalogue
        self._steps = steps
        self._log = log
        self._clock = clock
        # A call's id is this random prefix and a number: random bytes for each call would cost more.
        self._process = random_hex(4)
        self._numbers = itertools.count(1)
        self._visible: dict[Scope, dict[str, Definition]] = {}

    def names(self) -> set[str]:
        """Every name a tool can have, granted or not."""
        return {*self._catalogue, *discovery.NAMES}

    def tools(self, grant: Grant) -> dict[str, Definition]:
        """The tools a grant may use, in a fixed order."""
        known = self._visible.get(grant.scope)
        if known is None:
            if len(self._visible) >= _MAX_SCOPES:
                self._visible.clear()
            known = self._visible[grant.scope] = visible(grant.scope, self._catalogue)
        return known

    def listed(self, grant: Grant) -> list[ToolListing]:
        """What `tools/list` shows: the tools, or in discovery mode the tools that find and call them."""
        if grant.scope.tool_exposure == "discovery":
            return discovery.listed()
        return [definition.listed for definition in self.tools(grant).values()]

    def answers_at_once(self, grant: Grant, name: str) -> bool:
        """Whether a call of this tool waits for nothing and tells of no progress."""
        return name in self._catalogue and name != READ_UNMASKED and self._steps.answers_at_once(grant.account)

    def search_page(self, grant: Grant) -> str:
        """What searches can ask for, as a page for a model; empty for a grant without a tool that searches."""
        searches = any(definition.operation.searches for definition in self.tools(grant).values())
        return search_words.page(self._steps.contracts.search) if searches else ""

    async def call(self, caller: Caller, name: str, given: Mapping[str, Any]) -> ToolResult:
        """Call a tool by name. Raises `UnknownTool`; every other trouble is an error result without internals."""
        started = self._clock.now()
        caller = caller.in_call(call_id(self._process, next(self._numbers)))
        outcome: ToolResult | None = None
        chosen = Chosen()
        ended = "cancelled"
        try:
            chosen = self._chosen(caller.grant, name, given)
            if chosen.definition is None:
                outcome = self._meta(caller.grant, name, chosen.arguments)
            else:
                available = self.tools(caller.grant)
                outcome = await self._steps.run(caller, chosen.definition, chosen.arguments, available=available)
            ended = _ended(outcome)
            if outcome.is_error:
                outcome = bounded(outcome, caller.grant.scope.max_result_chars)
        except UnknownTool:
            ended = "unknown_tool"
            raise
        except Exception as error:  # noqa: BLE001 - the outer edge: an older client would be sent the exception's text
            ended = "error"
            _LOG.error("a tool call failed with %s", type(error).__name__)
            outcome = failures.unexpected()
        finally:
            shown = chosen.definition.name if chosen.definition else name if name in discovery.NAMES else ""
            self._write(caller, shown, chosen, outcome=outcome, ended=ended, started=started)
        return outcome

    def _chosen(self, grant: Grant, name: str, given: Mapping[str, Any]) -> Chosen:
        """The tool that is meant and its arguments; no tool for those of discovery that answer by themselves."""
        tools = self.tools(grant)
        if grant.scope.tool_exposure != "discovery":
            if name not in tools:
                raise UnknownTool(_unknown(name, tools))
            return _read(grant, tools[name], given)
        if name not in discovery.NAMES:
            raise UnknownTool(f"Tools are not called by their own names here: start with {discovery.SEARCH}.")
        coerced: tuple[str, ...] = ()
        if not grant.scope.strict_arguments:
            given, renamed = discovery.under_known_names(name, given)
            given, reformed = discovery.leniency(name).read(given)
            coerced = (*renamed, *reformed)
        itself = Chosen(arguments=given, coerced=coerced)
        if name in {discovery.SEARCH, discovery.SCHEMA} or discovery.problems(name, given):
            return itself
        inner = given["tool_name"]
        if inner not in tools or discovery.refusal(name, tools[inner]):
            return itself
        found = _read(grant, tools[inner], given.get("arguments", {}))
        return replace(found, coerced=(*coerced, *found.coerced))

    def _meta(self, grant: Grant, name: str, given: Mapping[str, Any]) -> ToolResult:
        tools, room = self.tools(grant), grant.scope.max_result_chars
        problems = discovery.problems(name, given)
        if problems:
            return failures.refused(problems)
        if name == discovery.SEARCH:
            limit = int(given.get("limit", discovery.FOUND))
            return ToolResult(document=discovery.search(given.get("query", ""), limit, tools, room=room))
        if name == discovery.SCHEMA:
            return ToolResult(document=discovery.schemas(given["tool_names"], tools, room=room))
        inner = given["tool_name"]
        reason = discovery.refusal(name, tools[inner]) if inner in tools else _unknown(inner, tools)
        return failures.refused([f"argument `tool_name`: {reason}"])

    def _write(
        self,
        caller: Caller,
        tool: str,
        chosen: Chosen,
        *,
        outcome: ToolResult | None,
        ended: str,
        started: datetime,
    ) -> None:
        definition = chosen.definition
        document = outcome.document if outcome is not None else None
        count = document.get("result_count") if isinstance(document, Mapping) else None
        line = CallLogLine(
            call_id=caller.call_id,
            at=iso(started),
            request_id=caller.request_id,
            server_id=caller.grant.server_id,
            server_name=caller.grant.name,
            account_id=caller.grant.account.id,
            mcp_method="tools/call",
            tool=tool,
            resource=definition.tool.resource if definition else "",
            method=definition.tool.method_name if definition else "",
            client_name=caller.client_name,
            client_version=caller.client_version,
            outcome=ended,
            upstream_status=outcome.upstream_status if outcome else None,
            result_count=count if isinstance(count, int) else None,
            coerced=",".join(chosen.coerced),
            duration_ms=(self._clock.now() - started).total_seconds() * 1000,
        )
        try:
            self._log.add(line)
        except StateUnavailable as fault:
            # The call has happened: a full disk must not turn its result into a failure.
            _LOG.error("the call log could not be written: %s", fault)


def _read(grant: Grant, definition: Definition, given: Mapping[str, Any]) -> Chosen:
    """The arguments as they are meant, unless the MCP server is strict."""
    if grant.scope.strict_arguments:
        return Chosen(definition=definition, arguments=given)
    arguments, coerced = definition.leniency.read(given)
    return Chosen(definition=definition, arguments=arguments, coerced=coerced)


def _ended(outcome: ToolResult) -> str:
    if not outcome.is_error:
        return "ok"
    return "upstream_error" if outcome.upstream_status is not None else "refused"


def _unknown(name: str, tools: ToolCatalogue) -> str:
    near = nearest_tools(name, tools)
    hint = f" Did you mean {' or '.join(near)}?" if near else ""
    return f"Unknown tool, or not granted to this MCP URL.{hint}{kind_of_object(name, tools)}"
