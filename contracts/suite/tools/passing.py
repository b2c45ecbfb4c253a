"""Checks of an MCP server whose upstream is a sandbox in hand: how a limit is passed on, and that windows are closed.

In the world of a sandbox nothing is anybody's, so tools about unmasking are called here that say they change something.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from kustomer_sandbox.contracts.suite.target import NotApplicable, expect
from kustomer_sandbox.contracts.suite.tools.server import (
    ListedTool,
    ToolAnswer,
    ToolServer,
    Upstream,
    readers,
    tool_check,
    upstream_of,
)

_TRIES = 12
_SECONDS = 37
_TOO_MANY = re.compile(r"\b429\b|rate.?limit|too.?many.?requests", re.IGNORECASE)
_WAITS = re.compile(r"reset|retry.?after|wait|try again in", re.IGNORECASE)
_UNMASKS = re.compile(r"unmask", re.IGNORECASE)
_CLOSES = re.compile(r"clos|delet|end|remov|mask.again", re.IGNORECASE)
_WORDS = "checked by kustomer-sandbox"


def _limited(server: ToolServer) -> tuple[str, ToolAnswer, int]:
    """A tool whose call meets a 429: its name, its answer, and how many calls it made of it."""
    upstream = upstream_of(server)
    name = _caller(server, upstream)
    with upstream.refuse_next(_SECONDS):
        before = upstream.calls()
        answer = server.call(name, {})
        return name, answer, upstream.calls() - before


def _caller(server: ToolServer, upstream: Upstream) -> str:
    """A tool that only reads, needs no argument and calls the sandbox once. Raises `NotApplicable`."""
    for tool in readers(server, bare=True)[:_TRIES]:
        before = upstream.calls()
        answer = server.call(tool.name, {})
        if not answer.is_refused and upstream.calls() == before + 1:
            return tool.name
    raise NotApplicable("there is no tool that only reads, needs no argument and makes one call of the sandbox")


@tool_check("limit-passed-on", "A 429 is told as an error result, by its number or its name.")
def a_limit_is_passed_on_as_what_it_is(server: ToolServer) -> None:
    name, answer, _ = _limited(server)
    expect(answer.is_refused and answer.is_result, f"{name} answers a 429 with a result that is an error")
    expect(_TOO_MANY.search(answer.whole), f"{name} says that it is a limit")


@tool_check("limit-wait", "Whoever meets a 429 is told how long to wait, as the API's headers say it.")
def a_limit_is_passed_on_with_the_time_to_wait(server: ToolServer) -> None:
    name, answer, _ = _limited(server)
    expect(_WAITS.search(answer.whole) and re.search(r"\d", answer.whole), f"{name} says how long to wait")


@tool_check("limit-not-repeated", "A call that meets a 429 is not made again behind the client's back.")
def a_limit_is_met_once(server: ToolServer) -> None:
    name, _, calls = _limited(server)
    expect(calls == 1, f"{name} makes one call and leaves it to the client to wait; {calls} were made")


@tool_check("windows-closed", "An unmasking window that a tool has opened is closed by a tool.")
def a_window_that_a_tool_opens_a_tool_closes(server: ToolServer) -> None:
    upstream = upstream_of(server)
    _caller(server, upstream)  # shows which world is called
    customer = upstream.customer()
    tools = [tool for tool in server.tools() if _UNMASKS.search(f"{tool.name} {tool.description}")]
    closing = [tool for tool in tools if _CLOSES.search(tool.name)]
    opened = [tool.name for tool in tools if tool not in closing and _opens(server, upstream, tool, customer)]
    if not opened:
        raise NotApplicable("there is no tool of which it can be told that it leaves an unmasking window open")
    if not closing:
        raise NotApplicable(f"no tool closes what {opened[0]} opens; whether it ends by itself takes its own time")
    for tool in closing:
        _called(server, tool, customer)
    expect(customer not in upstream.open_windows(), f"the window that {opened[0]} opens is closed by {closing[0].name}")


def _opens(server: ToolServer, upstream: Upstream, tool: ListedTool, customer: str) -> bool:
    return _called(server, tool, customer) and customer in upstream.open_windows()


def _called(server: ToolServer, tool: ListedTool, customer: str) -> bool:
    """Call a tool about a customer, if what it requires can be told; whether it answered."""
    given = dict(_filled(tool, customer))
    return given.keys() == set(tool.required) and not server.call(tool.name, given).is_refused


def _filled(tool: ListedTool, customer: str) -> Iterator[tuple[str, Any]]:
    """Ids are the customer's, other texts words of ours; what is of another type is left out."""
    for name in tool.required:
        facts = tool.properties.get(name)
        if isinstance(facts, Mapping) and facts.get("type") == "string":
            yield name, customer if re.search(r"id$|customer|person|contact", name, re.IGNORECASE) else _WORDS


PASSING = (
    a_limit_is_passed_on_as_what_it_is,
    a_limit_is_passed_on_with_the_time_to_wait,
    a_limit_is_met_once,
    a_window_that_a_tool_opens_a_tool_closes,
)
