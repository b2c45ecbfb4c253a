"""Pure: makes a JSON Schema portable over MCP clients and model APIs without changing what it accepts.

Some clients refuse `type: [...]` unions, bare boolean sub-schemas and empty schemas, and one refused tool can
cost the whole list.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

_DROPPED: Final = frozenset({"example", "xml", "discriminator", "externalDocs", "$schema", "$id", "$comment"})
_SCHEMAS: Final = frozenset({"items", "contains", "not", "if", "then", "else", "propertyNames", "additionalProperties"})
_LISTS: Final = frozenset({"anyOf", "oneOf", "allOf", "prefixItems"})
_MAPS: Final = frozenset({"properties", "patternProperties", "dependentSchemas", "$defs"})
_OF_TYPE: Final[Mapping[str, frozenset[str]]] = {
    "string": frozenset({"minLength", "maxLength", "pattern", "format", "contentEncoding", "contentMediaType"}),
    "number": frozenset({"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"}),
    "array": frozenset({"items", "prefixItems", "contains", "minItems", "maxItems", "uniqueItems"}),
    "object": frozenset(
        {"properties", "patternProperties", "additionalProperties", "required", "propertyNames", "minProperties"}
        | {"maxProperties", "dependentRequired", "dependentSchemas"}
    ),
}
_ANNOTATIONS: Final = frozenset({"title", "description", "default", "examples", "deprecated", "readOnly", "writeOnly"})
_ANYTHING: Final = "Any JSON value."
_NOTHING: Final = "No value is accepted here."


def portable(schema: Any) -> dict[str, Any]:
    """The same schema without type unions, bare booleans, empty schemas and vendor keywords."""
    if schema is True or schema == {}:
        return {"description": _ANYTHING, **_any_type()}
    if schema is False:
        return {"description": _NOTHING, "not": _any_type()}
    node = {key: _value(key, value) for key, value in schema.items() if _is_kept(key, value)}
    if isinstance(node.get("type"), list):
        node = _split(node)
    # A schema of words alone accepts anything; clients want that said.
    return node if node.keys() - _ANNOTATIONS else {**node, **_any_type()}


def _any_type() -> dict[str, Any]:
    return {"anyOf": [{"type": kind} for kind in ("object", "array", "string", "number", "boolean", "null")]}


def _is_kept(key: str, value: Any) -> bool:
    # `true` is what these keywords mean when left out.
    is_default = value is True and key in _SCHEMAS | {"unevaluatedProperties", "unevaluatedItems"}
    return not key.startswith("x-") and key not in _DROPPED and not is_default


def _value(key: str, value: Any) -> Any:
    if key in {"additionalProperties", "items"} and value is False:
        return value if key == "additionalProperties" else portable(value)
    if key in _SCHEMAS:
        return portable(value)
    if key in _LISTS:
        return [portable(item) for item in value]
    if key in _MAPS:
        return {name: portable(item) for name, item in value.items()}
    return value


def _split(node: dict[str, Any]) -> dict[str, Any]:
    """`type: [a, b]` as `anyOf` with each type's own keywords in its branch."""
    types = list(node.pop("type"))
    if len(types) == 1:
        return {"type": types[0], **node}
    moved: set[str] = set()
    branches = []
    for kind in types:
        keywords = _OF_TYPE.get("number" if kind == "integer" else kind, frozenset())
        moved |= keywords
        branches.append({"type": kind, **{key: node[key] for key in node if key in keywords}})
    rest = {key: value for key, value in node.items() if key not in moved}
    if "anyOf" in rest:
        rest["allOf"] = [*rest.get("allOf", ()), {"anyOf": rest.pop("anyOf")}]
    return {**rest, "anyOf": branches}
