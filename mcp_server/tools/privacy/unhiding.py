"""Pure: taking the mask off an attribute for everyone is a tool of its own, and no by-work of another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from kustomer_sandbox.mcp_server.tools.arguments import argument_message
from kustomer_sandbox.mcp_server.tools.definitions import Definition
from kustomer_sandbox.mcp_server.tools.teaching.finders import ToolCatalogue

UNHIDE: Final = "kustomer_custom_attributes_unhide"
GROUPS: Final = ("properties", "standardProperties")
_WORDS: Final = (
    "would show these values to everyone, for every record and at once, which this tool does not do; to see the values "
    "of one customer read that customer unmasked instead"
)


def unhiding_problems(definition: Definition, arguments: Mapping[str, Any], *, available: ToolCatalogue) -> list[str]:
    """What is wrong with arguments that the schema takes: another tool un-hides by the way, or ours un-hides nothing.

    `available` are the tools the caller may use.
    """
    if all(tool.name != UNHIDE for tool in definition.operation.tools):
        return []
    if definition.name == UNHIDE:
        return [] if named(arguments) else [argument_message("properties", "or `standardProperties` is needed")]
    way = f"only {UNHIDE} does" if UNHIDE in available else f"only {UNHIDE} would, which is not granted to this MCP URL"
    return [argument_message(path, f"{_WORDS}; {way}") for path in _unhidden(arguments)]


def named(arguments: Mapping[str, Any]) -> list[str]:
    """The attributes that a call names, in the order of their names."""
    return sorted({name for group in GROUPS for name in arguments.get(group, {})})


def _unhidden(arguments: Mapping[str, Any]) -> Iterator[str]:
    """The places where an attribute is said to be anything but sensitive."""
    for group in GROUPS:
        for facts in arguments.get(group, {}).values():
            if isinstance(facts, Mapping) and "sensitive" in facts and not _hides(facts["sensitive"]):
                yield f"{group}.?.sensitive"


def _hides(given: object) -> bool:
    return given is True or (isinstance(given, Mapping) and given.get("enabled") is True)
