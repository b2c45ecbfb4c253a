"""What a name in a document stands for: a component of this document, of the shared one, or of any other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from kustomer_sandbox.contracts.model import ContractError

Node = dict[str, Any]

SHARED = "common.yaml"
"""The document whose parts and defaults hold for all others."""

TYPES = ("array", "boolean", "integer", "null", "number", "object", "string")


@dataclass(frozen=True, kw_only=True, slots=True)
class Names:
    """The components that the documents define, by kind (`schemas`, `parameters`, `responses`) and name.

    `documents` are the documents after the components that x-resource describes have been added to them.
    """

    documents: Mapping[str, Node]

    def where(self, kind: str, name: str, document: str) -> str | None:
        """The document that defines a component: this one if it does, else the shared one, else any; or None."""
        for stem in (document, SHARED, *self.documents):
            if name in component(self.documents.get(stem, {}), kind):
                return stem
        return None

    def ref(self, kind: str, name: str, document: str, place: str) -> Node:
        """The `$ref` to a component by its name. Raises `ContractError` if no document defines it."""
        stem = self.where(kind, name, document)
        if stem is None:
            raise ContractError(f"{place}: no document defines {name!r} under components/{kind}")
        return {"$ref": f"{stem}#/components/{kind}/{name}"}

    def shared(self, key: str) -> Node:
        """What the shared document says under one of its keys; empty if there is none."""
        found = self.documents.get(SHARED, {}).get(key, {})
        return dict(found) if isinstance(found, Mapping) else {}

    def target(self, ref: str, document: str) -> tuple[str, Node] | None:
        """The document and schema that a `$ref`, or a name in its place, leads to."""
        file, _, pointer = ref.rpartition("#")
        name = pointer.rsplit("/", 1)[-1]
        stem = file or self.where("schemas", name, document)
        found = component(self.documents.get(stem or "", {}), "schemas").get(name)
        return (stem, found) if stem and isinstance(found, dict) else None


def component(document: Mapping[str, Any], kind: str) -> Node:
    """The components of one kind that a document writes."""
    parts = document.get("components", {})
    found = parts.get(kind, {}) if isinstance(parts, Mapping) else {}
    return found if isinstance(found, dict) else {}


def resources(documents: Mapping[str, Node]) -> Iterator[tuple[str, Node]]:
    """Every document's `x-resource`, with the document's name."""
    for name, document in documents.items():
        entry = document.get("x-resource")
        if isinstance(entry, dict):
            yield name, entry
