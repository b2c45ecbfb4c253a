"""Reads the resource-wide facts of a document: `x-resource`, and the search attributes of `x-search`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kustomer_sandbox.contracts.documents import Document, make_source
from kustomer_sandbox.contracts.model import ContractError, Index, Resource, SearchAttribute, Sensitive
from kustomer_sandbox.contracts.relationship import Relationship


def make_resource(name: str, document: Document) -> Resource | None:
    """The resource a document describes; None for a document of shared parts only."""
    entry = document.get("x-resource")
    if entry is None:
        if document.get("paths"):
            raise ContractError(f"{name}: x-resource is missing: paths are about records of a type")
        return None
    stored = entry.get("stored", {})
    return Resource(
        name=name.removesuffix(".yaml"),
        type=entry["type"],
        path=entry["path"],
        indexes={key: _index(key, value) for key, value in entry.get("indexes", {}).items()},
        relationships=tuple(_relationship(key, value) for key, value in entry.get("relationships", {}).items()),
        sensitive=_sensitive(entry.get("sensitive")),
        defaults=entry.get("defaults", {}),
        attributes_schema=entry.get("attributes"),
        hidden=(*entry.get("hidden", ()), *stored),
        stored=stored,
        source=make_source(entry["source"]),
        example=entry.get("example", ""),
    )


def _index(key: str, entry: Document) -> Index:
    first, *further = (tuple(path.split(".")) for path in entry["path"].split("&"))
    return Index(
        name=key,
        path=first,
        joined=tuple(further),
        unique=entry.get("unique", False),
        fold=entry.get("fold", False),
    )


def _relationship(key: str, entry: Document) -> Relationship:
    how = {
        name: entry[name] for name in ("links_only", "per_klass", "listed", "shown_type", "links_key") if name in entry
    }
    return Relationship(name=key, type=entry["type"], path=entry["path"], **how)


def _sensitive(entry: Document | None) -> Sensitive | None:
    if entry is None:
        return None
    return Sensitive(
        attributes={key: tuple(paths) for key, paths in entry.get("attributes", {}).items()},
        inherits={path: tuple(sources) for path, sources in entry.get("inherits", {}).items()},
        repeats={path: tuple(sources) for path, sources in entry.get("repeats", {}).items()},
        owner=tuple(entry["owner"].split(".")) if entry.get("owner") else (),
        source=make_source(entry["source"]),
    )


def search_attributes(documents: Mapping[str, Document]) -> dict[str, SearchAttribute]:
    """Every searchable standard attribute by name, from the document that has `x-search`."""
    found: dict[str, SearchAttribute] = {}
    for document in documents.values():
        entry: Any = document.get("x-search", {})
        for key, value in entry.get("attributes", {}).items():
            found[key] = SearchAttribute(
                name=key,
                operator=value["operator"],
                path=tuple(value["path"].split(".")),
                schema={k: value[k] for k in ("type", "enum", "values", "pattern", "minimum", "maximum") if k in value},
                index=value.get("index"),
                sortable=value.get("sortable", False),
                archive_sortable=value.get("archive_sortable", False),
                standard=value.get("standard", True),
                archive=value.get("archive", False),
            )
    return found
