"""Pure: the form that a schema wants, shown by an example, and where in the arguments a member belongs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from kustomer_sandbox.contracts.validation import ValuePath
from kustomer_sandbox.mcp_server.model import JSON
from kustomer_sandbox.mcp_server.tools.forms.alternatives import Alternative, Alternatives

ELLIPSIS: Final = "…"
_ID: Final = "[0-9a-f]{24}"
"""What the pattern of an id has in it, also where there may be several or none."""
_INSTANT: Final = "2026-06-09T12:00:00Z"
_ADDRESS: Final = "name@example.com"
_NUMBER: Final = "+15555550100"
_BY_FORMAT: Final[Mapping[str, str]] = {"date-time": _INSTANT, "date": "2026-06-09", "uri": "https://example.com"}
_OF_TYPE: Final[Mapping[str, JSON]] = {"integer": 1, "number": 1, "boolean": True, "null": None}
_CONTAINERS: Final = frozenset({"object", "array"})
_SAYS_NOTHING: Final[tuple[JSON, ...]] = ({}, [], [{}])
_DEEPEST: Final = 7
_FEW: Final = 3


class Shapes:
    """The arguments of one tool, by its input schema."""

    def __init__(self, schema: Mapping[str, Any]) -> None:
        self._defs: Mapping[str, Any] = schema.get("$defs", {})
        self._arguments: Mapping[str, Any] = schema["properties"]
        self._alternatives = Alternatives(self._defs)

    def example_at(self, path: ValuePath) -> str:
        """A value of the right form for a place, as JSON; empty where a plain value is wanted or nothing known."""
        for node in self._nodes(path):
            if any(one.kinds & _CONTAINERS for one in self._alternatives.of(node)):
                value = self._example(node, _DEEPEST)
                return "" if value in _SAYS_NOTHING else as_json(value)
        return ""

    def takes_ids_at(self, path: ValuePath) -> bool:
        """Whether ids of records belong at a place: one, several, or one within an object."""
        for node in self._nodes(path):
            for one in self._alternatives.of(node):
                inner = [node, one.items or {}, one.properties.get("id", {})]
                if any(_ID in leaf.get("pattern", "") for each in inner for leaf in self._leaves(each)):
                    return True
        return False

    def words_at(self, path: ValuePath) -> list[str]:
        """The texts that may stand at a place, where they are few."""
        leaves = [leaf for node in self._nodes(path) for leaf in self._leaves(node)]
        return [word for leaf in leaves for word in leaf.get("enum", ()) if isinstance(word, str)]

    def pattern_at(self, path: ValuePath) -> str:
        """The regular expression that a text at a place keeps to; empty if there is none."""
        leaves = [leaf for node in self._nodes(path) for leaf in self._leaves(node)]
        return str(next((leaf["pattern"] for leaf in leaves if "pattern" in leaf), ""))

    def members_at(self, path: ValuePath) -> list[str]:
        """The members that an object at a place may have."""
        found = [name for node in self._nodes(path) for one in self._alternatives.of(node) for name in one.properties]
        return list(dict.fromkeys(found))

    def home_of(self, name: str, *others: str) -> tuple[str, str]:
        """The argument in which a member of this name belongs, and the argument's value around it as JSON.

        Of several the one that cannot be left out, then the outermost; `others` are words for the same, which count if
        there is none of the name itself. Empty if there is none.
        """
        found = [
            (word != plain(name), optional, depth, at, argument, value)
            for at, (argument, node) in enumerate(self._arguments.items())
            for word in {plain(name), *others}
            for optional, depth, value in self._homes(node, word, _DEEPEST)
        ]
        if not found:
            return "", ""
        *_, argument, value = min(found, key=lambda home: home[:4])
        return argument, as_json(value)

    def _homes(self, node: Mapping[str, Any], name: str, left: int) -> Iterator[tuple[int, int, JSON]]:
        """How many steps may be left out, how deep it is, and the value, for each place a name has within a node."""
        if left == 0:
            return
        for one in self._alternatives.of(node):
            for member, inner in one.properties.items():
                optional = int(member not in one.required)
                if plain(member) == name:
                    yield optional, 1, {member: self._example(inner, left)}
                else:
                    for more, depth, value in self._homes(inner, name, left - 1):
                        yield optional + more, depth + 1, {member: value}
            if one.items is not None:
                for more, depth, value in self._homes(one.items, name, left - 1):
                    yield more, depth + 1, [value]

    def _nodes(self, path: ValuePath) -> list[Mapping[str, Any]]:
        """The schemas that a place may have; none for a place nobody knows."""
        first, *rest = path or ("",)
        nodes = [self._arguments[first]] if isinstance(first, str) and first in self._arguments else []
        for step in rest:
            ways = [one for node in nodes for one in self._alternatives.of(node)]
            inner = [one.member(step) if isinstance(step, str) else one.items for one in ways]
            nodes = [node for node in inner if node is not None]
        return nodes

    def _example(self, node: Mapping[str, Any], left: int) -> JSON:
        ways = self._alternatives.of(node)
        # A list, where one value alone would do too, is what is right for several as well.
        one = next((way for way in ways if "array" in way.kinds), None) or _first(ways)
        if "array" in one.kinds:
            return [self._example(one.items or {}, left - 1)] if left else []
        if one.properties or "object" in one.kinds:
            return dict(self._members(one, left - 1)) if left else {}
        return self._plain(node)

    def _members(self, one: Alternative, left: int) -> Iterator[tuple[str, JSON]]:
        """What an object must have; of a small one also when, or all that it can say if nothing is needed."""
        is_small = len(one.properties) <= _FEW
        for name, node in sorted(one.properties.items(), key=lambda member: member[0] not in one.required):
            value = self._example(node, left)
            is_told = is_small and (value == _INSTANT or not (one.required or "enum" in node))
            if name in one.required or is_told:
                yield name, value
        if not one.properties:
            yield from ((f"{ELLIPSIS}Str", ELLIPSIS) for pattern in one.patterns if "Str" in pattern)
            if one.others is not None:
                yield ELLIPSIS, self._example(one.others, left)

    def _plain(self, node: Mapping[str, Any]) -> JSON:
        """A value without members, by what its schema says of it."""
        leaf = next(self._leaves(node), {})
        if "const" in leaf or leaf.get("enum"):
            return leaf.get("const", (leaf.get("enum") or [""])[0])
        if _ID not in leaf.get("pattern", _ID):
            return _by_pattern(leaf["pattern"])
        return _OF_TYPE.get(leaf.get("type", ""), _BY_FORMAT.get(leaf.get("format", ""), ELLIPSIS))

    def _leaves(self, node: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
        """The schemas that a plain value may keep to, without references and choices."""
        while "$ref" in node:
            node = self._defs[node["$ref"].rpartition("/")[2]]
        branches = [*node.get("anyOf", ()), *node.get("oneOf", ())]
        for branch in branches:
            yield from self._leaves(branch)
        if not branches:
            yield node


def as_json(value: JSON) -> str:
    """A value as a model writes it."""
    return json.dumps(value, ensure_ascii=False)


def plain(name: str) -> str:
    """A name without what spellings differ in: `sendAt`, `send_at` and `Send-At` are one."""
    return name.replace("_", "").replace("-", "").lower()


def _first(ways: tuple[Alternative, ...]) -> Alternative:
    return next((way for way in ways if way.kinds != {"null"}), ways[0])


def _by_pattern(pattern: str) -> str:
    if "@" in pattern:
        return _ADDRESS
    if pattern.startswith("^now"):
        return "now+2h"
    if "T[0-9]" in pattern:
        return _INSTANT
    return _NUMBER if pattern.startswith(r"^\+") else ELLIPSIS
