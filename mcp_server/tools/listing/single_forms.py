"""Pure: a schema as one form, with its own type and members: references followed, choices of forms joined to one."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any, Final

_UNIONS: Final = ("anyOf", "oneOf")
_CONSTRAINT: Final = frozenset({"required"})


class SingleForms:
    """Makes single forms of the schemas of one document; members and items of a form are schemas still."""

    def __init__(self, definitions: Mapping[str, Any]) -> None:
        self._definitions = definitions

    def of(self, schema: Mapping[str, Any]) -> dict[str, Any]:
        """A schema without reference, constant, null, and choices other than texts.

        `anyOf` is left only between types that do not stand for each other, such as a text or a list.
        """
        node = self._followed(schema)
        branches = [
            self.of(branch)
            for union in _UNIONS
            for branch in node.pop(union, ())
            if branch.get("type") != "null" and branch.keys() - _CONSTRAINT
        ]
        if branches:
            joined: Mapping[str, Any] = functools.reduce(self._joined, branches[1:], branches[0])
            node = {**joined, **node}
        return node if "anyOf" in node else _typed(node)

    def takes_null(self, schema: Mapping[str, Any]) -> bool:
        """Whether null is among the values of a schema."""
        node = self._followed(schema)
        branches = [branch for union in _UNIONS for branch in node.get(union, ())]
        return node.get("type") == "null" or any(self.takes_null(branch) for branch in branches)

    def _followed(self, schema: Mapping[str, Any]) -> dict[str, Any]:
        node = dict(schema)
        while "$ref" in node:
            node = {**self._definitions[node.pop("$ref").rpartition("/")[2]], **node}
        return node

    def _joined(self, one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
        """One form for two: of two objects the members of both; of a value and a list of such values the list."""
        kind, another = one.get("type"), other.get("type")
        if kind != another:
            return self._of_two_types(one, other)
        joined: dict[str, Any] = {"type": kind}
        if kind == "object":
            joined["properties"] = self._members_of_both(one.get("properties", {}), other.get("properties", {}))
            joined["required"] = [name for name in one.get("required", ()) if name in other.get("required", ())]
        elif kind == "array":
            joined["items"] = self._of_items(self.of(one.get("items", {})), self.of(other.get("items", {})))
        elif "enum" in one and "enum" in other:
            joined["enum"] = list(dict.fromkeys([*one["enum"], *other["enum"]]))
        return joined

    def _of_two_types(self, one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
        branches = [*one.get("anyOf", (one,)), *other.get("anyOf", (other,))]
        lists = [branch for branch in branches if branch.get("type") == "array" and branch.get("items")]
        items = [self.of(branch["items"])["type"] for branch in lists]
        kept = [branch for branch in branches if branch.get("type") not in items]
        return dict(kept[0]) if len(kept) == 1 else {"anyOf": kept}

    def _of_items(self, one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
        """One form for the items of two lists; of a record and its id, the id."""
        return self._joined(one, other) if one["type"] == other["type"] else {"type": "string"}

    def _members_of_both(self, one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
        both = {name: self._joined(self.of(one[name]), self.of(other[name])) for name in one if name in other}
        return {**one, **other, **both}


def _typed(node: dict[str, Any]) -> dict[str, Any]:
    """With a type, and with choices only if they are texts: Gemini takes no others."""
    if "const" in node:
        node["enum"] = [node.pop("const")]
    if "enum" in node:
        node.setdefault("type", "string")
        node["enum"] = [choice for choice in node["enum"] if isinstance(choice, str)]
        if not node["enum"]:
            del node["enum"]
    node.setdefault("type", "object")
    return node
