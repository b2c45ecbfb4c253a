"""One tool call from its arguments to its result; the ORDER of steps is written here, in `Calls.call`."""

from __future__ import annotations

import difflib
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import anyio

from mcp_server import arguments as checks
from mcp_server import cursor, failures, request, result
from mcp_server.clock import Clock, iso
from mcp_server.hints import CURSOR_HINT, Catalogue
from mcp_server.leases import Lease, Opener, WindowBusy, is_safe
from mcp_server.model import Grant, Reply, ToolResult, UpstreamRequest
from mcp_server.scope import visible
from mcp_server.tools import NEXT_CURSOR, Definition
from mcp_server.upstream import Upstream
from mcp_server.windows import Watch, Windows, closes_window, concerned, is_closed, opens_window

_LOG: Final = logging.getLogger(__name__)
_SERVER_ERRORS: Final = 500
_DOUBT: Final = (
    "The unmasking window of this customer is being closed and its end is not confirmed yet: reads of the customer "
    "are refused until it is. Try again in a few seconds."
)


class UnknownTool(LookupError):
    """No such tool, or not for this token. `near` are names the caller may use."""

    def __init__(self, near: list[str]) -> None:
        super().__init__("unknown tool")
        self.near = near


@dataclass(frozen=True, kw_only=True, slots=True)
class Caller:
    """On whose behalf a tool is called: the grant, and the connection that ends with its client."""

    grant: Grant
    connection: str
    client_name: str = ""
    client_version: str = ""
    request_id: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Step:
    """What the later steps need of the earlier ones."""

    caller: Caller
    definition: Definition
    arguments: Mapping[str, Any]
    request: UpstreamRequest
    position: cursor.Position | None
    before: Watch

    @property
    def customer_id(self) -> str:
        """The customer a window tool is about: the one path argument of its operation."""
        name = next(argument.name for argument in self.definition.tool.arguments if argument.place == "path")
        return str(self.arguments[name]).lower()


