"""Pure: progressive tool loading. Instead of all tools a client sees four: search, schema, and two ways to call.

Two, because one tool that may read or write cannot be annotated truthfully, and clients decide by the annotations
whether to ask their user.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from typing import Any, Final

from kustomer_sandbox.contracts.validation import Checker
from kustomer_sandbox.mcp_server.tools.definitions import Definition, ToolListing
from kustomer_sandbox.mcp_server.tools.forms.leniency import Leniency
from kustomer_sandbox.mcp_server.tools.listing.listed import listed_schema
from kustomer_sandbox.mcp_server.tools.places import show
from kustomer_sandbox.mcp_server.tools.teaching.finders import ToolCatalogue
from kustomer_sandbox.mcp_server.tools.teaching.hints import nearest_tools

SEARCH: Final = "search_tools"
SCHEMA: Final = "get_tool_schema"
CALL: Final = "call_tool"
CALL_WRITE: Final = "call_changing_tool"
NAMES: Final = (SEARCH, SCHEMA, CALL, CALL_WRITE)

FOUND: Final = 8
_WEIGHTS: Final = {"name": 5, "resource": 4, "method": 4, "tags": 3, "title": 3, "arguments": 2, "description": 1}
_SEARCH_INPUT: Final[Mapping[str, Any]] = {
    "type": "object",
    "properties": {
        "query": {"type": "string", "maxLength": 500, "description": "What you want to do, in a few words."},
        "limit": {
            "type": "integer",
            "minimum": 1,
            "maximum": 50,
            "default": FOUND,
            "description": f"How many tools, 1 to 50; {FOUND} unless given.",
        },
    },
    "additionalProperties": False,
}
_SCHEMA_INPUT: Final[Mapping[str, Any]] = {
    "type": "object",
    "properties": {
        "tool_names": {
            "type": "array",
            "items": {"type": "string", "maxLength": 64},
            "minItems": 1,
            "maxItems": 5,
            "description": "One to five names from search_tools.",
        }
    },
    "required": ["tool_names"],
    "additionalProperties": False,
}
_CALL_INPUT: Final[Mapping[str, Any]] = {
    "type": "object",
    "properties": {
        "tool_name": {"type": "string", "minLength": 1, "maxLength": 64, "description": "A name from search_tools."},
        "arguments": {"type": "object", "description": "The tool's arguments, as get_tool_schema describes them."},
    },
    "required": ["tool_name"],
    "additionalProperties": False,
}
_INPUTS: Final[Mapping[str, Mapping[str, Any]]] = {
    SEARCH: _SEARCH_INPUT,
    SCHEMA: _SCHEMA_INPUT,
    CALL: _CALL_INPUT,
    CALL_WRITE: _CALL_INPUT,
}
"""By which arguments are checked."""


def listed() -> list[ToolListing]:
    """The tools of discovery mode."""
    return [
        _meta(
            SEARCH,
            "Find Kustomer tools",
            "Start here. Finds the tools for a task by words in names, descriptions and arguments, best first. Without "
            "a query, or when nothing matches, it returns all names grouped by resource.",
        ),
        _meta(
            SCHEMA,
            "Read the schemas of tools",
            "Returns description, annotations and input schema of one to five tools found with search_tools.",
        ),
        _meta(CALL, "Call a reading tool", "Calls a tool that only reads. Read its schema first."),
        _meta(
            CALL_WRITE,
            "Call a changing tool",
            "Calls a tool that creates, changes or deletes something. Read its schema first.",
            writes=True,
        ),
    ]


def search(query: str, limit: int, tools: ToolCatalogue) -> dict[str, Any]:
    """The best matches, or all names by resource when there is nothing to match."""
    words = _words(query)
    scored = [(sum(_score(word, d) for word in words), name) for name, d in tools.items()]
    best = sorted((pair for pair in scored if pair[0]), key=lambda pair: (-pair[0], pair[1]))[:limit]
    if best:
        return {"tools": [_brief(tools[name]) for _, name in best]}
    groups: dict[str, list[str]] = {}
    for name, definition in tools.items():
        groups.setdefault(definition.tool.resource, []).append(name)
    return {"tools_by_resource": dict(sorted(groups.items()))}


def schemas(names: list[str], tools: ToolCatalogue) -> dict[str, Any]:
    """Each tool's definition; for a name that is none, the nearest names."""
    found = [_full(tools[name]) for name in names if name in tools]
    unknown = [nearest_tools(name, tools) for name in names if name not in tools]
    document: dict[str, Any] = {"tools": found}
    if unknown:
        document["unknown"] = [{"did_you_mean": near} for near in unknown]
    return document


def problems(name: str, given: Mapping[str, Any]) -> list[str]:
    """What is wrong with the arguments of a discovery tool."""
    try:
        found = _checker(name).findings(dict(given))
    except (ValueError, TypeError, RecursionError):
        return ["the arguments must be plain JSON"]
    return [f"argument `{show(finding.path)}`: {finding.reason}" for finding in found]


@functools.cache
def leniency(name: str) -> Leniency:
    """Reads the arguments of a discovery tool that came in another form than its schema's."""
    return Leniency(_INPUTS[name])


@functools.cache
def _checker(name: str) -> Checker:
    return Checker(_INPUTS[name])


def refusal(name: str, definition: Definition) -> str:
    """Why a tool cannot be called this way; empty if it can."""
    reads = definition.tool.hints.read_only
    if name == CALL and not reads:
        return f"{definition.name} changes something: call it with {CALL_WRITE}."
    if name == CALL_WRITE and reads:
        return f"{definition.name} only reads: call it with {CALL}."
    return ""


def _meta(name: str, title: str, description: str, *, writes: bool = False) -> ToolListing:
    hints = {
        "title": title,
        "readOnlyHint": not writes,
        "destructiveHint": writes,
        "idempotentHint": not writes,
        "openWorldHint": name in {CALL, CALL_WRITE},
    }
    schema = listed_schema(_INPUTS[name])
    return ToolListing(name=name, title=title, description=description, input_schema=schema, annotations=hints)


def _words(text: str) -> set[str]:
    return {word.rstrip("s") for word in re.findall(r"[a-z0-9]+", text.lower()) if len(word) > 1}


def _score(word: str, definition: Definition) -> int:
    tool = definition.tool
    texts = {
        "name": tool.name,
        "resource": tool.resource,
        "method": tool.method_name,
        "tags": " ".join(tool.tags),
        "title": tool.title,
        "arguments": " ".join(argument.name for argument in tool.arguments),
        "description": tool.description,
    }
    return sum(weight for part, weight in _WEIGHTS.items() if word in _words(texts[part]))


def _brief(definition: Definition) -> dict[str, Any]:
    first = definition.description.split(". ")[0].rstrip(".") + "."
    by = CALL if definition.tool.hints.read_only else CALL_WRITE
    return {"name": definition.name, "description": first, "call_with": by}


def _full(definition: Definition) -> dict[str, Any]:
    return {
        "name": definition.name,
        "title": definition.tool.title,
        "description": definition.description,
        "annotations": definition.annotations,
        "inputSchema": definition.input_schema,
        "call_with": CALL if definition.tool.hints.read_only else CALL_WRITE,
    }
