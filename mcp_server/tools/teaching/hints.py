"""Pure: what to do about a refused argument, derived from the catalogue of tools the caller may use."""

from __future__ import annotations

import difflib
import itertools
import json
import re
from collections.abc import Mapping
from typing import Final

from kustomer_sandbox.contracts.validation import ValuePath
from kustomer_sandbox.mcp_server.tools.definitions import NEXT_CURSOR, Definition
from kustomer_sandbox.mcp_server.tools.places import SAFE_NAME
from kustomer_sandbox.mcp_server.tools.request import PLACEHOLDER

ToolCatalogue = Mapping[str, Definition]

CURSOR_HINT: Final = (
    "return next_cursor exactly as received from the previous call of this tool, with the same other arguments, "
    "or leave it out to start at the first page"
)
ASSIGNMENT: Final = ("assignedUsers", "assignedTeams", "queue")
_ASSIGNEES: Final = frozenset({"assignee", "assignees", "assigneeid", "assignedto"})
_PAGING: Final = frozenset({"page", "pagesize", "cursor", "offset", "perpage"})
_FILLERS: Final = frozenset({"kustomer", "a", "all", "by", "id", "single"})
_LIKE: Final = 0.6
_NAMES_SHOWN: Final = 40
_TOOLS_SHOWN: Final = 3
# Argument names whose resource is not spelled in the name itself.
_RESOURCES: Final[Mapping[str, str]] = {"assignedUsers": "users", "assignedTeams": "teams", "sla": "slas"}
_FINDERS: Final = ("using_", "list")


def unknown_argument(name: str, definition: Definition, available: ToolCatalogue) -> str:
    """Why a top-level argument is not known and which one was probably meant."""
    return _special(name, definition, available) or _nearest(name, definition)


def _special(name: str, definition: Definition, available: ToolCatalogue) -> str:
    """Mistakes with a way out of their own; empty for any other."""
    known = definition.input_schema.get("properties", ())
    fixed = next((key for key in definition.tool.fixed if _plain(key) == _plain(name)), None)
    if fixed is not None:
        return _fixed(fixed, definition, available)
    assignment = [word for word in ASSIGNMENT if word in known]
    if _plain(name) in _ASSIGNEES and assignment:
        return _assignee(assignment, definition, available)
    if _plain(name) in _PAGING and definition.tool.paged:
        return f"use limit and next_cursor to page; {CURSOR_HINT}"
    siblings = [d.name for d in _siblings(definition, available) if _takes(d, name)]
    return f"{_joined(siblings)} takes it; this tool does not" if siblings else ""


def _nearest(name: str, definition: Definition) -> str:
    known = list(definition.input_schema.get("properties", ()))
    near = _near(name, known)
    if near:
        return f"did you mean {' or '.join(f'`{word}`' for word in near)}?"
    if not known:
        return "this tool takes no arguments"
    shown = ", ".join(known[:_NAMES_SHOWN]) + (", …" if len(known) > _NAMES_SHOWN else "")
    return f"the allowed arguments are {shown}"


def nearest_tools(name: str, available: ToolCatalogue) -> list[str]:
    """Up to three tools whose names share the most words with a wrong one, then the most letters."""
    wanted = _name_words(name[:128])

    def likeness(known: str) -> tuple[float, float]:
        words = _name_words(known)
        shared = len(wanted & words) / max(1, len(wanted | words))
        return shared, difflib.SequenceMatcher(None, name[:128], known).ratio()

    ranked = sorted(((likeness(known), known) for known in available), reverse=True)
    return [known for (shared, letters), known in ranked[:_TOOLS_SHOWN] if shared > 0 or letters >= _LIKE]


def _name_words(name: str) -> set[str]:
    return {word.rstrip("s") for word in re.findall(r"[a-z0-9]+", name.lower())} - _FILLERS


def missing_id(path: ValuePath, definition: Definition, available: ToolCatalogue) -> str:
    """Which tool finds the id an argument wants; empty when the catalogue has none."""
    name = next((step for step in reversed(path) if isinstance(step, str)), "")
    return _find_with(resource_of(name, definition), available)


