"""Pure: may an MCP server show this tool? Every filter given must let it pass; leaving one out filters nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import get_args

from kustomer_sandbox.contracts import Tool
from kustomer_sandbox.contracts.model import Kind
from kustomer_sandbox.mcp_server.model import Scope
from kustomer_sandbox.mcp_server.tools.definitions import Definition
from kustomer_sandbox.mcp_server.tools.ready_made import passes


def shows(scope: Scope, tool: Tool) -> bool:
    """True when every filter lets the tool pass."""
    by_method = scope.methods is None or tool.kind in scope.methods or tool.method_name in scope.methods
    by_tag = scope.tags is None or any(tag in scope.tags for tag in tool.tags)
    by_name = scope.filter is None or passes(scope.filter, tool)
    return by_method and by_tag and by_name


def unknown_words(scope: Scope, catalogue: Mapping[str, Definition]) -> str:
    """Where a method or tag stands that no tool has, and which there are; empty if every word is known.

    The word itself is not repeated: what was sent by mistake may be a secret.
    """
    tools = [definition.tool for definition in catalogue.values()]
    methods = list(dict.fromkeys((*get_args(Kind), *sorted({tool.method_name for tool in tools}))))
    tags = sorted({tag for tool in tools for tag in tool.tags})
    for what, given, known in (("methods", scope.methods, methods), ("tags", scope.tags, tags)):
        for at, word in enumerate(given or ()):
            if word not in known:
                return f"`config.{what}[{at}]`: is known to no tool; known are {', '.join(known)}"
    return ""


def visible(scope: Scope, catalogue: Mapping[str, Definition]) -> dict[str, Definition]:
    """The tools of a catalogue that a scope shows, in the catalogue's order."""
    return {name: definition for name, definition in catalogue.items() if shows(scope, definition.tool)}