class Calls:
    """Calls tools. Everything it needs is injected; it keeps nothing between calls."""

    def __init__(
        self, *, catalogue: Catalogue, upstream: Upstream, windows: Windows, clock: Clock, cursor_key: bytes
    ) -> None:
        self._catalogue = catalogue
        self._upstream = upstream
        self._windows = windows
        self._clock = clock
        self._cursor_key = cursor_key

    def tools(self, grant: Grant) -> dict[str, Definition]:
        """The tools a grant shows, in a fixed order."""
        return visible(grant.scope, self._catalogue)

    async def call(self, caller: Caller, name: str, given: Mapping[str, Any]) -> ToolResult:
        """Call a tool by name. Raises `UnknownTool`; every other trouble is an error result without internals."""
        available = self.tools(caller.grant)
        if name not in available:
            raise UnknownTool(_near(name, available))
        definition = available[name]
        try:
            step = self._prepare(caller, definition, given, available)
            if isinstance(step, ToolResult):
                return step
            if opens_window(definition.operation):
                return await self._open(step)
            if closes_window(definition.operation):
                return await self._close(step)
            return await self._plain(step)
        except Exception as error:  # noqa: BLE001 - the outer edge: an older client would be sent the exception's text
            _LOG.error("tool %s failed with %s", definition.name, type(error).__name__)
            return failures.unexpected()

    def _prepare(
        self, caller: Caller, definition: Definition, given: Mapping[str, Any], available: Catalogue
    ) -> _Step | ToolResult:
        """Check the arguments and build the request; a refusal when they cannot be sent."""
        problems = checks.problems(definition, given, available=available)
        if problems:
            return failures.refused(problems)
        try:
            position = self._position(caller, definition, given)
            wanted = request.build(definition, given, position=position)
        except cursor.CursorRefused:
            reason = f"was not given by this tool; {CURSOR_HINT}"
            return failures.refused([checks.argument_message(NEXT_CURSOR, reason)])
        except request.ArgumentRefused as error:
            return failures.refused([checks.argument_message(error.argument, str(error))])
        before = self._windows.watch(caller.grant.account.id)
        return _Step(
            caller=caller, definition=definition, arguments=given, request=wanted, position=position, before=before
        )

    async def _plain(self, step: _Step) -> ToolResult:
        unsafe = step.before.unsafe()
        if unsafe and concerned(b"", unsafe, step.arguments):
            return failures.failed(409, _DOUBT)
        reply = await self._send(step)
        after = self._windows.watch(step.caller.grant.account.id)
        in_doubt = step.before.in_doubt(after)
        if in_doubt and concerned(reply.raw, in_doubt, step.arguments):
            return failures.failed(409, _DOUBT)
        self._slide(step, reply, after)
        return self._translate(step, reply)

    async def _open(self, step: _Step) -> ToolResult:
        """Lease first, window second. A window whose opening is uncertain is closed."""
        opener = Opener(
            account_id=step.caller.grant.account.id,
            customer_id=step.customer_id,
            server_id=step.caller.grant.server_id,
            tool=step.definition.name,
            connection=step.caller.connection,
        )
        try:
            lease = self._windows.book.begin(opener, self._clock.now())
        except WindowBusy:
            return failures.failed(409, _DOUBT)
        reply: Reply | None = None
        try:
            reply = await self._send(step)
        finally:
            lease = await self._settle(lease, reply)
        if not is_opened(reply):
            return self._translate(step, reply)
        if lease.status != "open":
            return failures.failed(409, _DOUBT)
        return _with_lease(self._translate(step, reply), lease)

    async def _settle(self, lease: Lease, reply: Reply | None) -> Lease:
        """Bring the lease to what the upstream's answer says, even while the call is being cancelled."""
        book, now = self._windows.book, self._clock.now()
        if reply is not None and is_opened(reply):
            lease = book.opened(lease, now)
            if lease.status == "open":
                return lease
        elif reply is not None and not reply.fault and reply.status < _SERVER_ERRORS:
            book.not_opened(lease, now, upstream_status=reply.status)
            return book.get(lease.id)
        with anyio.CancelScope(shield=True):
            await self._windows.close(lease, reason="opening uncertain")
        return book.get(lease.id)

    async def _close(self, step: _Step) -> ToolResult:
        """An explicit delete. Until the upstream confirms it, the window counts as unsafe and closing goes on."""
        book = self._windows.book
        mine = book.unclosed(step.caller.grant.account.id, step.customer_id)
        for lease in mine:
            book.closing(lease, self._clock.now(), reason="deleted")
        reply = await self._send(step)
        if is_closed(reply):
            for lease in mine:
                book.confirmed(book.get(lease.id), self._clock.now(), upstream_status=reply.status)
        return self._translate(step, reply)

    async def _send(self, step: _Step) -> Reply:
        return await self._upstream.send(step.caller.grant.account, step.request)

    def _slide(self, step: _Step, reply: Reply, after: Watch) -> None:
        for lease in after.leases:
            if lease.status == "open" and is_safe(lease, after.at) and lease.customer_id.encode() in reply.raw:
                self._windows.book.touched(lease, after.at, tool=step.definition.name)

    def _translate(self, step: _Step, reply: Reply) -> ToolResult:
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


def is_opened(reply: Reply) -> bool:
    """Whether the upstream says that the window is open."""
    return not reply.fault and reply.status in range(200, 300)


def _with_lease(answer: ToolResult, lease: Lease) -> ToolResult:
    words = {
        "expires_at": iso(lease.expires_at),
        "ends_at_latest": iso(lease.hard_at),
        "message": "Closed by this server at expires_at unless a read extends it; delete it as soon as you are done.",
    }
    return ToolResult(
        document={**answer.document, "unmasking_lease": words},
        meta=answer.meta,
        upstream_status=answer.upstream_status,
    )


def _near(name: str, available: Catalogue) -> list[str]:
    return difflib.get_close_matches(name[:128], list(available), n=3, cutoff=0.5)
