"""Pure work on JSON Schemas: self-contained bundles and flat views of object bodies."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from kustomer_sandbox.contracts.documents import lookup, references, resolve
from kustomer_sandbox.contracts.model import Schema

_PREFIX = "#/components/schemas/"


def bundle(schema: Schema, document: Mapping[str, Any]) -> dict[str, Any]:
    """The schema with everything it refers to under its own `$defs`, and nothing else."""
    names: list[str] = []
    queue = list(references(schema))
    while queue:
        name = queue.pop().removeprefix(_PREFIX)
        if name not in names:
            names.append(name)
            queue.extend(references(lookup(document, f"/components/schemas/{name}")))
    whole = dict(_rebased(schema))
    if names:
        whole["$defs"] = {name: _rebased(lookup(document, f"/components/schemas/{name}")) for name in sorted(names)}
    return whole


def _rebased(node: Any) -> Any:
    if isinstance(node, Mapping):
        return {
            key: value.replace(_PREFIX, "#/$defs/") if key == "$ref" else _rebased(value)
            for key, value in node.items()
            if not key.startswith("x-")
        }
    if isinstance(node, list | tuple):
        return [_rebased(item) for item in node]
    return node


def closed(properties: Mapping[str, Schema], required: Iterable[str] = ()) -> dict[str, Any]:
    """An object that has these properties, and no others."""
    return {
        "type": "object",
        "properties": dict(properties),
        "required": sorted(required),
        "additionalProperties": False,
    }


class Flat(NamedTuple):
    """The properties an object body may have, over all its branches, and those always required."""

    properties: dict[str, Schema]
    required: set[str]


def flatten(schema: Schema, document: Mapping[str, Any]) -> Flat | None:
    """An object schema's properties with `allOf` joined and `oneOf`/`anyOf` branches united.

    None when the body is not an object (an array body, say). A property of several branches keeps
    its first schema; one required in every branch stays required.
    """
    schema = resolve(document, schema)
    properties: dict[str, Schema] = dict(schema.get("properties", {}))
    required: set[str] = set(schema.get("required", ()))
    for part in schema.get("allOf", ()):
        flat = flatten(part, document)
        if flat:
            properties = {**flat.properties, **properties}
            required |= flat.required
    branches = [flatten(part, document) for part in schema.get("oneOf", schema.get("anyOf", ()))]
    known = [flat for flat in branches if flat is not None]
    for flat in known:
        properties = {**flat.properties, **properties}
    if known and len(known) == len(branches):
        required |= set.intersection(*(flat.required for flat in known))
    if not properties and schema.get("type") != "object":
        return None
    return Flat(properties, required)


def with_masks(document: dict[str, Any], attributes: Schema, names: set[str]) -> dict[str, Any]:
    """An attributes schema in which every scalar below the named properties may also be masked."""
    properties = {
        key: _maskable(value, document) if key in names else value
        for key, value in attributes.get("properties", {}).items()
    }
    return {**attributes, "properties": properties}


def _maskable(schema: Schema, document: Mapping[str, Any]) -> dict[str, Any]:
    node = dict(resolve(document, schema))
    kinds = node.get("type")
    if "properties" in node:
        node["properties"] = {k: _maskable(v, document) for k, v in node["properties"].items()}
    elif "items" in node:
        node["items"] = _maskable(node["items"], document)
    elif "oneOf" in node or "anyOf" in node:
        node = {"anyOf": [_maskable(part, document) for part in node.get("oneOf") or node["anyOf"]]}
    elif kinds not in ("object", "array", "null"):
        node = {"anyOf": [node, {"$ref": _PREFIX + "Masked"}]}
    return node
