"""Pure: checks a tool's arguments before anything is sent. Messages name the argument and the reason, never a value."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from kustomer_sandbox.contracts.validation import Finding
from kustomer_sandbox.mcp_server.tools.definitions import Definition
from kustomer_sandbox.mcp_server.tools.places import SAFE_NAME, show
from kustomer_sandbox.mcp_server.tools.request import compose_body
from kustomer_sandbox.mcp_server.tools.teaching.hints import (
    ASSIGNMENT,
    ToolCatalogue,
    is_id_argument,
    missing_id,
    unknown_argument,
)

_SHOWN: Final = 12
_STRICT: Final = json.JSONEncoder(allow_nan=False, ensure_ascii=False)
_NOT_JSON: Final = "the arguments must be plain JSON: finite numbers, valid Unicode, moderate depth"


def problems(definition: Definition, arguments: Mapping[str, Any], *, available: ToolCatalogue) -> list[str]:
    """Everything wrong with the arguments, in words for a model; an empty list when they may be sent.

    `available` are the tools the caller may use: only those are named as a way out.
    """
    try:
        # Raises for what JSON cannot hold: NaN, lone surrogates, bottomless nesting.
        _STRICT.encode(arguments).encode()
        found = definition.validator.findings(dict(arguments))
        if not found:
            found = list(_body_findings(definition, arguments))
    except (ValueError, TypeError, RecursionError, OverflowError):
        return [_NOT_JSON]
    ordered = sorted(found, key=lambda finding: (finding.about != "unknown", show(finding.path)))
    return list(dict.fromkeys(_message(finding, definition, available) for finding in ordered))[:_SHOWN]


def argument_message(path: str, reason: str) -> str:
    """The one form of a refusal: the argument first, then why."""
    return f"argument `{path}`: {reason}"


def _message(finding: Finding, definition: Definition, available: ToolCatalogue) -> str:
    name = show(finding.path)
    if finding.about == "unknown" and len(finding.path) == 1:
        return _unknown(str(finding.path[0]), definition, available)
    hint = missing_id(finding.path, definition, available) if _wants_id(finding, definition) else ""
    return argument_message(name, f"{finding.reason}; {hint}" if hint else finding.reason)


def _wants_id(finding: Finding, definition: Definition) -> bool:
    first = str(finding.path[0]) if finding.path else ""
    return (
        finding.about == "id"
        or (len(finding.path) == 1 and first in ASSIGNMENT)
        or (finding.about == "missing" and is_id_argument(first, definition))
    )


def _unknown(name: str, definition: Definition, available: ToolCatalogue) -> str:
    """An argument nobody knows, which is not named if its name could be data, and the one probably meant."""
    safe = name if SAFE_NAME.fullmatch(name) else ""
    return argument_message(safe or "?", f"is not known; {unknown_argument(safe, definition, available)}")


def _body_findings(definition: Definition, arguments: Mapping[str, Any]) -> Iterator[Finding]:
    body = compose_body(definition, arguments)
    checker = definition.body_validator
    if body is None or checker is None:
        return
    names = {argument.wire: argument.name for argument in definition.tool.arguments if argument.place == "body"}
    for finding in checker.findings(body):
        first, *rest = finding.path or ("body",)
        named = names.get(first, first) if isinstance(first, str) else first
        path = ("body", *finding.path) if definition.tool.whole_body else (named, *rest)
        # What the schema of the arguments knows is known, even where this form of the body has no place for it.
        yield Finding(path, finding.reason, about="" if finding.about == "unknown" else finding.about)
