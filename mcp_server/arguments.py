"""Pure: checks a tool's arguments before anything is sent. Messages name the argument and the reason, never a value."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from mcp_server.hints import ASSIGNMENT, Catalogue, is_id_argument, missing_id, unknown_argument
from mcp_server.reasons import REQUIRED, SAFE_NAME, Fault, faults, show
from mcp_server.request import compose_body
from mcp_server.tools import Definition

_SHOWN: Final = 12
_NOT_JSON: Final = "the arguments must be plain JSON: finite numbers, valid Unicode, moderate depth"


def problems(definition: Definition, arguments: Mapping[str, Any], *, available: Catalogue) -> list[str]:
    """Everything wrong with the arguments, in words for a model; an empty list when they may be sent.

    `available` are the tools the caller may use: only those are named as a way out.
    """
    try:
        # Raises for what JSON cannot hold: NaN, lone surrogates, bottomless nesting.
        json.dumps(arguments, allow_nan=False, ensure_ascii=False).encode()
        found = [fault for error in definition.validator.iter_errors(dict(arguments)) for fault in faults(error)]
        if not found:
            found = list(_body_faults(definition, arguments))
    except (ValueError, TypeError, RecursionError, OverflowError):
        return [_NOT_JSON]
    ordered = sorted(found, key=lambda fault: (fault.unknown is None, show(fault.path)))
    return list(dict.fromkeys(_message(fault, definition, available) for fault in ordered))[:_SHOWN]


def argument_message(path: str, reason: str) -> str:
    """The one form of a refusal: the argument first, then why."""
    return f"argument `{path}`: {reason}"


def _message(fault: Fault, definition: Definition, available: Catalogue) -> str:
    name = show(fault.path)
    if fault.unknown is not None:
        return _unknown(fault, definition, available)
    hint = missing_id(fault, definition, available) if _wants_id(fault, definition) else ""
    return argument_message(name, f"{fault.reason}; {hint}" if hint else fault.reason)


def _wants_id(fault: Fault, definition: Definition) -> bool:
    first = str(fault.path[0]) if fault.path else ""
    return (
        fault.wants_id
        or (len(fault.path) == 1 and first in ASSIGNMENT)
        or (fault.reason == REQUIRED and is_id_argument(first, definition))
    )


def _unknown(fault: Fault, definition: Definition, available: Catalogue) -> str:
    name = show(fault.path)
    if len(fault.path) > 1:
        return argument_message(name, "is not known here")
    if fault.unknown is None or SAFE_NAME.fullmatch(fault.unknown) is None:
        return argument_message("?", f"is not known; {unknown_argument('', definition, available)}")
    return argument_message(name, f"is not known; {unknown_argument(fault.unknown, definition, available)}")


def _body_faults(definition: Definition, arguments: Mapping[str, Any]) -> Iterator[Fault]:
    body = compose_body(definition, arguments)
    validator = definition.body_validator
    if body is None or validator is None:
        return
    names = {argument.wire: argument.name for argument in definition.tool.arguments if argument.place == "body"}
    prefix: tuple[str | int, ...] = ("body",) if definition.tool.whole_body else ()
    for error in validator.iter_errors(body):
        for fault in faults(error, prefix):
            first = fault.path[0] if fault.path else "body"
            path = (names.get(first, first) if isinstance(first, str) else first, *fault.path[1:])
            yield Fault(path=path, reason=fault.reason, wants_id=fault.wants_id)
