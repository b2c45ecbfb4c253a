"""Checks of calls: what is refused and how, what is taken in other forms, and how long answers are.

Only tools that say they only read are called, and none with what it could take for an order to change something.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from kustomer_sandbox.contracts.suite.target import NotApplicable, expect
from kustomer_sandbox.contracts.suite.tools.server import ListedTool, ToolAnswer, ToolServer, readers, tool_check
from kustomer_sandbox.contracts.validation import Checker

_T = TypeVar("_T")
UNKNOWN = "qz_no_such_argument"
_FEW = 3
LONGEST = 30_000
_TRACES = ("Traceback (most recent call last)", 'File "', "    at ")


def refused(server: ToolServer, name: str, arguments: Mapping[str, Any], why: str) -> ToolAnswer:
    """Call a tool with what is wrong."""
    answer = server.call(name, arguments)
    expect(answer.is_refused, f"{name} refuses {why}")
    return answer


@tool_check("unknown-tool", "A tool that there is not is refused.")
def a_tool_that_there_is_not_is_refused(server: ToolServer) -> None:
    refused(server, "qz_no_such_tool", {}, "to be called, since there is no such tool")


@tool_check("unknown-argument", "An argument that a tool does not know is refused and named, and not passed over.")
def an_argument_that_a_tool_does_not_know_is_refused(server: ToolServer) -> None:
    for tool in some(readers(server, bare=True)[:_FEW], "only reads and needs no argument"):
        answer = refused(server, tool.name, {UNKNOWN: 1}, "an argument that it does not know")
        expect(UNKNOWN in answer.text, f"the refusal of {tool.name} names the argument")


@tool_check("missing-argument", "A required argument that is missing is named.")
def a_missing_argument_is_named(server: ToolServer) -> None:
    found = [tool for tool in server.tools() if tool.only_reads and tool.required]
    for tool in some(found[:2], "only reads and needs an argument"):
        answer = refused(server, tool.name, {}, "a call without what it requires")
        expect(any(name in answer.text for name in tool.required), f"the refusal of {tool.name} names what is missing")


@tool_check("wrong-type", "A value of another type, which cannot be meant, is refused.")
def a_value_of_another_type_is_refused(server: ToolServer) -> None:
    found = [(tool, name) for tool in readers(server, bare=True) for name in _numbers(tool)]
    for tool, name in some(found[:2], "only reads, needs no argument and takes a number"):
        answer = refused(server, tool.name, {name: {"qz": []}}, f"an object as {name}")
        expect(name in answer.text, f"the refusal of {tool.name} names {name}")


@tool_check("lenient-forms", "What can mean one thing only is taken: a number written as text, null for nothing.")
def what_means_one_thing_only_is_taken(server: ToolServer) -> None:
    found = [(tool, name) for tool in readers(server, bare=True) for name in _numbers(tool)]
    for tool, name in some(found[:1], "only reads, needs no argument and takes a number"):
        for value in ("5", None):
            answer = server.call(tool.name, {name: value})
            expect(not answer.is_refused, f"{tool.name} takes {value!r} as {name}")


@tool_check(
    "refusals-readable", "A refusal is a result with isError and words, which a model sees; no trace of a program."
)
def refusals_are_results_in_words(server: ToolServer) -> None:
    for tool in some(readers(server)[:_FEW], "only reads"):
        answer = refused(server, tool.name, {UNKNOWN: 1}, "an argument that it does not know")
        expect(answer.is_result, f"the refusal of {tool.name} is a result, not an error of the protocol")
        expect(answer.text.strip(), "it has words")
        expect(not any(trace in answer.text for trace in _TRACES), "it has no trace of a program")


@tool_check("answers-bounded", f"An answer has at most {LONGEST:,} characters unless more is asked for.")
def answers_are_of_a_readable_length(server: ToolServer) -> None:
    for tool in some(readers(server, bare=True)[:_FEW], "only reads and needs no argument"):
        answer = server.call(tool.name, {})
        expect(
            len(answer.text) <= LONGEST, f"{tool.name} answers with {LONGEST:,} characters; it is {len(answer.text):,}"
        )


@tool_check("output-schema", "Where a tool has an output schema its structured answers fit it.")
def structured_answers_fit_their_schema(server: ToolServer) -> None:
    found = [tool for tool in readers(server, bare=True) if tool.output_schema]
    for tool in some(found[:_FEW], "only reads, needs no argument and has an output schema"):
        answer = server.call(tool.name, {})
        if not answer.is_refused:
            expect(Checker(tool.output_schema or {}).is_valid(answer.structured), f"{tool.name} fits its schema")


def some(found: list[_T], what: str) -> list[_T]:
    """The same, if there is any. Raises `NotApplicable`."""
    if not found:
        raise NotApplicable(f"there is no tool that {what}")
    return found


def _numbers(tool: ListedTool) -> list[str]:
    return [name for name, facts in tool.properties.items() if _kind(facts) & {"integer", "number"}]


def _kind(facts: Any) -> set[str]:
    if not isinstance(facts, Mapping):
        return set()
    branches = facts.get("anyOf") or [facts]
    return {str(branch.get("type")) for branch in branches if isinstance(branch, Mapping)}


CALLING = (
    a_tool_that_there_is_not_is_refused,
    an_argument_that_a_tool_does_not_know_is_refused,
    a_missing_argument_is_named,
    a_value_of_another_type_is_refused,
    what_means_one_thing_only_is_taken,
    refusals_are_results_in_words,
    answers_are_of_a_readable_length,
    structured_answers_fit_their_schema,
)
