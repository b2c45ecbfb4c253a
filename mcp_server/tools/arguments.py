"""Pure: checks a tool's arguments before anything is sent. Messages name the argument and the reason, never a value."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from kustomer_sandbox.contracts.validation import Finding
from kustomer_sandbox.mcp_server.tools.definitions import Definition
from kustomer_sandbox.mcp_server.tools.places import SAFE_NAME, show
from kustomer_sandbox.mcp_server.tools.request import compose_body
from kustomer_sandbox.mcp_server.tools.teaching.finders import ToolCatalogue
from kustomer_sandbox.mcp_server.tools.teaching.hints import EXAMPLE, known_argument, unknown_argument

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
    messages = _Messages(definition, arguments, available)
    return list(dict.fromkeys(messages.of(finding) for finding in ordered[:_SHOWN]))


def argument_message(path: str, reason: str) -> str:
    """The one form of a refusal: the argument first, then why."""
    return f"argument `{path}`: {reason}"


class _Messages:
    """What is said of each thing wrong with a call; a hint that several share is said once."""

    def __init__(self, definition: Definition, arguments: Mapping[str, Any], available: ToolCatalogue) -> None:
        self._definition = definition
        self._arguments = arguments
        self._available = available
        self._told: set[str] = set()

    def of(self, finding: Finding) -> str:
        if finding.about == "unknown" and len(finding.path) == 1:
            return self._unknown(str(finding.path[0]))
        hint = known_argument(finding, self._definition, self._available)
        if not hint or hint in self._told:
            return argument_message(show(finding.path), finding.reason)
        self._told.add(hint)
        between = ", " if hint.startswith(EXAMPLE) else "; "
        return argument_message(show(finding.path), finding.reason + between + hint)

    def _unknown(self, name: str) -> str:
        """An argument nobody knows, which is not named if its name could be data, and the one probably meant."""
        safe = name if SAFE_NAME.fullmatch(name) else ""
        meant = unknown_argument(safe, self._definition, self._available, self._arguments)
        return argument_message(safe or "?", f"is not known; {meant}")


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
