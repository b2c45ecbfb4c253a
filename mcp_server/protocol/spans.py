"""OpenTelemetry spans of the MCP requests: which method, which tool, how it ended. Never what was sent or answered.

Context: the SDK's own spans name whatever tool the client asked for and keep the texts of exceptions, and both can
hold personal data. Choice: spans of our own, with names only from what we know. Cost: an unexpected fault shows its
class alone. Without an OpenTelemetry SDK and an exporter in the process none of this does anything.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, Final

from mcp.server.context import CallNext, HandlerResult, ServerMiddleware, ServerRequestContext
from mcp.shared.exceptions import MCPError
from opentelemetry.trace import (
    ProxyTracerProvider,
    Span,
    SpanKind,
    StatusCode,
    Tracer,
    get_current_span,
    get_tracer_provider,
)
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

METHODS: Final = frozenset({"initialize", "ping", "server/discover", "tools/list", "tools/call"})
OTHER: Final = "other"
"""Stands for a method or tool that is none of ours: its name may be anything."""

Traces = Callable[[], Tracer | None]
_CONTEXT: Final = TraceContextTextMapPropagator()


def tracer() -> Tracer | None:
    """None while the process has no OpenTelemetry SDK: nobody would see a span."""
    provider = get_tracer_provider()
    return None if isinstance(provider, ProxyTracerProvider) else provider.get_tracer("kustomer-sandbox")


class Spans(ServerMiddleware[Any]):
    """One span for each request of a client; it continues the client's trace if `_meta` carries one."""

    def __init__(self, *, tools: Collection[str], traces: Traces = tracer) -> None:
        self._tools = frozenset(tools)
        self._traces = traces

    async def __call__(self, ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
        traces = self._traces()
        if traces is None:
            return await call_next(ctx)
        name, attributes = self._words(ctx)
        with traces.start_as_current_span(
            name,
            kind=SpanKind.SERVER,
            attributes=attributes,
            context=_context(ctx),
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            try:
                result = await call_next(ctx)
            except MCPError as error:
                _failed(span, str(error.error.code))
                raise
            except Exception as error:
                _failed(span, type(error).__name__)
                raise
            if _is_refusal(result):
                _failed(span, "tool_error")
            return result

    def _words(self, ctx: ServerRequestContext[Any, Any]) -> tuple[str, dict[str, str]]:
        method = ctx.method if ctx.method in METHODS else OTHER
        attributes = {"mcp.method.name": method, "mcp.protocol.version": str(ctx.protocol_version)}
        if method != "tools/call":
            return method, attributes
        asked = ctx.params.get("name") if ctx.params else None
        tool = asked if isinstance(asked, str) and asked in self._tools else OTHER
        return f"{method} {tool}", {**attributes, "gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": tool}


def _context(ctx: ServerRequestContext[Any, Any]) -> Any:  # noqa: ANN401 - the library's context is its own affair
    """The client's trace, or None for the present one: an empty context would cut a span off from its parent."""
    texts = {key: value for key, value in dict(ctx.meta or {}).items() if isinstance(value, str)}
    context = _CONTEXT.extract(texts)
    return context if get_current_span(context).get_span_context().is_valid else None


def _is_refusal(result: HandlerResult) -> bool:
    # What the inner layers hand on is the result as it goes over the wire.
    return isinstance(result, Mapping) and result.get("isError") is True


def _failed(span: Span, kind: str) -> None:
    span.set_attribute("error.type", kind)
    span.set_status(StatusCode.ERROR)
