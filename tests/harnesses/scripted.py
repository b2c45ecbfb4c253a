"""Twenty scripted runs, as the tool calls they make: a harness makes the same ones, and must score them the same."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TypedDict

from kustomer_sandbox.grading.arena import Agent, Arena, ToolCaller
from tests.grading import steps
from tests.grading.all_runs import ALL

BAD = {
    "verify-a-phone": 4,
    "escalate-the-newest-urgent": 2,
    "profile-and-history": 4,
    "update-a-shipment": 3,
    "merge-duplicates": 5,
    "somebody-elses-phone": 4,
    "an-order-in-an-object": 4,
    "the-wrong-channel": 3,
}
"""Scenario -> the criterion on which its bad run fails. All these runs work by tools alone, and wait for nothing."""

IDLE = ("verify-a-phone", "escalate-the-newest-urgent", "profile-and-history", "update-a-shipment")
"""The scenarios that the null agent has a go at, too."""


class ToolCall(TypedDict):
    """A tool, and what it is given."""

    tool: str
    arguments: dict[str, Any]


class Scripted(TypedDict):
    """One run. `grade` is the verdict on it in this process, without any harness."""

    scenario: str
    agent: str
    calls: list[ToolCall]
    grade: dict[str, Any]


def scripted_runs() -> list[Scripted]:
    """All twenty. Ids are those of worlds with the seed 0, in which the calls mean the same wherever they are made."""
    with Arena() as arena:
        return [_run(arena, *run) for run in _agents()]


def _agents() -> Iterator[tuple[str, str, Agent]]:
    for name, number in BAD.items():
        yield name, "oracle", ALL[name].good[0]
        yield name, "bad", ALL[name].bad[number]
        if name in IDLE:
            yield name, "null", steps.nothing


def _run(arena: Arena, scenario: str, name: str, agent: Agent) -> Scripted:
    calls: list[ToolCall] = []
    verdict = arena.run(scenario, lambda tools: agent(_Noted(tools, calls))).verdict
    return Scripted(scenario=scenario, agent=name, calls=calls, grade=verdict.shown())


class _Noted(ToolCaller):
    """Tools that write down what is called. Whoever goes past the tools is no run for a harness."""

    def __init__(self, tools: ToolCaller, calls: list[ToolCall]) -> None:
        self.prompt = tools.prompt
        self._tools = tools
        self._calls = calls

    def __call__(self, tool: str, given: Mapping[str, Any] | None = None, /, **arguments: Any) -> dict[str, Any]:
        self._calls.append({"tool": tool, "arguments": {**(given or {}), **arguments}})
        return self._tools(tool, given, **arguments)

    def rest(self, method: str, path: str, body: Any = None) -> Any:
        raise LookupError(f"{method} {path} with {body} is no tool")

    def wait(self, seconds: float) -> None:
        raise LookupError(f"{seconds} seconds would have to be waited")
