"""Pure: a tool and its validated arguments as one upstream request."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote

from kustomer_sandbox.contracts import Tool
from kustomer_sandbox.contracts.model import Argument, ParameterPlace
from kustomer_sandbox.mcp_server.model import Cause, UpstreamRequest
from kustomer_sandbox.mcp_server.tools.cursor import Position
from kustomer_sandbox.mcp_server.tools.definitions import LIMIT, Definition, page_size

PLACEHOLDER: Final = re.compile(r"\{([^{}]+)\}")


class ArgumentRefused(ValueError):
    """An argument cannot be sent safely. `argument` is its name, the message the reason."""

    def __init__(self, argument: str, reason: str) -> None:
        super().__init__(reason)
        self.argument = argument


def build(
    definition: Definition,
    arguments: Mapping[str, Any],
    *,
    position: Position | None = None,
    cause: Cause | None = None,
) -> UpstreamRequest:
    """The request for validated arguments; `position` is where a listing goes on, `cause` the call it is made for.

    Raises `ArgumentRefused` for a path value that would change the endpoint.
    """
    tool, operation = definition.tool, definition.operation
    query = [(a.wire, _text(arguments[a.name])) for a in _placed(tool, "query", arguments)]
    if tool.paged:
        query += position.query if position else first_page(definition, arguments).query
    body = compose_body(definition, arguments)
    return UpstreamRequest(
        method=operation.method.upper(),
        path=_path(operation.path, tool, arguments),
        query=tuple(query),
        body=None if body is None else json.dumps(body, separators=(",", ":"), allow_nan=False).encode(),
        cause=cause,
    )


def first_page(definition: Definition, arguments: Mapping[str, Any]) -> Position:
    """Where a listing starts."""
    default, _ = page_size(definition.operation)
    size = int(arguments.get(LIMIT, default))
    return Position(query=(("page", "1"), ("pageSize", str(size))))


def compose_body(definition: Definition, arguments: Mapping[str, Any]) -> Any:
    """The JSON body: the argument `body` itself for whole-body tools, else the body fields and the fixed ones."""
    tool = definition.tool
    if definition.operation.body is None:
        return None
    placed = list(_placed(tool, "body", arguments))
    if tool.whole_body:
        return arguments[placed[0].name] if placed else None
    fields = {argument.wire: arguments[argument.name] for argument in placed}
    if not fields and not tool.fixed and not definition.operation.body_required:
        return None
    return {**fields, **tool.fixed}


def _placed(tool: Tool, place: ParameterPlace, arguments: Mapping[str, Any]) -> list[Argument]:
    return [argument for argument in tool.arguments if argument.place == place and argument.name in arguments]


def _path(template: str, tool: Tool, arguments: Mapping[str, Any]) -> str:
    by_wire = {argument.wire: argument.name for argument in tool.arguments if argument.place == "path"}

    def fill(match: re.Match[str]) -> str:
        name = by_wire[match[1]]
        return quote(_segment(name, arguments[name]), safe="")

    parts = []
    for part in template.split("/"):
        if "{" not in part:
            parts.append(part)
            continue
        filled = PLACEHOLDER.sub(fill, part)
        if filled in {".", ".."}:
            # Percent-encoding cannot protect dots: every URL parser would walk up the path.
            raise ArgumentRefused(by_wire[PLACEHOLDER.findall(part)[0]], "must not be `.` or `..`")
        parts.append(filled)
    return "/".join(parts)


def _segment(name: str, value: Any) -> str:
    text = _text(value)
    if not text:
        raise ArgumentRefused(name, "must not be empty")
    return text


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, list):
        return ",".join(_text(item) for item in value)
    if isinstance(value, Mapping):
        return json.dumps(value, separators=(",", ":"))
    return "" if value is None else str(value)
