"""The OpenTelemetry spans of this process, where it has an SDK that makes any: names, attributes, events, outcome."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Any

from opentelemetry.trace import SpanKind, get_tracer_provider

_MOST = 1000


class EndedSpans:
    """Takes the spans that end from now on; those of clients are left out, which say what they ask."""

    def __init__(self) -> None:
        self._ended: deque[Any] = deque(maxlen=_MOST)
        # Only the SDK's provider has processors, and it is not needed here: who traces nothing shows nothing.
        add = getattr(get_tracer_provider(), "add_span_processor", None)
        if add is not None:
            add(self)

    def taken(self) -> Iterator[tuple[str, str]]:
        """The name and all the words of each span since it was asked last."""
        while self._ended:
            span = self._ended.popleft()
            yield span.name, f"{span.name} {dict(span.attributes or {})} {[dict(e.attributes) for e in span.events]}"

    def on_start(self, span: Any, parent_context: Any = None) -> None:  # noqa: ANN401 - the SDK's, which may be missing
        """A span begins: nothing is in it yet."""

    def on_end(self, span: Any) -> None:  # noqa: ANN401
        """A span has ended."""
        if span.kind is not SpanKind.CLIENT:
            self._ended.append(span)

    def _on_ending(self, span: Any) -> None:  # noqa: ANN401
        """The SDK's further hook."""

    def shutdown(self) -> None:
        """Nothing is kept open."""

    def force_flush(self, timeout_millis: int = 0) -> bool:  # noqa: ARG002 - nothing is held back
        """Nothing waits."""
        return True
