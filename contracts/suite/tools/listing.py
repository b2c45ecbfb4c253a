"""Checks of the list of tools: that it can be read, that its schemas are portable, and what it costs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import jsonschema_rs

from kustomer_sandbox.contracts.suite.target import expect
from kustomer_sandbox.contracts.suite.tools.server import ListedTool, ToolServer, tool_check

_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
_FEW = 5
_MAPS = ("properties", "$defs", "patternProperties")
_NOT_PORTABLE = ("$ref", "$defs", "definitions", "patternProperties", "const", "oneOf")
TOKENS_EACH, TOKENS_MOST = 230, 1_000
_CHARACTERS_A_TOKEN = 4.3
"""What definitions of tools have on average, counted with a vocabulary."""


def none_of(found: list[str], promise: str) -> None:
    """Raise `Broken` with the first few places where a promise is broken."""
    more = f" and {len(found) - _FEW} more" if len(found) > _FEW else ""
    expect(not found, f"{promise}; not so: {', '.join(found[:_FEW])}{more}")


@tool_check("list-of-distinct-names", "A list of tools ends, is not empty, and has each name once.")
def the_list_names_each_tool_once(server: ToolServer) -> None:
    names = [tool.name for tool in server.tools()]
    expect(names, "there are tools")
    none_of(sorted({name for name in names if names.count(name) > 1}), "each name is listed once")


@tool_check("list-stays", "A list that is asked for again is the same, in the same order.")
def the_list_is_the_same_when_it_is_asked_for_again(server: ToolServer) -> None:
    first, second = server.tools(anew=True), server.tools(anew=True)
    expect(first == second, "the same tools in the same order: what models remember of it stays good")


@tool_check(
    "names-portable", "Names have at most 64 letters, digits, underscores and hyphens, as model APIs want them."
)
def names_are_taken_by_every_model_api(server: ToolServer) -> None:
    wrong = [tool.name for tool in server.tools() if not _NAME.fullmatch(tool.name)]
    none_of(wrong, "names have at most 64 letters, digits, underscores and hyphens")


@tool_check("described", "Each tool says what it does, and each argument what it is.")
def every_tool_and_argument_is_described(server: ToolServer) -> None:
    tools = server.tools()
    none_of([tool.name for tool in tools if not tool.description.strip()], "each tool says what it does")
    bare = [f"{t.name}.{name}" for t in tools for name, facts in t.properties.items() if not _says_something(facts)]
    none_of(bare, "each argument says what it is")


def _says_something(facts: Any) -> bool:
    return isinstance(facts, Mapping) and bool(facts.keys() & {"description", "enum", "title"})


@tool_check("annotated", "Each tool says whether it only reads, so that a host need not ask for each call.")
def every_tool_says_whether_it_only_reads(server: ToolServer) -> None:
    none_of([tool.name for tool in server.tools() if tool.only_reads is None], "readOnlyHint is there")


@tool_check("schemas-valid", "An input schema is a valid JSON Schema of an object, whose required names it has.")
def input_schemas_are_schemas_of_objects(server: ToolServer) -> None:
    tools = server.tools()
    none_of([tool.name for tool in tools if tool.input_schema.get("type") != "object"], "the type is object")
    wrong = [tool.name for tool in tools if not jsonschema_rs.meta.is_valid(dict(tool.input_schema))]
    none_of(wrong, "it is a valid JSON Schema")
    lost = [f"{tool.name}.{name}" for tool in tools for name in tool.required if name not in tool.properties]
    none_of(lost, "what is required is described")


@tool_check("schemas-portable", "Input schemas use no keyword that some model APIs refuse, or leave out.")
def input_schemas_are_portable(server: ToolServer) -> None:
    wrong = [f"{tool.name}: {keyword}" for tool in server.tools() for keyword in sorted(set(_foreign(tool)))]
    none_of(wrong, f"there is no {', '.join(_NOT_PORTABLE)} and no list of types")


def _foreign(tool: ListedTool) -> Iterator[str]:
    waiting: list[Any] = [tool.input_schema]
    while waiting:
        node = waiting.pop()
        if isinstance(node, Mapping):
            yield from (name for name in _NOT_PORTABLE if name in node)
            if isinstance(node.get("type"), list):
                yield "a list of types"
            for name, value in node.items():
                # Below these stand names of arguments, which may be called as keywords are.
                waiting += value.values() if name in _MAPS and isinstance(value, Mapping) else [value]
        elif isinstance(node, list):
            waiting += node


@tool_check("cost", f"A definition takes {TOKENS_EACH} tokens on average and {TOKENS_MOST:,} at most, as estimated.")
def the_list_costs_little(server: ToolServer) -> None:
    tools = server.tools()
    tokens = {tool.name: round(tool.size / _CHARACTERS_A_TOKEN) for tool in tools}
    large = [f"{name} (about {number:,})" for name, number in tokens.items() if number > TOKENS_MOST]
    none_of(large, f"each takes at most {TOKENS_MOST:,} tokens")
    average = sum(tokens.values()) // max(1, len(tokens))
    expect(average <= TOKENS_EACH, f"a tool takes {TOKENS_EACH} tokens on average; about {average} it is, "
                                   f"{sum(tokens.values()):,} together")  # fmt: skip


LISTING = (
    the_list_names_each_tool_once,
    the_list_is_the_same_when_it_is_asked_for_again,
    names_are_taken_by_every_model_api,
    every_tool_and_argument_is_described,
    every_tool_says_whether_it_only_reads,
    input_schemas_are_schemas_of_objects,
    input_schemas_are_portable,
    the_list_costs_little,
)
