"""One call of one granted tool, from arguments to result; the order of steps is written here, in `ToolPipeline.run`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from kustomer_sandbox.contracts import Contracts
from kustomer_sandbox.contracts.call_headers import READ_UNMASKED
from kustomer_sandbox.mcp_server.calling import advice
from kustomer_sandbox.mcp_server.calling.masked_search import MaskedSearches
from kustomer_sandbox.mcp_server.calling.own_reads import EndedCall
from kustomer_sandbox.mcp_server.calling.prepared import Caller, PreparedCall
from kustomer_sandbox.mcp_server.clock import AsyncClock, iso
from kustomer_sandbox.mcp_server.model import Account, Cause, ToolResult, UpstreamResponse
from kustomer_sandbox.mcp_server.state.database import StateUnavailable
from kustomer_sandbox.mcp_server.state.unhiding_trail import UnhidingTrail
from kustomer_sandbox.mcp_server.tools import arguments as checks
from kustomer_sandbox.mcp_server.tools import cursor, failures, request
from kustomer_sandbox.mcp_server.tools.answers import ratelimits, result
from kustomer_sandbox.mcp_server.tools.definitions import NEXT_CURSOR, Definition
from kustomer_sandbox.mcp_server.tools.privacy.unhiding import UNHIDE, named, unhiding_problems
from kustomer_sandbox.mcp_server.tools.read_unmasked import open_operation, read_requests
from kustomer_sandbox.mcp_server.tools.teaching.finders import ToolCatalogue
from kustomer_sandbox.mcp_server.tools.teaching.hints import CURSOR_HINT
from kustomer_sandbox.mcp_server.unmasking.leases import Lease, Opener, WindowBusy
from kustomer_sandbox.mcp_server.unmasking.unmasking import Unmasking, first_failure, is_opened
from kustomer_sandbox.mcp_server.unmasking.windows import (
    Windows,
    closes_window,
    mentions_customer,
    opens_window,
    request_for,
)
from kustomer_sandbox.mcp_server.upstream.upstream import Upstream

_UNCERTAIN_WINDOW: Final = (
    "Reads of this customer are refused for now: an unmasking window of the customer is being closed and its end is "
    "not confirmed yet, or another MCP server has one open. Try again in a few seconds."
)
_NO_BOOK: Final = (
    "Not possible for now: {fault}, so what must stand in the audit trail cannot be written down and is not done. "
    "What was asked may have reached the upstream API. Closing a window still works; tell the operator of the rest."
)
_LEASE: Final = "Closed by this server at expires_at unless a read extends it; delete it as soon as you are done."


class ToolPipeline:
    """Runs calls. Everything it needs is injected; it keeps nothing between calls."""

    def __init__(
        self,
        *,
        contracts: Contracts,
        upstream: Upstream,
        windows: Windows,
        unhidings: UnhidingTrail,
        clock: AsyncClock,
        cursor_key: bytes,
    ) -> None:
        self.contracts = contracts
        self._upstream = upstream
        self._windows = windows
        self._masked_searches = MaskedSearches(contracts=contracts, upstream=upstream)
        self._advice = advice.Advice(contracts=contracts, upstream=upstream)
        self._unmasking = Unmasking(windows=windows, upstream=upstream, clock=clock)
        self._unhidings = unhidings
        self._clock = clock
        self._cursor_key = cursor_key

    def answers_at_once(self, account: Account) -> bool:
        """Whether the account's upstream answers without being waited for."""
        return self._upstream.answers_at_once(account)

    async def run(
        self, caller: Caller, definition: Definition, given: Mapping[str, Any], *, available: ToolCatalogue
    ) -> ToolResult:
        """Arguments, request, upstream, result. `available` are the tools that may be named as a way out."""
        outcome = await self._run(caller, definition, given, available=available)
        if not advice.is_wanted(definition, given, outcome):
            return outcome
        account, cause = caller.grant.account, _cause(caller, definition)
        ended = EndedCall(account=account, definition=definition, arguments=given, cause=cause, available=available)
        return await self._advice.on(ended, outcome)

    async def _run(
        self, caller: Caller, definition: Definition, given: Mapping[str, Any], *, available: ToolCatalogue
    ) -> ToolResult:
        call = self._prepare(caller, definition, given, available=available)
        if isinstance(call, ToolResult):
            return call
        refusal = await self._search_refusal(call, available) if definition.operation.searches else None
        if refusal is not None:
            return refusal
        try:
            return await self._send(call)
        except WindowBusy:
            return failures.failed(409, _UNCERTAIN_WINDOW)
        except StateUnavailable as fault:
            return failures.failed(503, _NO_BOOK.format(fault=fault))

    async def _send(self, call: PreparedCall) -> ToolResult:
        """Raises `WindowBusy`, and `StateUnavailable` for whatever but a closing, which needs no state."""
        definition = call.definition
        if definition.name == READ_UNMASKED:
            return await self._read_unmasked(call)
        if definition.name == UNHIDE:
            return await self._unhide(call)
        if opens_window(definition.operation):
            return await self._open(call)
        if closes_window(definition.operation):
            return await self._close(call)
        return await self._plain(call)

    def _prepare(
        self, caller: Caller, definition: Definition, given: Mapping[str, Any], *, available: ToolCatalogue
    ) -> PreparedCall | ToolResult:
        """Check the arguments and build the request; a refusal when they cannot be sent."""
        problems = checks.problems(definition, given, available=available)
        problems = problems or unhiding_problems(definition, given, available=available)
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
        return PreparedCall(caller=caller, definition=definition, arguments=given, request=wanted, position=position)

    async def _search_refusal(self, call: PreparedCall, available: ToolCatalogue) -> ToolResult | None:
        grant = call.caller.grant
        mode = grant.scope.masked_search
        return await self._masked_searches.refusal(grant.account, call.request, mode=mode, available=available)

    async def _plain(self, call: PreparedCall) -> ToolResult:
        """Send a call. Refused if its arguments or answer mention a customer whose window may be open but not ours."""
        grant = call.caller.grant
        before = self._windows.snapshot(grant.account, grant.server_id)
        unsafe = before.unsafe()
        if unsafe and mentions_customer(b"", unsafe, call.arguments):
            return failures.failed(409, _UNCERTAIN_WINDOW)
        response = await self._upstream.send(grant.account, call.request)
        after = self._windows.snapshot(grant.account, grant.server_id)
        uncertain_customers = before.uncertain_customers(after)
        if uncertain_customers and mentions_customer(response.raw, uncertain_customers, call.arguments):
            return failures.failed(409, _UNCERTAIN_WINDOW)
        for lease in after.leases:
            if lease.is_open and after.is_mine(lease) and lease.customer_id.encode() in response.raw:
                self._windows.book.record_read(lease, after.at, tool=call.definition.name)
        return self._translate(call, response)

    async def _unhide(self, call: PreparedCall) -> ToolResult:
        """Send a call that shows an attribute to everyone, once it stands in the audit trail."""
        grant = call.caller.grant
        line = self._unhidings.begin(
            grant.account.id,
            self._clock.now(),
            server_id=grant.server_id,
            call_id=call.caller.call_id,
            object_type=str(call.arguments["id"]),
            names=named(call.arguments),
        )
        response = await self._upstream.send(grant.account, call.request)
        self._unhidings.answered(line, response.status)
        return self._translate(call, response)

    async def _open(self, call: PreparedCall) -> ToolResult:
        response, lease = await self._unmasking.open(self._opener(call), call.caller.grant.account, call.request)
        if not is_opened(response):
            return self._translate(call, response)
        if not lease.is_open:
            return failures.failed(409, _UNCERTAIN_WINDOW)
        return _with_lease(self._translate(call, response), lease)

    def _opener(self, call: PreparedCall) -> Opener:
        return call.opener(self._upstream.identity(call.caller.grant.account))

    async def _close(self, call: PreparedCall) -> ToolResult:
        response = await self._unmasking.close(call.caller.grant.account, call.customer_id, call.request)
        return self._translate(call, response)

    async def _read_unmasked(self, call: PreparedCall) -> ToolResult:
        operation = open_operation(self.contracts)
        if operation is None:
            return failures.failed(501, "The upstream API has no unmasking windows.")
        cause = _cause(call.caller, call.definition)
        wanted = read_requests(self.contracts, call.customer_id, tuple(call.arguments.get("include", ())), cause=cause)
        responses, closed = await self._unmasking.read(
            self._opener(call),
            call.caller.grant.account,
            request_for(operation, call.customer_id, cause=cause),
            reads=wanted,
            progress=call.caller.progress,
        )
        return self._parts(call, responses, closed=closed)

    def _parts(self, call: PreparedCall, responses: Mapping[str, UpstreamResponse], *, closed: bool) -> ToolResult:
        every = list(responses.values())
        last, failure = every[-1], first_failure(every)
        limits = ratelimits.normalised((failure or last).headers, self._clock.now())
        if failure is not None:
            refused = failures.remote(failure, limits)
            return replace(refused, document={**refused.document, "window_closed": closed})
        room = call.caller.grant.scope.max_result_chars // len(responses)
        document: dict[str, Any] = {"window_closed": closed}
        for name, response in responses.items():
            # What the caller says of fields is about the customer.
            arguments = call.arguments if name == "customer" else {}
            answer = result.translate(
                call.definition, response, arguments=arguments, position=None, now=self._clock.now(), room=room - 100
            )
            part = answer.result.document
            document[name] = part if name == "customer" else part["result"]
        return ToolResult(document=document, meta=limits, upstream_status=last.status)

    def _translate(self, call: PreparedCall, response: UpstreamResponse) -> ToolResult:
        answer = result.translate(
            call.definition,
            response,
            arguments=call.arguments,
            position=call.position,
            now=self._clock.now(),
            room=call.caller.grant.scope.max_result_chars,
        )
        if answer.next is None:
            return answer.result
        binding = self._binding(call.caller, call.definition, call.arguments)
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
