"""Pure: what a schema says of the members and items of a value, once for each way in which a value can be valid."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from kustomer_sandbox.mcp_server.model import JSON

MOST: Final = 64
"""How many alternatives of one schema are looked at: enough for every contract, few enough for any."""

_Node = Mapping[str, JSON]


@dataclass(frozen=True, kw_only=True, slots=True)
class Alternative:
    """One way to be valid. `others` is for members without a schema of their own, `kinds` are types, empty for any."""

    kinds: frozenset[str] = frozenset()
    properties: Mapping[str, _Node] = field(default_factory=dict)
    patterns: Mapping[str, _Node] = field(default_factory=dict)
    required: frozenset[str] = frozenset()
    others: _Node | None = None
    items: _Node | None = None

    def member(self, name: str) -> _Node | None:
        """The schema of a member; None if there is none."""
        if name in self.properties:
            return self.properties[name]
        matching = next((node for pattern, node in self.patterns.items() if re.search(pattern, name)), None)
        return self.others if matching is None else matching


class Alternatives:
    """Of every schema within one root, whose definitions are `defs`. They are worked out once."""

    def __init__(self, defs: Mapping[str, _Node]) -> None:
        self._defs = defs
        self._known: dict[int, tuple[Alternative, ...]] = {}

    def of(self, node: _Node) -> tuple[Alternative, ...]:
        """At least one."""
        if id(node) not in self._known:
            self._known[id(node)] = tuple(self._expanded(node, ()))
        return self._known[id(node)]

    def take_text(self, node: _Node) -> bool:
        """Whether any of them may be a text."""
        return any(not one.kinds or "string" in one.kinds for one in self.of(node))

    def _expanded(self, node: _Node, seen: tuple[str, ...]) -> list[Alternative]:
        found = [_own(node)]
        reference = str(node.get("$ref", ""))
        if reference and reference not in seen:
            target = self._defs.get(reference.rpartition("/")[2], {})
            found = _both(found, self._expanded(target, (*seen, reference)))
        for part in node.get("allOf", ()):
            found = _both(found, self._expanded(part, seen))
        for keyword in ("anyOf", "oneOf"):
            if keyword in node:
                found = _both(found, [one for branch in node[keyword] for one in self._expanded(branch, seen)])
        return found[:MOST]


def _own(node: _Node) -> Alternative:
    kind = node.get("type", ())
    return Alternative(
        kinds=frozenset([kind] if isinstance(kind, str) else kind) or _kinds_of(node.get("enum", ())),
        properties={name: member for name, member in node.get("properties", {}).items() if isinstance(member, Mapping)},
        patterns=node.get("patternProperties", {}),
        required=frozenset(node.get("required", ())),
        others=_schema(node.get("additionalProperties")),
        items=_schema(node.get("items")),
    )


def _schema(node: JSON) -> _Node | None:
    return node if isinstance(node, Mapping) else None


def _kinds_of(values: Iterable[JSON]) -> frozenset[str]:
    return frozenset("string" if isinstance(value, str) else "other" for value in values)


def _both(some: list[Alternative], others: list[Alternative]) -> list[Alternative]:
    return [_merged(one, other) for one in some for other in others][:MOST]


def _merged(one: Alternative, other: Alternative) -> Alternative:
    """What both say; of a member that both know, both."""
    shared = one.properties.keys() & other.properties.keys()
    members = {name: {"allOf": [one.properties[name], other.properties[name]]} for name in shared}
    return Alternative(
        kinds=one.kinds & other.kinds if one.kinds and other.kinds else one.kinds | other.kinds,
        properties={**one.properties, **other.properties, **members},
        patterns={**one.patterns, **other.patterns},
        required=one.required | other.required,
        others=one.others if other.others is None else other.others,
        items=one.items if other.items is None else other.items,
    )
