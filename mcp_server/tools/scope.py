"""Pure: may an MCP server show this tool? Every filter given must let it pass; leaving one out filters nothing."""

from __future__ import annotations

from collections.abc import Mapping

from kustomer_sandbox.contracts import Tool
from kustomer_sandbox.mcp_server.model import Scope
from kustomer_sandbox.mcp_server.tools.definitions import Definition
from kustomer_sandbox.mcp_server.tools.ready_made import passes


def shows(scope: Scope, tool: Tool) -> bool:
    """True when every filter lets the tool pass."""
    by_method = scope.methods is None or tool.kind in scope.methods or tool.method_name in scope.methods
    by_tag = scope.tags is None or any(tag in scope.tags for tag in tool.tags)
    by_name = scope.filter is None or passes(scope.filter, tool)
    return by_method and by_tag and by_name


def visible(scope: Scope, catalogue: Mapping[str, Definition]) -> dict[str, Definition]:
    """The tools of a catalogue that a scope shows, in the catalogue's order."""
    return {name: definition for name, definition in catalogue.items() if shows(scope, definition.tool)}
