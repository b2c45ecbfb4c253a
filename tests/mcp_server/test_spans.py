"""Spans tell what was called and how it ended, to whoever runs an exporter, and nothing of what was said."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from mcp import MCPError
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind

from tests.mcp_server.conftest import Connect
from tests.mcp_server.fakes import EMAILS, JANE, KEY, PHONE, FakeUpstream

pytestmark = pytest.mark.anyio

BY_EMAIL = "kustomer_customers_using_email"
GET = "get_single_kustomer_customer_by_id"
OPEN = "create_a_kustomer_customer_unmasking_window"
ERAS = pytest.mark.parametrize("mode", ["auto", "legacy"])


@pytest.fixture
def exporter(monkeypatch: pytest.MonkeyPatch) -> Iterator[InMemorySpanExporter]:
    """Takes every span of the process: the provider is one per process and cannot be taken back, so it is put in."""
    memory = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(memory))
    monkeypatch.setattr("opentelemetry.trace._TRACER_PROVIDER", provider)
    monkeypatch.setattr("mcp.shared._otel._tracer", provider.get_tracer("mcp-python-sdk"))
    yield memory
    provider.shutdown()


def served(exporter: InMemorySpanExporter) -> list[ReadableSpan]:
    """The server's spans, without those that the client in the same process makes."""
    return [span for span in exporter.get_finished_spans() if span.kind is not SpanKind.CLIENT]


def outcome(span: ReadableSpan) -> tuple[str, Any]:
    return span.name, (span.attributes or {}).get("error.type")


@ERAS
async def test_each_request_is_a_span_with_its_outcome(
    connect: Connect, token: str, exporter: InMemorySpanExporter, mode: str
) -> None:
    """Good, refused, unknown: what an operator looks for first."""
    async with connect(token, mode) as client:
        await client.call_tool(GET, {"id": JANE})
        await client.call_tool(GET, {"id": "Jane Doe"})
        with pytest.raises(MCPError):
            await client.call_tool("nothing", {})
    calls = [outcome(span) for span in served(exporter) if span.name.startswith("tools/call")]
    assert calls == [
        (f"tools/call {GET}", None),
        (f"tools/call {GET}", "tool_error"),
        ("tools/call other", "-32602"),
    ]


@ERAS
async def test_no_span_holds_what_was_sent_answered_or_thrown(
    connect: Connect, token: str, upstream: FakeUpstream, exporter: InMemorySpanExporter, mode: str
) -> None:
    """Traces are kept by others, for long."""

    def broken(_request: httpx.Request) -> httpx.Response:
        raise KeyError(KEY)

    async with connect(token, mode) as client:
        await client.call_tool(OPEN, {"customer_id": JANE})
        assert PHONE in str((await client.call_tool(GET, {"id": JANE})).structured_content)
        await client.call_tool(BY_EMAIL, {"email": EMAILS[JANE]})
        with pytest.raises(MCPError):
            await client.call_tool(EMAILS[JANE], {EMAILS[JANE]: PHONE})
        upstream.script = [broken]
        await client.call_tool(GET, {"id": JANE})
    text = " ".join(span.to_json() for span in served(exporter))
    assert f"tools/call {BY_EMAIL}" in text
    assert [secret for secret in (KEY, PHONE, token, JANE, *EMAILS.values()) if secret in text] == []


async def test_a_span_continues_the_clients_trace(connect: Connect, token: str, exporter: InMemorySpanExporter) -> None:
    """The model's step and its tool call are then one picture."""
    async with connect(token, "auto") as client:
        await client.call_tool(GET, {"id": JANE})
    sent = {span.context.span_id: span.name for span in exporter.get_finished_spans() if span.context}
    (call,) = [span for span in served(exporter) if span.name == f"tools/call {GET}"]
    assert call.parent is not None
    assert sent[call.parent.span_id] == f"MCP send tools/call {GET}"
