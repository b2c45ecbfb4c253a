"""All documents together, as the cross-checks look at them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

from kustomer_sandbox.contracts.documents import Document, resolve
from kustomer_sandbox.contracts.model import JSON, METHODS, Resource, Schema
from kustomer_sandbox.contracts.schemas import flatten
from kustomer_sandbox.contracts.vocabulary.complaints import Steps
from kustomer_sandbox.contracts.vocabulary.forms import Form, Referable
from kustomer_sandbox.contracts.vocabulary.openapi import DOCUMENT
from kustomer_sandbox.contracts.vocabulary.reading import Place, places


class Misfit(NamedTuple):
    """What does not fit: in which document, where in it, and what was expected, in words."""

    document: str
    steps: Steps
    words: str


class OperationPlace(NamedTuple):
    """One operation where it stands. `item` and `entry` are of the merged document: references are local."""

    document: str
    path: str
    method: str
    item: Document
    entry: Document

    @property
    def steps(self) -> Steps:
        return ("paths", self.path, self.method)

    def wrong(self, words: str, *steps: str | int) -> Misfit:
        """Something at a place of the operation."""
        return Misfit(self.document, (*self.steps, *steps), words)


@dataclass(frozen=True, kw_only=True)
class AllDocuments:
    """The documents by file name, as written and in full, merged into one, and their resources by file name."""

    written: Mapping[str, Document]
    documents: Mapping[str, Document]
    merged: Document
    resources: Mapping[str, Resource]
    _bodies: dict[tuple[str, str], Mapping[str, Schema]] = field(default_factory=dict)

    @cached_property
    def places(self) -> list[tuple[str, Place]]:
        """Every mapping with known keys in every document, with the document's name."""
        return [
            (name, place)
            for name, document in self.documents.items()
            for place in places(document, DOCUMENT)
            if isinstance(place.chosen, Form | Referable)
        ]

    @cached_property
    def types(self) -> dict[str, tuple[str, Resource]]:
        """Each record type that a document describes, with the document's name."""
        return {resource.type: (name, resource) for name, resource in self.resources.items()}

    @cached_property
    def unserved(self) -> dict[str, str]:
        """The record types that relationships lead to and no document describes, with their paths."""
        return {kind: path for d in self.documents.values() for kind, path in d.get("x-types", {}).items()}

    @cached_property
    def schemas(self) -> Mapping[str, Schema]:
        """All named schemas."""
        found: Mapping[str, Schema] = self.merged["components"]["schemas"]
        return found

    @cached_property
    def operations(self) -> list[OperationPlace]:
        """Every operation."""
        return [
            OperationPlace(name, path, method, item, item[method])
            for name, document in self.documents.items()
            for path in document.get("paths", {})
            for item in [self.merged["paths"][path]]
            for method in METHODS
            if method in item
        ]

    def parameters(self, spot: OperationPlace) -> list[Mapping[str, Any]]:
        """The parameters of an operation, those of its path included, without references."""
        given = [*spot.item.get("parameters", ()), *spot.entry.get("parameters", ())]
        return [resolve(self.merged, parameter) for parameter in given]

    def path_parameters(self, spot: OperationPlace) -> dict[str, Schema]:
        """The path parameters of an operation with their schemas."""
        return {p["name"]: p["schema"] for p in self.parameters(spot) if p["in"] == "path"}

    def body(self, spot: OperationPlace) -> Schema | None:
        """The schema of an operation's body; of its first media type if there are several."""
        if "requestBody" not in spot.entry:
            return None
        content = resolve(self.merged, spot.entry["requestBody"])["content"]
        schema: Schema = next(iter(content.values()))["schema"]
        return schema

    def body_fields(self, spot: OperationPlace) -> Mapping[str, Schema]:
        """The fields an operation's body may have, in any of its forms; none if it is no object."""
        key = (spot.path, spot.method)
        if key not in self._bodies:
            body = self.body(spot)
            flat = None if body is None else flatten(body, self.merged)
            self._bodies[key] = flat.properties if flat else {}
        return self._bodies[key]

    def field_forms(self, spot: OperationPlace, name: str) -> list[Schema]:
        """The schemas a body field has, in each of the body's forms that has it."""
        return list(_forms(self.merged, self.body(spot) or {}, name))


def _forms(document: Document, schema: Schema, name: str) -> Iterator[Schema]:
    schema = resolve(document, schema)
    if name in schema.get("properties", {}):
        yield schema["properties"][name]
    for word in ("allOf", "anyOf", "oneOf"):
        for part in schema.get(word, ()):
            yield from _forms(document, part, name)


Check = Callable[[AllDocuments], Iterator[Misfit]]
"""One group of rules: everything in the documents that does not keep them."""


def fits(value: JSON, kind: str) -> bool:
    """Whether a value is of a JSON Schema type."""
    python: dict[str, tuple[type, ...]] = {
        "string": (str,), "boolean": (bool,), "null": (type(None),), "array": (list, tuple), "object": (dict,),
        "integer": (int,), "number": (int, float),
    }  # fmt: skip
    return isinstance(value, python[kind]) and (kind == "boolean" or not isinstance(value, bool))
