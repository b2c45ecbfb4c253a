"""The expansion: written documents in, plain OpenAPI 3.1 with our `x-` keys out.

Only what differs is written. This adds defaults and spells out names, nothing else: no conditions, no loops, no text
put together from parts. It runs before every check, so that all that is checked and served is the plain form.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from kustomer_sandbox.contracts.expand.names import SHARED, Names, Node
from kustomer_sandbox.contracts.expand.operations import OperationExpander
from kustomer_sandbox.contracts.expand.resources import add_made_schemas, plain_resource, plain_search
from kustomer_sandbox.contracts.expand.responses import plain_response
from kustomer_sandbox.contracts.expand.schemas import SchemaExpander

WRITTEN_KEYS = ("x-tool-defaults", "x-relationships")
"""Keys of a document that only the expansion reads."""


def expand(documents: Mapping[str, Node]) -> dict[str, Node]:
    """The documents in full; those given stay as they are. Raises `ContractError` with document and place."""
    whole = add_made_schemas(documents)
    names = Names(documents=whole)
    return {name: _plain(names, name, document) for name, document in whole.items()}


def _plain(names: Names, name: str, document: Node) -> Node:
    schemas = SchemaExpander(names=names, document=name)
    plain = {key: value for key, value in document.items() if key not in WRITTEN_KEYS}
    plain.setdefault("openapi", "3.1.0")
    resource = document.get("x-resource", {})
    if "x-resource" in document and isinstance(resource, Mapping):
        plain["x-resource"] = plain_resource(name, resource, names)
    if "x-search" in document:
        plain["x-search"] = plain_search(document["x-search"])
    if "components" in document:
        plain["components"] = _components(document, schemas, name)
    if isinstance(document.get("paths"), Mapping):
        expander = OperationExpander(
            names=names,
            document=name,
            resource=resource,
            tags=tuple(tag for tag in [document.get("info", {}).get("title")] if tag),
            tool_defaults={**names.shared("x-tool-defaults"), **document.get("x-tool-defaults", {})},
            schemas=schemas,
        )
        plain["paths"] = expander.plain(document["paths"])
    return plain


def _components(document: Node, schemas: SchemaExpander, name: str) -> Any:
    if not isinstance(document["components"], Mapping):
        return document["components"]
    parts: Node = dict(document["components"])
    for kind, plain in _PLAIN.items():
        if isinstance(parts.get(kind), Mapping):
            place = f"{name}: components/{kind}"
            parts[kind] = {key: plain(part, schemas, f"{place}/{key}") for key, part in parts[kind].items()}
    return parts


def _schema(written: Any, schemas: SchemaExpander, place: str) -> Any:
    return schemas.plain(written, place)


def _with_schema(written: Any, schemas: SchemaExpander, place: str) -> Any:
    """A parameter or header with its schema in full."""
    has_schema = isinstance(written, Mapping) and "schema" in written
    return {**written, "schema": schemas.plain(written["schema"], place)} if has_schema else written


_PLAIN: Mapping[str, Callable[[Any, SchemaExpander, str], Any]] = {
    "schemas": _schema,
    "parameters": _with_schema,
    "headers": _with_schema,
    "responses": plain_response,
    "requestBodies": plain_response,
}
"""How the components of each kind are made plain; a request body has its schemas where an answer has them."""

__all__ = ["SHARED", "expand"]
