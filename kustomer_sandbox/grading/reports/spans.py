"""A run as OpenTelemetry spans of the GenAI conventions, in OTLP's JSON: the agent, its tool calls, their requests."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

from kustomer_sandbox.grading.trace import Trace, TracedCall
from kustomer_sandbox.grading.verdict import Verdict
from kustomer_sandbox.simulator.values.clock import parse

_INTERNAL, _CLIENT = 1, 3
_OK, _ERROR = 1, 2
_REFUSED_FROM = 400


def spans(verdict: Verdict, trace: Trace, *, run: str) -> dict[str, Any]:
    """One trace in OTLP's JSON; `run` tells this run from others. Instants are those of the world."""
    of = _Spans(hashlib.sha256(run.encode()).hexdigest()[:32])
    found = [of.root(verdict, trace), *of.below(trace)]
    scope = {"scope": {"name": "kustomer-sandbox"}, "spans": found}
    resource = {"attributes": [_attribute("service.name", "kustomer-sandbox")]}
    return {"resourceSpans": [{"resource": resource, "scopeSpans": [scope]}]}


class _Spans:
    def __init__(self, trace_id: str) -> None:
        self._trace_id = trace_id

    def root(self, verdict: Verdict, trace: Trace) -> dict[str, Any]:
        """The agent's work as a whole."""
        ends = [call.entry.at for call in trace.calls] or ["1970-01-01T00:00:00.000Z"]
        about = {
            "gen_ai.operation.name": "invoke_agent",
            "gen_ai.agent.name": "agent",
            "kustomer_sandbox.scenario": verdict.scenario,
            "kustomer_sandbox.passed": verdict.has_passed,
        }
        return self._span("agent", "", "invoke_agent agent", ends[0], ends[-1], about, is_ok=verdict.has_passed)

    def below(self, trace: Trace) -> Iterator[dict[str, Any]]:
        """Each tool call with the requests it made, and each request that no tool made."""
        seen: set[str] = set()
        for call in trace.agents():
            entry = call.entry
            if entry.call and entry.call not in seen:
                seen.add(entry.call)
                yield self._tool(call, [other for other in trace.agents() if other.entry.call == entry.call])
            yield self._request(call)

    def _tool(self, call: TracedCall, all_of_it: list[TracedCall]) -> dict[str, Any]:
        entry = call.entry
        about = {
            "gen_ai.operation.name": "execute_tool",
            "gen_ai.tool.name": entry.tool,
            "gen_ai.tool.call.id": entry.call,
            "gen_ai.tool.type": "extension",
        }
        last = all_of_it[-1].entry
        is_ok = last.status < _REFUSED_FROM
        return self._span(entry.call, "agent", f"execute_tool {entry.tool}", entry.at, last.at, about, is_ok=is_ok)

    def _request(self, call: TracedCall) -> dict[str, Any]:
        entry = call.entry
        about = {
            "http.request.method": entry.method,
            "http.response.status_code": entry.status,
            "url.template": entry.path,
            "kustomer_sandbox.operation": entry.operation,
            "kustomer_sandbox.journal.seq": entry.seq,
        }
        name, parent = f"{entry.method} {entry.operation}", entry.call or "agent"
        is_ok = entry.status < _REFUSED_FROM
        return self._span(f"#{entry.seq}", parent, name, entry.at, entry.at, about, is_ok=is_ok, kind=_CLIENT)

    def _span(
        self,
        id: str,
        parent: str,
        name: str,
        start: str,
        end: str,
        about: dict[str, Any],
        *,
        is_ok: bool,
        kind: int = _INTERNAL,
    ) -> dict[str, Any]:
        above = {"parentSpanId": self._id(parent)} if parent else {}
        return {
            "traceId": self._trace_id,
            "spanId": self._id(id),
            **above,
            "name": name,
            "kind": kind,
            "startTimeUnixNano": _nanoseconds(start),
            "endTimeUnixNano": _nanoseconds(end),
            "attributes": [_attribute(key, value) for key, value in about.items()],
            "status": {"code": _OK if is_ok else _ERROR},
        }

    def _id(self, name: str) -> str:
        return hashlib.sha256(f"{self._trace_id}/{name}".encode()).hexdigest()[:16]


def _nanoseconds(at: str) -> str:
    return str(round(parse(at).timestamp() * 1000) * 1_000_000)


def _attribute(key: str, value: str | int | bool) -> dict[str, Any]:  # noqa: FBT001 - a value of any kind
    if isinstance(value, bool):
        return {"key": key, "value": {"boolValue": value}}
    return {"key": key, "value": {"intValue": str(value)} if isinstance(value, int) else {"stringValue": value}}
