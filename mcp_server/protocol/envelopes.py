"""Tool results as the MCP SDK sends them: it shapes the envelope, the document is put in last.

Context: the SDK turns a result into a model, checks it and dumps it, several times over; with a customer's document
inside that costs more than the call of the API. Choice: it is given an empty result to shape as the protocol version
wants it, and the text and the structured content, which need no shaping, are put into what comes out; for a client of
today over HTTP as late as into the bytes that are sent. Cost: what is put in is not checked by the SDK, so it must be
plain JSON, which a decoded answer is.
"""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any, Final

from mcp.server.context import CallNext, HandlerResult, ServerMiddleware, ServerRequestContext
from mcp.types import CallToolResult, TextContent
from mcp.types.version import MODERN_PROTOCOL_VERSIONS

from kustomer_sandbox.mcp_server.model import ToolResult
from kustomer_sandbox.mcp_server.protocol.wire_documents import DOCUMENT, WireDocument
from kustomer_sandbox.mcp_server.tools.answers.result import text

_OUTCOME: Final[ContextVar[list[ToolResult]]] = ContextVar("outcome")
_EMPTY: Final = {
    is_error: CallToolResult(content=[TextContent(type="text", text="")], structured_content={}, is_error=is_error)
    for is_error in (False, True)
}


def empty(outcome: ToolResult) -> CallToolResult:
    """What a handler returns in place of its outcome. It must be called within an `Envelopes` middleware."""
    _OUTCOME.get().append(outcome)
    return _EMPTY[outcome.is_error]


class Envelopes(ServerMiddleware[Any]):
    """Fills the results of `tools/call`, the innermost middleware."""

    async def __call__(self, ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
        outcomes: list[ToolResult] = []
        token = _OUTCOME.set(outcomes)
        try:
            result = await call_next(ctx)
        finally:
            _OUTCOME.reset(token)
        if outcomes and isinstance(result, dict):
            _fill(result, outcomes[0], _on_wire(ctx))
        return result


def _on_wire(ctx: ServerRequestContext[Any, Any]) -> WireDocument | None:
    """Where a document waits for its answer's bytes; None where these are written otherwise (stdio, older eras)."""
    if ctx.request is None or ctx.protocol_version not in MODERN_PROTOCOL_VERSIONS:
        return None
    waiting: WireDocument | None = ctx.request.scope.get(DOCUMENT)
    return waiting


def _fill(wire: dict[str, Any], outcome: ToolResult, on_wire: WireDocument | None) -> None:
    document = outcome.document
    if on_wire is None or not on_wire.put(document, wire):
        wire["content"][0]["text"] = text(document)
        wire["structuredContent"] = document if isinstance(document, dict) else {"result": document}
    if outcome.meta:
        wire["_meta"] = {**outcome.meta, **wire.get("_meta", {})}
