"""Pure: may an MCP server show this tool? Methods and tags must both pass; leaving one out filters nothing."""

from __future__ import annotations

from collections.abc import Mapping

from kustomer_sandbox.contracts import Tool
from kustomer_sandbox.mcp_server.model import Scope
from kustomer_sandbox.mcp_server.tools.definitions import Definition


def shows(scope: Scope, tool: Tool) -> bool:
    """True when both filters let the tool pass."""
    by_method = scope.methods is None or tool.kind in scope.methods or tool.method_name in scope.methods
    by_tag = scope.tags is None or any(tag in scope.tags for tag in tool.tags)
    return by_method and by_tag


def visible(scope: Scope, catalogue: Mapping[str, Definition]) -> dict[str, Definition]:
    """The tools of a catalogue that a scope shows, in the catalogue's order."""
    return {name: definition for name, definition in catalogue.items() if shows(scope, definition.tool)}
