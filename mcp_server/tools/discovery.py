"""Pure: progressive tool loading. Instead of all tools a client sees four: search, schema, and two ways to call.

Two, because one tool that may read or write cannot be annotated truthfully, and clients decide by the annotations
whether to ask their user.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from typing import Any, Final

from kustomer_sandbox.contracts.validation import Checker, Finding
from kustomer_sandbox.mcp_server.model import RESULT_CHARS
from kustomer_sandbox.mcp_server.tools.answers import cut
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

ARGUMENTS: Final = "arguments"
FOUND: Final = 8
_FEWER: Final = "Ask for fewer with limit, or with other words."
_ONE: Final = "Ask for the others in a call of their own."
_MEANT: Final[Mapping[str, str]] = {
    **dict.fromkeys(("name", "tool", "toolName", "tool_names"), "tool_name"),
    **dict.fromkeys(("args", "params", "parameters", "input", "tool_arguments", "tool_input"), ARGUMENTS),
    **dict.fromkeys(("q", "text", "search", "task"), "query"),
}
"""Other names of arguments, which models know from elsewhere."""
_MEANT_MANY: Final = dict.fromkeys(
    ("tool_name", "name", "tool", "toolName", "names", "tools", "toolNames"), "tool_names"
)
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


def search(query: str, limit: int, tools: ToolCatalogue, *, room: int = RESULT_CHARS) -> dict[str, Any]:
    """The best matches, or all names by resource when there is nothing to match, in at most `room` characters."""
    words = _words(query)
    scored = [(sum(_score(word, d) for word in words), name) for name, d in tools.items()]
    best = sorted((pair for pair in scored if pair[0]), key=lambda pair: (-pair[0], pair[1]))[:limit]
    if best:
        return cut.tools([_brief(tools[name]) for _, name in best], room, way=_FEWER)
    groups: dict[str, list[str]] = {}
    for name, definition in tools.items():
        groups.setdefault(definition.tool.resource, []).append(name)
    return cut.names(dict(sorted(groups.items())), room)


def schemas(names: list[str], tools: ToolCatalogue, *, room: int = RESULT_CHARS) -> dict[str, Any]:
    """Each tool's definition in at most `room` characters; for a name that is none, the nearest names."""
    known = [tools[name] for name in dict.fromkeys(names) if name in tools]
    unknown = [nearest_tools(name, tools) for name in names if name not in tools]
    more = {"unknown": [{"did_you_mean": near} for near in unknown]} if unknown else {}
    return {
        **cut.tools([_full(d) for d in known], room - len(str(more)), way=_ONE, short=[_short(d) for d in known]),
        **more,
    }


def problems(name: str, given: Mapping[str, Any]) -> list[str]:
    """What is wrong with the arguments of a discovery tool."""
    try:
        found = _checker(name).findings(dict(given))
    except (ValueError, TypeError, RecursionError):
        return ["the arguments must be plain JSON"]
    told = (f"argument `{show(finding.path)}`: {finding.reason}{_way(name, finding)}" for finding in found)
    return list(dict.fromkeys(told))


def under_known_names(name: str, given: Mapping[str, Any]) -> tuple[Mapping[str, Any], tuple[str, ...]]:
    """The arguments of a discovery tool under its own names, and those that came under another."""
    known = _INPUTS[name]["properties"]
    others = {**_MEANT, **_MEANT_MANY} if "tool_names" in known else _MEANT
    meant = {others[other]: other for other in given if other not in known and other in others}
    changed = {other: own for own, other in meant.items() if own in known and own not in given}
    if not changed:
        return given, ()
    return {changed.get(other, other): value for other, value in given.items()}, tuple(sorted(changed.values()))


def _way(name: str, finding: Finding) -> str:
    """What to do instead of a wrong argument."""
    known = list(_INPUTS[name]["properties"])
    if finding.about == "unknown" and len(finding.path) == 1:
        inner = f"; arguments of the tool itself go into `{ARGUMENTS}`" if ARGUMENTS in known else ""
        return f"; the allowed arguments are {', '.join(known)}{inner}"
    return f"; find it with {SEARCH}" if finding.about == "missing" and finding.path[0] != ARGUMENTS else ""


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


def _short(definition: Definition) -> dict[str, Any]:
    """A definition as it is listed in full mode, which is shorter."""
    listed = definition.listed
    return {**_brief(definition), "description": listed.description, "inputSchema": listed.input_schema}


def _full(definition: Definition) -> dict[str, Any]:
    return {
        "name": definition.name,
        "title": definition.tool.title,
        "description": definition.description,
        "annotations": definition.annotations,
        "inputSchema": definition.input_schema,
        "call_with": CALL if definition.tool.hints.read_only else CALL_WRITE,
    }
