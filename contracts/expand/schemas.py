"""Schemas as they are written: names in place of schemas, objects closed unless they say otherwise, `allOf` merged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kustomer_sandbox.contracts.expand.names import TYPES, Names, Node
from kustomer_sandbox.contracts.model import ContractError

_MAPS = ("properties", "patternProperties")
_SCHEMAS = ("items", "additionalProperties", "propertyNames", "not", "contains")
_LISTS = ("oneOf", "anyOf")
_MERGED = {"title", "description", "type", "properties", "required", "additionalProperties", "allOf", "x-without"}


@dataclass(frozen=True, kw_only=True, slots=True)
class SchemaExpander:
    """Turns the written schemas of one document into plain ones."""

    names: Names
    document: str

    def plain(self, written: Any, place: str) -> Any:
        """The plain schema. `string` is a type, any other word the name of a component. Raises `ContractError`."""
        if isinstance(written, str):
            return {"type": written} if written in TYPES else self._ref(written, place)
        if not isinstance(written, Mapping):
            return written
        node = self._merged(written, place) if "allOf" in written else dict(written)
        without = node.pop("x-without", None)
        if without is not None and "allOf" not in written:
            raise ContractError(f"{place}: x-without needs an allOf to take fields from")
        if isinstance(node.get("$ref"), str) and "#" not in node["$ref"]:
            node |= self._ref(node["$ref"], place)
        return _closed(self._parts(node, place))

    def _parts(self, node: Node, place: str) -> Node:
        """The node with the schemas inside it in full."""
        for key in _MAPS:
            if isinstance(node.get(key), Mapping):
                node[key] = {name: self.plain(part, f"{place}/{key}/{name}") for name, part in node[key].items()}
        for key in _SCHEMAS:
            if key in node:
                node[key] = self.plain(node[key], f"{place}/{key}")
        for key in _LISTS:
            if isinstance(node.get(key), list):
                node[key] = [self.plain(part, f"{place}/{key}") for part in node[key]]
        return node

    def _ref(self, name: str, place: str) -> Node:
        return self.names.ref("schemas", name, self.document, place)

    def _merged(self, written: Mapping[str, Any], place: str) -> Node:
        """One flat object: its own new fields, then those of `allOf`, of which it may narrow some and drop some.

        A title or a description is not taken over. A field said again keeps the place that it has in `allOf`.
        """
        properties: Node = {}
        required: list[str] = []
        for part in written["allOf"]:
            base = self._base(part, place)
            properties |= base.get("properties", {})
            required += [name for name in base.get("required", ()) if name not in required]
        own = dict(written.get("properties", {}))
        new = {name: part for name, part in own.items() if name not in properties}
        whole = new | {name: own.get(name, part) for name, part in properties.items()}
        required += [name for name in written.get("required", ()) if name not in required]
        without = written.get("x-without", [])
        for name in without:
            if name not in whole:
                raise ContractError(f"{place}: x-without names {name!r}, which allOf does not give")
        rest = {key: value for key, value in written.items() if key not in {"allOf", "properties", "required"}}
        needed = [name for name in required if name not in without]
        fields = {name: part for name, part in whole.items() if name not in without}
        return rest | {"properties": fields} | ({"required": needed} if needed else {})

    def _base(self, part: Any, place: str) -> Node:
        """A part of `allOf`, itself merged; only objects without alternatives can be merged."""
        ref = part if isinstance(part, str) else part.get("$ref") if isinstance(part, Mapping) else None
        found = self.names.target(ref, self.document) if isinstance(ref, str) else None
        node = part if ref is None else found[1] if found else None
        if not isinstance(node, Mapping):
            raise ContractError(f"{place}: allOf names {part!r}, which is no schema")
        if unknown := next((key for key in node if key not in _MERGED), None):
            raise ContractError(f"{place}: allOf cannot merge {unknown!r}")
        if found and found[0] != self.document:
            raise ContractError(f"{place}: allOf names {part!r} of another document")
        return self._merged(node, place) if "allOf" in node else dict(node)


def _closed(node: Node) -> Node:
    """An object with named fields takes no others, unless `additionalProperties: true` says that it does."""
    if "properties" in node:
        node.setdefault("type", "object")
        if node.setdefault("additionalProperties", False) is True:
            del node["additionalProperties"]
    return node
