"""What is not written of a tool: its method and kind, and what the document says for all its tools."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kustomer_sandbox.contracts.expand.names import Node
from kustomer_sandbox.contracts.expand.schemas import SchemaExpander

_BY_HTTP = {"post": "create", "put": "update", "patch": "partial_update", "delete": "delete"}
_BY_DEFAULT = {"list": "list", "get": "get", "create": "create", "update": "update", "delete": "delete"}
_KINDS = {"list": "read", "get": "read", "create": "write", "update": "write", "delete": "write"}


def plain_tools(
    operation: Mapping[str, Any], method: str, defaults: Mapping[str, Any], schemas: SchemaExpander, place: str
) -> Any:
    """The tools of an operation in full."""
    written = operation["x-tools"]
    if not isinstance(written, list):
        return written
    return [_tool(tool, operation, method, defaults, schemas, place) for tool in written]


def _tool(
    written: Any,
    operation: Mapping[str, Any],
    method: str,
    defaults: Mapping[str, Any],
    schemas: SchemaExpander,
    place: str,
) -> Any:
    if not isinstance(written, Mapping):
        return written
    tool: Node = {**defaults, **written}
    named = None if tool.get("kind") == "custom" else _usual_method(operation, method)
    if "method" not in tool and named is not None:
        tool["method"] = named
    if "method" in tool:
        tool.setdefault("kind", _KINDS.get(tool["method"], "custom"))
    if isinstance(tool.get("arguments"), Mapping):
        at = f"{place} x-tools/{tool.get('name')}/arguments"
        tool["arguments"] = {key: _argument(part, schemas, f"{at}/{key}") for key, part in tool["arguments"].items()}
    return tool


def _usual_method(operation: Mapping[str, Any], method: str) -> str | None:
    """A tool's method from what its operation does: from the default that serves it, else from the HTTP method.

    A look-up has none: its tool is named after what it looks up by.
    """
    default = operation.get("x-default")
    verb = default.get("do") if isinstance(default, Mapping) else default
    if verb is not None:
        return "partial_update" if method == "patch" else _BY_DEFAULT.get(str(verb))
    if method == "get":
        return "list" if "x-page" in operation else "get"
    return _BY_HTTP[method]


def _argument(written: Any, schemas: SchemaExpander, place: str) -> Any:
    """An argument; a bare text is its description."""
    if isinstance(written, str):
        return {"description": written}
    if isinstance(written, Mapping) and "schema" in written:
        return {**written, "schema": schemas.plain(written["schema"], place)}
    return written
