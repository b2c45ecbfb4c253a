"""The expansion: written documents in, plain OpenAPI 3.1 with our `x-` keys out.

Only what differs is written. This adds defaults and spells out names, nothing else: no conditions, no loops, no text
put together from parts. It runs before every check, so that all that is checked and served is the plain form.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kustomer_sandbox.contracts.expand.names import SHARED, Names, Node, component
from kustomer_sandbox.contracts.expand.operations import OperationExpander
from kustomer_sandbox.contracts.expand.resources import add_made_schemas, plain_resource, plain_search
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
    if "schemas" in parts:
        parts["schemas"] = {
            key: schemas.plain(part, f"{name} schema {key}") for key, part in component(document, "schemas").items()
        }
    if "parameters" in parts:
        parts["parameters"] = {
            key: {**part, "schema": schemas.plain(part["schema"], f"{name} parameter {key}")}
            if "schema" in part
            else part
            for key, part in parts["parameters"].items()
        }
    if "responses" in parts:
        parts["responses"] = {
            key: _response(part, schemas, f"{name} response {key}") for key, part in parts["responses"].items()
        }
    return parts


def _response(written: Any, schemas: SchemaExpander, place: str) -> Any:
    """A response with the schemas of its contents in full."""
    if not isinstance(written, Mapping) or "content" not in written:
        return written
    content = {
        kind: {**media, "schema": schemas.plain(media["schema"], f"{place} {kind}")}
        for kind, media in written["content"].items()
    }
    return {**written, "content": content}


__all__ = ["SHARED", "expand"]
