"""Reads the resource-wide facts of a document: `x-resource`, and the search attributes of `x-search`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kustomer_sandbox.contracts.documents import Document, refuse_unknown
from kustomer_sandbox.contracts.model import ContractError, Index, Relationship, Resource, SearchAttribute, Sensitive
from kustomer_sandbox.contracts.tools import make_source

RESOURCE_KEYS = {
    "type", "path", "indexes", "relationships", "sensitive", "defaults", "attributes", "source", "hidden",
}  # fmt: skip
INDEX_KEYS = {"path", "unique", "fold"}
RELATIONSHIP_KEYS = {"type", "path", "links_only"}
SENSITIVE_KEYS = {"attributes", "inherits", "owner", "source"}
SEARCH_KEYS = {"source", "attributes"}
ATTRIBUTE_KEYS = {
    "operator", "path", "index", "sortable", "enum", "values", "archive", "standard", "pattern", "format",
    "minimum", "maximum", "confidence", "type", "note",
}  # fmt: skip


def make_resource(name: str, document: Document) -> Resource | None:
    """The resource a document describes; None for a document of shared parts only."""
    entry = document.get("x-resource")
    if entry is None:
        if document.get("paths"):
            raise ContractError(f"{name}: paths without x-resource")
        return None
    refuse_unknown(f"{name} x-resource", entry, RESOURCE_KEYS)
    return Resource(
        name=name.removesuffix(".yaml"),
        type=entry["type"],
        path=entry["path"],
        indexes={key: _index(name, key, value) for key, value in entry.get("indexes", {}).items()},
        relationships=tuple(_relationship(name, key, value) for key, value in entry.get("relationships", {}).items()),
        sensitive=_sensitive(name, entry.get("sensitive")),
        defaults=entry.get("defaults", {}),
        attributes_schema=entry.get("attributes"),
        hidden=tuple(entry.get("hidden", ())),
        source=make_source(name, entry.get("source")),
    )


def _index(name: str, key: str, entry: Document) -> Index:
    refuse_unknown(f"{name} index {key}", entry, INDEX_KEYS)
    first, *further = (tuple(path.split(".")) for path in entry["path"].split("&"))
    return Index(
        name=key,
        path=first,
        joined=tuple(further),
        unique=entry.get("unique", False),
        fold=entry.get("fold", False),
    )


def _relationship(name: str, key: str, entry: Document) -> Relationship:
    refuse_unknown(f"{name} relationship {key}", entry, RELATIONSHIP_KEYS)
    return Relationship(name=key, type=entry["type"], path=entry["path"], links_only=entry.get("links_only", False))


def _sensitive(name: str, entry: Document | None) -> Sensitive | None:
    if entry is None:
        return None
    refuse_unknown(f"{name} sensitive", entry, SENSITIVE_KEYS)
    return Sensitive(
        attributes={key: tuple(paths) for key, paths in entry.get("attributes", {}).items()},
        inherits={path: tuple(sources) for path, sources in entry.get("inherits", {}).items()},
        owner=tuple(entry["owner"].split(".")) if entry.get("owner") else (),
        source=make_source(f"{name} sensitive", entry.get("source")),
    )


def search_attributes(documents: Mapping[str, Document]) -> dict[str, SearchAttribute]:
    """Every searchable standard attribute by name, from the document that has `x-search`."""
    found: dict[str, SearchAttribute] = {}
    for name, document in documents.items():
        entry: Any = document.get("x-search", {})
        refuse_unknown(f"{name} x-search", entry, SEARCH_KEYS)
        for key, value in entry.get("attributes", {}).items():
            refuse_unknown(f"{name} {key}", value, ATTRIBUTE_KEYS)
            found[key] = SearchAttribute(
                name=key,
                operator=value["operator"],
                path=tuple(value["path"].split(".")) if value.get("path") else (),
                schema={
                    k: value[k]
                    for k in ("type", "enum", "values", "pattern", "format", "minimum", "maximum")
                    if k in value
                },
                index=value.get("index"),
                sortable=value.get("sortable", False),
                standard=value.get("standard", True),
                archive=value.get("archive", False),
            )
    return found
