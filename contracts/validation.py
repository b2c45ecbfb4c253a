"""Checks values against contract schemas and says what is wrong without repeating the value.

A value may be personal data, so messages are made here from the rule that failed, never from the instance.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import jsonschema_rs

from contracts.model import Schema
from contracts.schemas import bundle


class Finding(NamedTuple):
    """One thing wrong: where (keys and positions from the root) and why, in words."""

    path: tuple[str | int, ...]
    reason: str


class Checker:
    """A compiled schema. `findings` is empty for a valid value."""

    def __init__(self, schema: Schema, document: Mapping[str, Any]) -> None:
        self._validator = jsonschema_rs.validator_for(bundle(schema, document), validate_formats=True)

    def is_valid(self, value: Any) -> bool:
        return bool(self._validator.is_valid(value))

    def findings(self, value: Any) -> list[Finding]:
        """What is wrong with a value, outermost first; a failed choice is explained by its nearest branch."""
        if self._validator.is_valid(value):
            return []
        found: list[Finding] = []
        for error in self._validator.iter_errors(value):
            found.extend(_explain(error))
        return list(dict.fromkeys(found)) or [Finding((), "is not what the contract allows")]


def _explain(error: Any) -> Iterator[Finding]:
    kind = error.kind.as_dict() if hasattr(error.kind, "as_dict") else {}
    name = error.kind.name
    path = tuple(error.instance_path)
    if name in ("anyOf", "oneOfNotValid", "oneOf") and kind.get("context"):
        yield from _nearest(error, path)
    elif name == "additionalProperties":
        for key in error.kind.unexpected:
            yield Finding((*path, key), "is not a known field here")
    elif name == "unevaluatedProperties":
        for key in error.kind.unexpected:
            yield Finding((*path, key), "is not a known field here")
    elif name == "required":
        yield Finding((*path, str(error.kind.property).strip('"')), "is required")
    else:
        yield Finding(path, _words(name, error))


def _nearest(error: Any, path: tuple[str | int, ...]) -> Iterator[Finding]:
    """Explain by the branch that fits best: its constants hold, then the fewest complaints."""
    branches = [list(branch) for branch in error.kind.context if branch]
    branches = [branch for branch in branches if not _wrong_type_at(branch, path)] or branches
    chosen = [branch for branch in branches if not any(b.kind.name in ("const", "enum") for b in branch)]
    if not branches:
        yield Finding(path, "matches none of the allowed forms")
    elif len(branches) > 1 and len(chosen) != 1 and all(_wrong_type_at(b, path) for b in branches):
        kinds = sorted({str(t) for b in branches for t in _types(b)})
        yield Finding(path, f"must be {_either(kinds)}")
    else:
        best = min(chosen or branches, key=len)
        for inner in best:
            yield from _explain(inner)


def _wrong_type_at(branch: list[Any], path: tuple[str | int, ...]) -> bool:
    return any(e.kind.name == "type" and tuple(e.instance_path) == path for e in branch)


def _types(branch: list[Any]) -> Iterator[str]:
    for error in branch:
        if error.kind.name == "type":
            yield from _type_names(error)


def _type_names(error: Any) -> list[str]:
    types = error.kind.types
    return [str(name) for name in (types if isinstance(types, list | tuple | set | frozenset) else [types])]


def _either(names: list[str]) -> str:
    return " or ".join(names)


_LIMITS = {
    "maxLength": "must have at most {limit} characters",
    "minLength": "must have at least {limit} characters",
    "maximum": "must be at most {limit}",
    "minimum": "must be at least {limit}",
    "exclusiveMaximum": "must be less than {limit}",
    "exclusiveMinimum": "must be more than {limit}",
    "maxItems": "must have at most {limit} items",
    "minItems": "must have at least {limit} items",
    "maxProperties": "must have at most {limit} fields",
    "minProperties": "must have at least {limit} fields",
}

_PATTERNS = {
    "^[0-9a-f]{24}$": "must be an id of 24 hexadecimal digits",
    "^[0-9a-f]{24}(,[0-9a-f]{24}){0,99}$": "must be one id of 24 hexadecimal digits, or several with commas",
    r"^\+?[1-9][0-9]{1,14}$": "must be a phone number in E.164 form, such as +15555550100",
    r"^[^@\s]+@[^@\s]+$": "must be an e-mail address",
}

_FORMATS = {
    "date-time": "must be a date-time such as 2026-06-09T12:00:00.000Z",
    "uri": "must be an absolute URL",
}


def _words(name: str, error: Any) -> str:
    kind = error.kind
    if name == "type":
        return f"must be {_either(_type_names(error))}"
    if name in _LIMITS:
        return _LIMITS[name].format(limit=next(iter(_numbers(kind)), "the limit"))
    if name == "pattern":
        return _PATTERNS.get(kind.pattern, f"must match the pattern {kind.pattern}")
    if name == "format":
        return _FORMATS.get(kind.format, f"must be a valid {kind.format}")
    if name == "enum":
        options = kind.options if isinstance(kind.options, list) else [kind.options]
        return f"must be one of {', '.join(_shown(option) for option in options)}"
    if name == "const":
        return f"must be {_shown(kind.expected_value)}"
    if name == "uniqueItems":
        return "must not repeat an item"
    if name in ("oneOfMultipleValid",):
        return "matches more than one of the allowed forms"
    return "is not what the contract allows here"


def _numbers(kind: Any) -> Iterator[Any]:
    facts = kind.as_dict()
    yield from (value for key, value in facts.items() if key == "limit")


def _shown(value: Any) -> str:
    return "null" if value is None else str(value)


def pointer(path: tuple[str | int, ...]) -> str:
    """A finding's path as a JSON pointer."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in path)
