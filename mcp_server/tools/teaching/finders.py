"""Pure: which tools find the ids or names of a resource, of those that the caller may use."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping
from typing import Final

from kustomer_sandbox.contracts.validation import ValuePath
from kustomer_sandbox.mcp_server.tools.definitions import Definition
from kustomer_sandbox.mcp_server.tools.request import PLACEHOLDER

ToolCatalogue = Mapping[str, Definition]

_ID: Final = "id"
_FINDERS: Final = ("using_", "list")
_MOST: Final = 3
_ALSO: Final[Mapping[str, str]] = {"members": "users", "agents": "users", "mentions": "users"}
"""Words for records that are called otherwise."""


def way_to(resource: str, available: ToolCatalogue, *, wants_id: bool = True) -> str:
    """Where ids (or names, if they are what is wanted) of a resource are found, in words."""
    names = finders(resource, available)
    if not wants_id:
        return f"{joined(names)} lists them" if names else ""
    told = f"{joined(names)} finds it" if names else "no tool of this MCP URL finds it, so ask for the id"
    return f"give the id, not a name or an e-mail address; {told}"


def finders(resource: str, available: ToolCatalogue) -> list[str]:
    """The tools that look up, list or search records of a resource, in this order."""
    found = [
        (rank, d.name)
        for d in available.values()
        for rank, prefix in enumerate(_FINDERS)
        if d.tool.resource in {resource, f"search_{resource}"} and d.tool.method_name.startswith(prefix)
    ]
    return [name for _, name in sorted(found)]


def listers(resource: str, available: ToolCatalogue) -> list[str]:
    """The tools that list all records of a resource."""
    return [d.name for d in available.values() if (d.tool.resource, d.tool.method_name) == (resource, "list")]


def resource_at(path: ValuePath, definition: Definition) -> str:
    """The plural resource whose id or name belongs at a place, by the last name that says more than `id`."""
    names = [step for step in path if isinstance(step, str)]
    return resource_of(
        next((name for name in reversed(names[1:]) if name != _ID), names[0] if names else ""), definition
    )


def resource_of(name: str, definition: Definition) -> str:
    """The plural resource whose id an argument takes: from the path it fills, what it relates to, or its own name."""
    for argument in definition.tool.arguments:
        if argument.name == name and argument.place == "path":
            return _before_placeholder(argument.wire, definition)
    related = {relation.name: relation.type for relation in definition.operation.resource.relationships}
    return plural_of(related.get(name, name)) or definition.tool.resource


def plural_of(name: str) -> str:
    """The resource that a name speaks of by its last word: `assignedTeams`, `team_id` and `team` of teams."""
    words = re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower().removesuffix("_ids").removesuffix("_id").split("_")
    word = words[-1]
    if not word or word == _ID:
        return ""
    plural = f"{word}es" if word.endswith("ss") else word if word.endswith("s") else f"{word}s"
    return _ALSO.get(plural, plural)


def is_id_argument(name: str, definition: Definition) -> bool:
    """Whether an argument fills a whole path segment that stands after a collection's name."""
    wires = [a.wire for a in definition.tool.arguments if a.name == name and a.place == "path"]
    return any(f"/{{{wire}}}" in definition.operation.path for wire in wires)


def joined(names: list[str], *, shown: int = _MOST) -> str:
    """Several names as a choice."""
    return " or ".join(names[:shown])


def _before_placeholder(wire: str, definition: Definition) -> str:
    parts = definition.operation.path.split("/")
    for before, part in itertools.pairwise(parts):
        if part == f"{{{wire}}}":
            return definition.tool.resource if PLACEHOLDER.search(before) else before.replace("-", "_")
    return definition.tool.resource
