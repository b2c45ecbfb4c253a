"""Reads the contract documents and merges them into one OpenAPI 3.1 document.

Every key is checked: what is not known here stops the load with its document and place, because a
misspelt fact would otherwise silently become a wrong simulator.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from importlib.resources import files
from typing import Any

import yaml12

from kustomer_sandbox.contracts.model import ContractError

Document = dict[str, Any]

DOCUMENT_KEYS = {"openapi", "info", "paths", "components", "x-resource", "x-search", "x-limits", "x-types"}
PATH_KEYS = {"parameters", "get", "post", "put", "patch", "delete"}
METHODS = ("get", "post", "put", "patch", "delete")
OPERATION_KEYS = {
    "operationId", "summary", "description", "tags", "parameters", "requestBody", "responses", "deprecated",
    "x-source", "x-roles", "x-rule", "x-default", "x-budgets", "x-page", "x-errors", "x-tools", "x-alias-of",
    "x-fixed", "x-search-budget", "x-about", "x-unmasking",
}  # fmt: skip
COMPONENT_KEYS = {"schemas", "requestBodies", "parameters", "responses", "headers", "securitySchemes"}


def read_documents() -> dict[str, Document]:
    """All resource documents by file name, in name order. Raises `ContractError`."""
    folder = files("kustomer_sandbox.contracts") / "resources"
    names = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".yaml"))
    return {name: parse_document(name, (folder / name).read_text(encoding="utf-8")) for name in names}


def parse_document(name: str, text: str) -> Document:
    """One document's text as a mapping, as it is written. Raises `ContractError` naming the document."""
    try:
        document: Any = yaml12.parse_yaml(text)
    except ValueError as fault:
        raise ContractError(f"{name}: not YAML: {fault}") from fault
    if not isinstance(document, dict):
        raise ContractError(f"{name}: a document must be a mapping")
    whole: Document = document
    return whole


def check_document(name: str, document: Document) -> None:
    """Refuse keys that the plain form does not know. Raises `ContractError` naming document and key."""
    refuse_unknown(name, document, DOCUMENT_KEYS)
    refuse_unknown(f"{name} components", document.get("components", {}), COMPONENT_KEYS)
    for path, item in document.get("paths", {}).items():
        refuse_unknown(f"{name} {path}", item, PATH_KEYS)
        for method in METHODS:
            refuse_unknown(f"{name} {method} {path}", item.get(method, {}), OPERATION_KEYS)


def refuse_unknown(place: str, mapping: Mapping[str, Any], known: Iterable[str]) -> None:
    """Raise `ContractError` for the first key that is not in `known`."""
    for key in mapping:
        if key not in known:
            raise ContractError(f"{place}: unknown key {key!r}")


def merge(documents: Mapping[str, Document]) -> Document:
    """One OpenAPI document: all paths and components, every `$ref` made local. Names are unique."""
    merged: Document = {
        "openapi": "3.1.0",
        "info": {"title": "Kustomer Sandbox", "version": "1"},
        "paths": {},
        "components": {kind: {} for kind in sorted(COMPONENT_KEYS)},
    }
    for name, document in documents.items():
        _add(name, merged["paths"], _local(name, document.get("paths", {}), documents))
        for kind, parts in document.get("components", {}).items():
            _add(f"{name} {kind}", merged["components"][kind], _local(name, parts, documents))
    return merged


def _add(place: str, into: Document, parts: Mapping[str, Any]) -> None:
    for key, value in parts.items():
        if key in into:
            raise ContractError(f"{place}: {key!r} is defined twice")
        into[key] = value


def _local(name: str, node: Any, documents: Mapping[str, Document]) -> Any:
    """A copy of `node` whose cross-document references point into the merged document."""
    if isinstance(node, dict):
        return {
            key: _local_ref(name, value, documents) if key == "$ref" else _local(name, value, documents)
            for key, value in node.items()
        }
    if isinstance(node, list):
        return [_local(name, item, documents) for item in node]
    return node


def _local_ref(name: str, ref: str, documents: Mapping[str, Document]) -> str:
    target, _, pointer = ref.partition("#")
    document = documents.get(target or name)
    if document is None or not pointer.startswith("/components/"):
        raise ContractError(f"{name}: cannot resolve $ref {ref!r}")
    if lookup(document, pointer) is None:
        raise ContractError(f"{name}: nothing at $ref {ref!r}")
    return "#" + pointer


def lookup(document: Mapping[str, Any], pointer: str) -> Any:
    """The node at a JSON pointer (`/components/schemas/Tag`), or None."""
    node: Any = document
    for part in pointer.strip("/").split("/"):
        if not isinstance(node, Mapping) or part not in node:
            return None
        node = node[part]
    return node


def resolve(document: Mapping[str, Any], node: Mapping[str, Any]) -> Mapping[str, Any]:
    """The node a `$ref` leads to, or the node itself."""
    while "$ref" in node:
        found: Mapping[str, Any] | None = lookup(document, node["$ref"][1:])
        if found is None:
            raise ContractError(f"nothing at $ref {node['$ref']!r}")
        node = found
    return node


def references(node: Any) -> Iterator[str]:
    """Every `$ref` below a node."""
    if isinstance(node, Mapping):
        for key, value in node.items():
            if key == "$ref" and isinstance(value, str):
                yield value
            else:
                yield from references(value)
    elif isinstance(node, list | tuple):
        for item in node:
            yield from references(item)
