"""`tools/call` over HTTP: against an empty tool of the same SDK, and with many tools against one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from statistics import median

from bench.empty_tool import NAME
from bench.figures import Figure, interleaved, ratios
from bench.load import Ask, Repeated, ask, once, rate
from bench.processes import module, serving
from bench.tool_server import MANY, TOOL

ROUNDS = 7
SECONDS = 0.7
_VERSION = "2026-07-28"
_ABOUT = {
    "io.modelcontextprotocol/protocolVersion": _VERSION,
    "io.modelcontextprotocol/clientInfo": {"name": "bench", "version": "1"},
    "io.modelcontextprotocol/clientCapabilities": {},
}


def measure() -> Iterator[Figure]:
    """Time per call, from calls per second over several connections."""
    with serving(module("bench.empty_tool")) as bare, serving(module("bench.tool_server")) as product:
        empty = _call(bare["mcp_url"], NAME, {})
        many, single = (_call(product[url], TOOL, {"id": product["customer"]}) for url in ("many_url", "one_url"))
        for asked in (empty, many, single):
            _check(asked)
            rate(asked, seconds=SECONDS / 2)
        loads = [Repeated(asked=asked, seconds=SECONDS) for asked in (many, empty, single)]
        ours, floor, one = [[1 / rate for rate in rates] for rates in interleaved(ROUNDS, *loads)]
        waits = tuple(loads[0].waits)
        yield replace(_figure("tools/call of a customer / an empty tool", ours, floor), waits=waits)
        yield Figure(
            name="tool calls a second",
            rounds=tuple(1 / seconds for seconds in ours),
            unit="/s",
            detail="over HTTP, the server on one core and the load on another",
        )
        yield _figure(f"tools/call with {MANY} tools / with one", ours, one)


def _figure(name: str, above: list[float], below: list[float]) -> Figure:
    return Figure(
        name=name,
        rounds=ratios(above, below),
        unit="x",
        detail=f"{1e3 * median(above):.2f} ms against {1e3 * median(below):.2f} ms",
    )


def _call(url: str, tool: str, arguments: dict[str, str]) -> Ask:
    params = {"name": tool, "arguments": arguments, "_meta": _ABOUT}
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}).encode()
    origin, _, path = url.removeprefix("http://").partition("/")
    headers = {"mcp-protocol-version": _VERSION, "mcp-method": "tools/call", "mcp-name": tool}
    return ask(f"http://{origin}", "POST", f"/{path}", headers=headers, body=body)


def _check(asked: Ask) -> None:
    """Raise unless the call succeeds: a refusal would be quick."""
    answer = json.loads(once(asked))
    if answer.get("result", {}).get("isError", True):
        raise RuntimeError("the tool call to be measured fails")
