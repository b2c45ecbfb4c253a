"""One call of one granted tool, from arguments to result; the ORDER of steps is written here, in `Steps.run`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from kustomer_sandbox.contracts import Contracts
from kustomer_sandbox.mcp_server.clock import Clock, iso
from kustomer_sandbox.mcp_server.model import Cause, Grant, Reply, ToolResult, UpstreamRequest
from kustomer_sandbox.mcp_server.tools import arguments as checks
from kustomer_sandbox.mcp_server.tools import cursor, failures, ratelimits, request, result
from kustomer_sandbox.mcp_server.tools.definitions import NEXT_CURSOR, Definition
from kustomer_sandbox.mcp_server.tools.hints import CURSOR_HINT, ToolCatalogue
from kustomer_sandbox.mcp_server.tools.read_unmasked import READ_UNMASKED, open_operation, read_requests
from kustomer_sandbox.mcp_server.unmasking.leases import Lease, Opener, WindowBusy
from kustomer_sandbox.mcp_server.unmasking.unmasking import Progress, Unmasking, first_failure, is_opened, silent
from kustomer_sandbox.mcp_server.unmasking.windows import (
    LeaseSnapshot,
    Windows,
    closes_window,
    mentions_customer,
    opens_window,
    request_for,
)
from kustomer_sandbox.mcp_server.upstream.upstream import Upstream

_DOUBT: Final = (
    "Reads of this customer are refused for now: an unmasking window of the customer is being closed and its end is "
    "not confirmed yet, or another MCP server has one open. Try again in a few seconds."
)
_LEASE: Final = "Closed by this server at expires_at unless a read extends it; delete it as soon as you are done."


@dataclass(frozen=True, kw_only=True, slots=True)
class Caller:
    """On whose behalf a tool is called: the grant, and the connection that ends with its client."""

    grant: Grant
    connection: str
    client_name: str = ""
    client_version: str = ""
    request_id: str = ""
    call_id: str = ""
    progress: Progress = silent


@dataclass(frozen=True, kw_only=True, slots=True)
class PreparedCall:
    """A call that may be sent: what the later steps need of the earlier ones."""

    caller: Caller
    definition: Definition
    arguments: Mapping[str, Any]
    request: UpstreamRequest
    position: cursor.Position | None
    before: LeaseSnapshot

    @property
    def customer_id(self) -> str:
        """The customer a window tool is about: the one path argument of its operation."""
        name = next(argument.name for argument in self.definition.tool.arguments if argument.place == "path")
        return str(self.arguments[name]).lower()

    def opener(self) -> Opener:
        grant = self.caller.grant
        return Opener(
            account_id=grant.account.id,
            customer_id=self.customer_id,
            server_id=grant.server_id,
            tool=self.definition.name,
            connection=self.caller.connection,
            reason=str(self.arguments.get("reason", "")),
            call_id=self.caller.call_id,
        )


class ToolPipeline:
    """Runs calls. Everything it needs is injected; it keeps nothing between calls."""

    def __init__(
        self, *, contracts: Contracts, upstream: Upstream, windows: Windows, clock: Clock, cursor_key: bytes
    ) -> None:
        self._contracts = contracts
        self._upstream = upstream
        self._windows = windows
        self._unmasking = Unmasking(windows=windows, upstream=upstream, clock=clock)
        self._clock = clock
        self._cursor_key = cursor_key

    async def run(
        self, caller: Caller, definition: Definition, given: Mapping[str, Any], *, available: ToolCatalogue
    ) -> ToolResult:
        """Arguments, request, upstream, result. `available` are the tools that may be named as a way out."""
        step = self._prepare(caller, definition, given, available=available)
        if isinstance(step, ToolResult):
            return step
        if definition.name == READ_UNMASKED:
            return await self._read_unmasked(step)
        if opens_window(definition.operation):
            return await self._open(step)
        if closes_window(definition.operation):
            return await self._close(step)
        return await self._plain(step)

    def _prepare(
        self, caller: Caller, definition: Definition, given: Mapping[str, Any], *, available: ToolCatalogue
    ) -> PreparedCall | ToolResult:
        """Check the arguments and build the request; a refusal when they cannot be sent."""
        problems = checks.problems(definition, given, available=available)
        if problems:
            return failures.refused(problems)
        try:
            position = self._position(caller, definition, given)
            wanted = request.build(definition, given, position=position, cause=_cause(caller, definition))
        except cursor.CursorRefused:
            reason = f"was not given by this tool; {CURSOR_HINT}"
            return failures.refused([checks.argument_message(NEXT_CURSOR, reason)])
        except request.ArgumentRefused as error:
            return failures.refused([checks.argument_message(error.argument, str(error))])
        before = self._windows.watch(caller.grant.account.id, caller.grant.server_id)
        return PreparedCall(
            caller=caller, definition=definition, arguments=given, request=wanted, position=position, before=before
        )

    async def _plain(self, step: PreparedCall) -> ToolResult:
        """Send it, unless it concerns a customer whose window is in doubt; nor may the answer."""
        grant = step.caller.grant
        unsafe = step.before.unsafe()
        if unsafe and mentions_customer(b"", unsafe, step.arguments):
            return failures.failed(409, _DOUBT)
        reply = await self._upstream.send(grant.account, step.request)
        after = self._windows.watch(grant.account.id, grant.server_id)
        uncertain_customers = step.before.uncertain_customers(after)
        if uncertain_customers and mentions_customer(reply.raw, uncertain_customers, step.arguments):
            return failures.failed(409, _DOUBT)
        for lease in after.leases:
            if lease.status == "open" and after.is_mine(lease) and lease.customer_id.encode() in reply.raw:
                self._windows.book.touched(lease, after.at, tool=step.definition.name)
        return self._translate(step, reply)

    async def _open(self, step: PreparedCall) -> ToolResult:
        try:
            reply, lease = await self._unmasking.open(step.opener(), step.caller.grant.account, step.request)
        except WindowBusy:
            return failures.failed(409, _DOUBT)
        if not is_opened(reply):
            return self._translate(step, reply)
        if lease.status != "open":
            return failures.failed(409, _DOUBT)
        return _with_lease(self._translate(step, reply), lease)

    async def _close(self, step: PreparedCall) -> ToolResult:
        reply = await self._unmasking.close(step.caller.grant.account, step.customer_id, step.request)
        return self._translate(step, reply)

    async def _read_unmasked(self, step: PreparedCall) -> ToolResult:
        operation = open_operation(self._contracts)
        if operation is None:
            return failures.failed(501, "The upstream API has no unmasking windows.")
        cause = _cause(step.caller, step.definition)
        wanted = read_requests(self._contracts, step.customer_id, tuple(step.arguments.get("include", ())), cause=cause)
        try:
            replies, closed = await self._unmasking.read(
                step.opener(),
                step.caller.grant.account,
                request_for(operation, step.customer_id, cause=cause),
                reads=wanted,
                progress=step.caller.progress,
            )
        except WindowBusy:
            return failures.failed(409, _DOUBT)
        return self._parts(step, replies, closed=closed)

    def _parts(self, step: PreparedCall, replies: Mapping[str, Reply], *, closed: bool) -> ToolResult:
        every = list(replies.values())
        last, failure = every[-1], first_failure(every)
        limits = ratelimits.normalised((failure or last).headers, self._clock.now())
        if failure is not None:
            refused = failures.remote(failure, limits)
            return replace(refused, document={**refused.document, "window_closed": closed})
        room = result.CHARACTERS // len(replies)
        document: dict[str, Any] = {"window_closed": closed}
        for name, reply in replies.items():
            answer = result.translate(
                step.definition, reply, arguments={}, position=None, now=self._clock.now(), room=room - 100
            )
            part = answer.result.document
            document[name] = part if name == "customer" else part["result"]
        return ToolResult(document=document, meta=limits, upstream_status=last.status)

    def _translate(self, step: PreparedCall, reply: Reply) -> ToolResult:
        answer = result.translate(
            step.definition, reply, arguments=step.arguments, position=step.position, now=self._clock.now()
        )
        if answer.next is None:
            return answer.result
        binding = self._binding(step.caller, step.definition, step.arguments)
        return result.with_cursor(answer, cursor.encode(answer.next, key=self._cursor_key, binding=binding))

    def _position(self, caller: Caller, definition: Definition, given: Mapping[str, Any]) -> cursor.Position | None:
        if not definition.tool.paged:
            return None
        if NEXT_CURSOR not in given:
            return request.first_page(definition, given)
        binding = self._binding(caller, definition, given)
        return cursor.decode(given[NEXT_CURSOR], key=self._cursor_key, binding=binding)

    def _binding(self, caller: Caller, definition: Definition, given: Mapping[str, Any]) -> str:
        return cursor.binding(definition.name, account=caller.grant.account.id, arguments=given)


def _cause(caller: Caller, definition: Definition) -> Cause:
    return Cause(tool=definition.name, call_id=caller.call_id)


def _with_lease(answer: ToolResult, lease: Lease) -> ToolResult:
    words = {"expires_at": iso(lease.expires_at), "ends_at_latest": iso(lease.hard_at), "message": _LEASE}
    return replace(answer, document={**answer.document, "unmasking_lease": words})
