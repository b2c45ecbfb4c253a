"""Reads the contract documents and merges them into one OpenAPI 3.1 document.

Every key is checked: what the vocabulary does not know stops the load with its document and place, because a
misspelt fact would otherwise silently become a wrong simulator.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from importlib.resources import files
from typing import Any

import yaml12

from kustomer_sandbox.contracts.model import JSON, ContractError
from kustomer_sandbox.contracts.sources.source import Source
from kustomer_sandbox.contracts.vocabulary.complaints import Steps, complaint, nearest

Document = dict[str, Any]

COMPONENT_KINDS = ("headers", "parameters", "requestBodies", "responses", "schemas", "securitySchemes")
"""What the parts under `components` are."""


def read_texts() -> dict[str, str]:
    """The texts of all shipped resource documents by file name, in name order."""
    folder = files("kustomer_sandbox.contracts") / "resources"
    names = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".yaml"))
    return {name: (folder / name).read_text(encoding="utf-8") for name in names}


def are_checked(texts: Mapping[str, str]) -> bool:
    """Whether these are, to the letter, the documents that passed every check when the package was made.

    Decision: the checks take three times as long as all else that loading does, and every start would pay for them
    anew. So the tests run them and keep the documents' digest in `checked.txt`; a document that was touched since has
    another digest and is checked at every load, as documents given by hand are.
    """
    kept = (files("kustomer_sandbox.contracts") / "checked.txt").read_text(encoding="utf-8")
    return kept.strip() == digest_of(texts)


def digest_of(texts: Mapping[str, str]) -> str:
    """A hexadecimal digest of names and texts."""
    return hashlib.sha256("\0".join(part for item in texts.items() for part in item).encode()).hexdigest()


def read_documents() -> dict[str, Document]:
    """All resource documents by file name, in name order. Raises `ContractError`."""
    return {name: parse_document(name, text) for name, text in read_texts().items()}


def parse_document(name: str, text: str, *, is_checked: bool = False) -> Document:
    """One document's text as a mapping, as it is written. Raises `ContractError` with place and what was expected.

    A text that `is_checked` already is only parsed.
    """
    try:
        document: Any = yaml12.parse_yaml(text)
    except ValueError as fault:
        raise ContractError(f"{name}: not YAML: {fault}") from fault
    if not is_checked:
        # Here, since most starts check nothing: see `are_checked`.
        from kustomer_sandbox.contracts.vocabulary.openapi import DOCUMENT  # noqa: PLC0415
        from kustomer_sandbox.contracts.vocabulary.reading import refuse_faults  # noqa: PLC0415

        refuse_faults(name, document, DOCUMENT)
    whole: Document = document
    return whole


def merge(documents: Mapping[str, Document]) -> Document:
    """One OpenAPI document: all paths and components, every `$ref` made local. Names are unique."""
    merged: Document = {
        "openapi": "3.1.0",
        "info": {"title": "Kustomer Sandbox", "version": "1"},
        "paths": {},
        "components": {kind: {} for kind in COMPONENT_KINDS},
    }
    for name, document in documents.items():
        _add(name, ("paths",), merged["paths"], document.get("paths", {}), documents)
        for kind, parts in document.get("components", {}).items():
            _add(name, ("components", kind), merged["components"][kind], parts, documents)
    return merged


def _add(name: str, steps: Steps, into: Document, parts: Mapping[str, Any], documents: Mapping[str, Document]) -> None:
    for key, value in parts.items():
        if key in into:
            raise ContractError(complaint(name, (*steps, key), "is defined twice"))
        into[key] = _local(name, (*steps, key), value, documents)


def _local(name: str, steps: Steps, node: Any, documents: Mapping[str, Document]) -> Any:
    """A copy of `node` whose cross-document references point into the merged document."""
    if isinstance(node, dict):
        return {
            key: _local_ref(name, (*steps, key), value, documents)
            if key == "$ref"
            else _local(name, (*steps, key), value, documents)
            for key, value in node.items()
        }
    if isinstance(node, list):
        return [_local(name, (*steps, at), item, documents) for at, item in enumerate(node)]
    return node


def _local_ref(name: str, steps: Steps, ref: str, documents: Mapping[str, Document]) -> str:
    target, _, pointer = ref.partition("#")
    document = documents.get(target or name)
    if document is None:
        raise ContractError(complaint(name, steps, f"{ref!r} leads to no document{nearest(target, list(documents))}"))
    if lookup(document, pointer) is None:
        parent, _, last = pointer.rpartition("/")
        near = nearest(last, list(lookup(document, parent) or ()))
        raise ContractError(complaint(name, steps, f"nothing at {ref!r}{near}"))
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


def make_source(value: JSON) -> Source:
    """A source as the documents write it, `seed` or `{confidence, pages, note, parts}`, as a `Source`."""
    entry: Any = {"confidence": value} if isinstance(value, str) else value
    return Source(
        confidence=entry["confidence"],
        pages=tuple(entry.get("pages", ())),
        note=entry.get("note", ""),
        parts={name: make_source(part) for name, part in entry.get("parts", {}).items()},
    )
