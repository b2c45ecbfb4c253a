"""Pure: what a search asks, term by term: which attribute, where it stands, and how much an answer can tell of it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from kustomer_sandbox.mcp_server.model import JSON

Asks = Literal["whole", "part", "order", "values", "presence"]
"""Compares whole values, parts of them or their size; sorts by them; has them counted or shown; asks if there is one.

An operator that is not known asks for a part: only what is known to be harmless is taken as harmless.
"""

_GROUPS: Final = frozenset({"and", "or", "not"})
_PRESENCE: Final = frozenset({"set", "not_set"})
_ONE: Final = frozenset({"equals", "not_equals"})
_SEVERAL: Final = frozenset({"in", "not_in"})
_CUSTOM: Final = re.compile(r"(company|conversation|customer|message|kobject)_custom_(.+)", re.DOTALL)
_KLASS_TEXT: Final = re.compile(r"kobject_([0-9a-zA-Z_-]+)_any_text")


@dataclass(frozen=True, kw_only=True, slots=True)
class SearchTerm:
    """One thing a search asks. `place` leads to it in the body; `values` is how many whole values are compared."""

    attribute: str
    place: tuple[str | int, ...]
    asks: Asks
    values: int = 0


def terms(body: Mapping[str, Any]) -> Iterator[SearchTerm]:
    """Every term of a search's body, whatever its shape: what the upstream would refuse is not judged here."""
    for key in ("and", "or", "not"):
        yield from _criteria(body.get(key), (key,))
    yield from _sorts(body.get("sort"), ("sort",))
    yield from _fields(body.get("aggs"), ("aggs",))


def _criteria(node: JSON, place: tuple[str | int, ...]) -> Iterator[SearchTerm]:
    if isinstance(node, list):
        for at, item in enumerate(node):
            yield from _criteria(item, (*place, at))
    elif isinstance(node, Mapping):
        for name, value in node.items():
            if name in _GROUPS:
                yield from _criteria(value, (*place, name))
            else:
                yield from _tests(name, value, (*place, name))


def _tests(attribute: str, tests: JSON, place: tuple[str | int, ...]) -> Iterator[SearchTerm]:
    if not isinstance(tests, Mapping):
        yield SearchTerm(attribute=attribute, place=place, asks="part")
        return
    for operator, value in tests.items():
        asks, values = _asked(operator, value)
        yield SearchTerm(attribute=attribute, place=(*place, operator), asks=asks, values=values)


def _asked(operator: str, value: JSON) -> tuple[Asks, int]:
    if operator in _PRESENCE:
        return "presence", 0
    if operator in _ONE:
        return "whole", 1
    if operator in _SEVERAL:
        return "whole", len(value) if isinstance(value, list) else 1
    return "part", 0


def _sorts(node: JSON, place: tuple[str | int, ...]) -> Iterator[SearchTerm]:
    if isinstance(node, list):
        for at, item in enumerate(node):
            yield from _sorts(item, (*place, at))
    elif isinstance(node, Mapping):
        for name in node:
            yield SearchTerm(attribute=name, place=(*place, name), asks="order")


def _fields(node: JSON, place: tuple[str | int, ...]) -> Iterator[SearchTerm]:
    """Aggregations: the form is not published, so any text in them may be the name of an attribute."""
    if isinstance(node, str):
        yield SearchTerm(attribute=node, place=place, asks="values")
    elif isinstance(node, Mapping):
        for name, value in node.items():
            yield from _fields(value, (*place, name))
    elif isinstance(node, list):
        for at, item in enumerate(node):
            yield from _fields(item, (*place, at))


def custom_flags(attribute: str) -> tuple[str, ...]:
    """The flags of a custom search attribute: `customer.custom.ssnStr`. A Klass ends at any of the name's `_`."""
    found = _CUSTOM.fullmatch(attribute)
    if found is None:
        return ()
    kind, rest = found.groups()
    if kind != "kobject":
        return (f"{kind}.custom.{rest}",)
    splits = [at for at, character in enumerate(rest) if character == "_" and 0 < at < len(rest) - 1]
    return tuple(f"kobject.{rest[:at]}.custom.{rest[at + 1 :]}" for at in splits)


def klass_of_text(attribute: str) -> str:
    """The Klass whose whole text a search attribute of the archive looks through; empty for any other attribute."""
    found = _KLASS_TEXT.fullmatch(attribute)
    return found.group(1) if found else ""
