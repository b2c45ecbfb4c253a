"""Pure: what is wrong with a value, said without repeating it (values may be personal data)."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import jsonschema_rs

Kind = Any
"""What a validation error is about; the library has one class per keyword and no common type."""

Path = tuple[str | int, ...]
"""Steps from the root of the arguments to a value."""

SAFE_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_.\[\]-]{0,63}")
REQUIRED: Final = "is required"
OBJECT_ID: Final = "24 hex digits"
_OBJECT_ID_PATTERNS: Final = frozenset({"^[0-9a-f]{24}$", "^[a-f0-9]{24}$", "^[0-9a-fA-F]{24}$", "^[a-fA-F0-9]{24}$"})
_EXAMPLES: Final[Mapping[str, str]] = {
    "date-time": "2026-06-09T12:00:00Z",
    "date": "2026-06-09",
    "email": "name@example.com",
    "uri": "https://example.com/page",
}
_OPTIONS_SHOWN: Final = 30


@dataclass(frozen=True, kw_only=True, slots=True)
class Fault:
    """One thing wrong: where, why, and the unknown name if that is what is wrong.

    `wants_id` marks a place where a 24-hex id was expected and something else was given.
    """

    path: Path
    reason: str
    unknown: str | None = None
    wants_id: bool = False


def faults(error: jsonschema_rs.ValidationError, prefix: Path = ()) -> Iterator[Fault]:
    """A validation error as faults; alternatives are narrowed to the branch that was most likely meant."""
    path = prefix + tuple(error.instance_path)
    kind: Kind = error.kind
    match type(kind).__name__:
        case "Required":
            yield Fault(path=(*path, kind.property), reason=REQUIRED)
        case "AdditionalProperties" | "UnevaluatedProperties":
            for name in kind.unexpected:
                yield Fault(path=(*path, name), reason="is not known here", unknown=name)
        case "AnyOf" | "OneOfNotValid":
            yield from _nearest_branch(kind.context, path, prefix)
        case "Pattern":
            is_id = kind.pattern in _OBJECT_ID_PATTERNS
            reason = f"must be an id of {OBJECT_ID}" if is_id else f"must match the pattern {kind.pattern}"
            yield Fault(path=path, reason=reason, wants_id=is_id)
        case name:
            yield Fault(path=path, reason=_REASONS.get(name, _other)(kind))


def show(path: Sequence[str | int]) -> str:
    """A path as `meta.action.buttons[0].title`; names that could be data are shown as `?`."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        else:
            name = step if SAFE_NAME.fullmatch(step) else "?"
            text += f".{name}" if text else name
    return text


def _nearest_branch(
    context: Sequence[Sequence[jsonschema_rs.ValidationError]], path: Path, prefix: Path
) -> Iterator[Fault]:
    branches = [list(branch) for branch in context if branch]
    # A branch refused for its type or its discriminator was not the one meant.
    meant = [branch for branch in branches if not any(_rules_out(error, path, prefix) for error in branch)]
    if len(meant) == 1 or (meant and len({_outline(branch) for branch in meant}) == 1):
        for error in meant[0]:
            yield from faults(error, prefix)
        return
    if not meant and all(_is_type_at(branch[0], path, prefix) for branch in branches):
        kinds = dict.fromkeys(kind for branch in branches for kind in branch[0].kind.types)  # type: ignore[attr-defined]
        yield Fault(path=path, reason=_types(kinds))
        return
    options = [reason for branch in meant or branches for reason in _reasons(branch, prefix)]
    unique = list(dict.fromkeys(options))
    wants_id = any(fault.wants_id for branch in meant for error in branch for fault in faults(error, prefix))
    yield Fault(path=path, reason="fits none of the allowed forms: " + "; or ".join(unique[:6]), wants_id=wants_id)


def _rules_out(error: jsonschema_rs.ValidationError, path: Path, prefix: Path) -> bool:
    where = prefix + tuple(error.instance_path)
    is_constant = type(error.kind).__name__ == "Constant"
    return _is_type_at(error, path, prefix) or (is_constant and len(where) <= len(path) + 1)


def _is_type_at(error: jsonschema_rs.ValidationError, path: Path, prefix: Path) -> bool:
    return type(error.kind).__name__ == "Type" and prefix + tuple(error.instance_path) == path


def _outline(branch: Sequence[jsonschema_rs.ValidationError]) -> tuple[str, ...]:
    return tuple(f"{error.instance_path}{type(error.kind).__name__}" for error in branch)


def _reasons(branch: Sequence[jsonschema_rs.ValidationError], prefix: Path) -> list[str]:
    found = [fault for error in branch for fault in faults(error, prefix)]
    return [f"`{show(fault.path)}` {fault.reason}" for fault in found[:2]]


def _types(kinds: Iterable[str]) -> str:
    articles = {"integer": "an integer", "array": "a list", "object": "an object", "null": "null"}
    return "must be " + " or ".join(articles.get(name, f"a {name}") for name in kinds)


def _options(kind: Kind) -> str:
    shown = ", ".join(json.dumps(option) for option in kind.options[:_OPTIONS_SHOWN])
    more = len(kind.options) - _OPTIONS_SHOWN
    return f"must be one of {shown}" + (f" and {more} more" if more > 0 else "")


def _format(kind: Kind) -> str:
    example = _EXAMPLES.get(kind.format)
    return f"must be a valid {kind.format}" + (f", such as {example}" if example else "")


def _other(kind: Kind) -> str:
    return f"breaks the rule `{kind.name}`"


_REASONS: Final[Mapping[str, Callable[[Kind], str]]] = {
    "Type": lambda kind: _types(kind.types),
    "Enum": _options,
    "Format": _format,
    "Constant": lambda kind: f"must be {json.dumps(kind.expected_value)}",
    "Maximum": lambda kind: f"must be at most {kind.limit}",
    "Minimum": lambda kind: f"must be at least {kind.limit}",
    "ExclusiveMaximum": lambda kind: f"must be less than {kind.limit}",
    "ExclusiveMinimum": lambda kind: f"must be more than {kind.limit}",
    "MultipleOf": lambda kind: f"must be a multiple of {kind.multiple_of}",
    "MaxLength": lambda kind: f"must have at most {kind.limit} characters",
    "MinLength": lambda kind: f"must have at least {kind.limit} character{'s' * (kind.limit != 1)}",
    "MaxItems": lambda kind: f"must have at most {kind.limit} items",
    "MinItems": lambda kind: f"must have at least {kind.limit} item{'s' * (kind.limit != 1)}",
    "MaxProperties": lambda kind: f"must have at most {kind.limit} fields",
    "MinProperties": lambda kind: f"must have at least {kind.limit} field{'s' * (kind.limit != 1)}",
    "UniqueItems": lambda _: "must not repeat an item",
    "OneOfMultipleValid": lambda _: "fits more than one of the allowed forms; give the fields of one only",
    "FalseSchema": lambda _: "is not allowed here",
    "Not": lambda _: "is not allowed in this form",
    "PropertyNames": lambda _: "has a field name that is not allowed",
}
