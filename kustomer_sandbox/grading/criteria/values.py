"""What an attribute must hold: a value, or what is true of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kustomer_sandbox.grading.evidence import Evidence, value_at
from kustomer_sandbox.simulator.values.record import JSON, Record

MATCHERS: Mapping[str, str] = {
    "contains": "a text that has this in it, or all of these, in any case",
    "lacks": "a text that has none of it",
    "includes": "a list with all of these",
    "excludes": "a list with none of these",
    "any_of": "one of these values",
}
"""What may stand in place of a value, `{contains: Tuesday}`, and what it demands."""


def wrong_matcher(value: JSON) -> str:
    """What is wrong with a mapping in place of a value; nothing if all is well."""
    if not isinstance(value, Mapping) or (value and value.keys() <= MATCHERS.keys()):
        return ""
    return f"must be a value, or a mapping with some of {', '.join(MATCHERS)}"


def holds(value: JSON, wanted: JSON) -> bool:
    """Whether a value is as wanted. Lists are compared whatever their order."""
    if isinstance(wanted, Mapping):
        return all(_TESTS[name](value, part) for name, part in wanted.items())
    if isinstance(value, list) and isinstance(wanted, list):
        return len(value) == len(wanted) and all(item in value for item in wanted)
    return bool(value == wanted)


def differing(record: Record, wanted: Mapping[str, JSON], evidence: Evidence) -> list[str]:
    """In words, each attribute that is not as wanted. A value that can be masked is not told."""
    return [
        f"{path} is {_shown(record, path, evidence)}"
        for path, value in wanted.items()
        if not holds(value_at(record, path), value)
    ]


def _shown(record: Record, path: str, evidence: Evidence) -> str:
    if evidence.is_hidden(record, path):
        return "another (it can be masked: not shown)"
    return repr(value_at(record, path))


def _text(value: JSON) -> str:
    return value.casefold() if isinstance(value, str) else ""


def _items(value: JSON) -> list[Any]:
    return value if isinstance(value, list) else []


def _each(part: JSON) -> list[Any]:
    return part if isinstance(part, list) else [part]


_TESTS = {
    "contains": lambda value, part: all(_text(each) in _text(value) for each in _each(part)),
    "lacks": lambda value, part: not any(_text(each) in _text(value) for each in _each(part)),
    "includes": lambda value, part: all(item in _items(value) for item in part),
    "excludes": lambda value, part: not any(item in _items(value) for item in part),
    "any_of": lambda value, part: value in part,
}