def resource_of(name: str, definition: Definition) -> str:
    """The plural resource whose id an argument takes: from the path it fills, else from its own name."""
    for argument in definition.tool.arguments:
        if argument.name == name and argument.place == "path":
            return _before_placeholder(argument.wire, definition)
    if name in _RESOURCES:
        return _RESOURCES[name]
    word = re.sub(r"(_ids?|Ids?)$", "", name) or definition.tool.resource
    word = re.sub(r"(?<!^)(?=[A-Z])", "_", word).lower()
    return word if word.endswith("s") else f"{word}s"


def is_id_argument(name: str, definition: Definition) -> bool:
    """Whether an argument fills a whole path segment that stands after a collection's name."""
    wires = [a.wire for a in definition.tool.arguments if a.name == name and a.place == "path"]
    return any(f"/{{{wire}}}" in definition.operation.path for wire in wires)


def _near(name: str, known: list[str]) -> list[str]:
    if SAFE_NAME.fullmatch(name) is None:
        return []
    same = [word for word in known if _plain(word) == _plain(name)]
    return same or difflib.get_close_matches(name, known, n=3, cutoff=0.6)


def _plain(name: str) -> str:
    return name.replace("_", "").lower()


def _before_placeholder(wire: str, definition: Definition) -> str:
    parts = definition.operation.path.split("/")
    for before, part in itertools.pairwise(parts):
        if part == f"{{{wire}}}":
            return definition.tool.resource if PLACEHOLDER.search(before) else before.replace("-", "_")
    return definition.tool.resource


def _find_with(resource: str, available: ToolCatalogue) -> str:
    finders = [
        (rank, d.name)
        for d in available.values()
        for rank, prefix in enumerate(_FINDERS)
        if d.tool.resource in {resource, f"search_{resource}"} and d.tool.method_name.startswith(prefix)
    ]
    if not finders:
        return ""
    names = [name for _, name in sorted(finders)]
    return f"give the id, not a name or an e-mail address; {_joined(names)} finds it"


def _fixed(name: str, definition: Definition, available: ToolCatalogue) -> str:
    text = f"this tool sets it to {json.dumps(definition.tool.fixed[name])} by itself; leave it out"
    others = [d.name for d in _siblings(definition, available)]
    return f"{text}. For another {name} call {_joined(others, shown=12)}" if others else text


def _assignee(assignment: list[str], definition: Definition, available: ToolCatalogue) -> str:
    forms = [f"`{word}` ({_form(word, definition)})" for word in assignment]
    text = f"there is no such field; use {' or '.join(forms)} with ids of 24 hexadecimal digits"
    lists = [name for resource in ("teams", "users", "queues") for name in _lists(resource, available)]
    return f"{text}. {_joined(lists)} gives the ids" if lists else text


def _form(name: str, definition: Definition) -> str:
    """How an argument takes its ids."""
    root = definition.input_schema
    schema = root["properties"][name]
    if "$ref" in schema:
        schema = root["$defs"][schema["$ref"].rpartition("/")[2]]
    kinds = [part.get("type") for part in (schema, *schema.get("anyOf", ()))]
    if "array" in kinds:
        return "a list of ids"
    return 'an object {"id": …}' if "object" in kinds else "one id"


def _lists(resource: str, available: ToolCatalogue) -> list[str]:
    return [d.name for d in available.values() if (d.tool.resource, d.tool.method_name) == (resource, "list")]


def _siblings(definition: Definition, available: ToolCatalogue) -> list[Definition]:
    mine = definition.operation.id
    return [d for d in available.values() if d.operation.id == mine and d.name != definition.name]


def _takes(definition: Definition, name: str) -> bool:
    return name != NEXT_CURSOR and any(argument.name == name for argument in definition.tool.arguments)


def _joined(names: list[str], *, shown: int = _TOOLS_SHOWN) -> str:
    return " or ".join(names[:shown])
