"""References lead to parts of the right kind, and every part is used."""

from __future__ import annotations

from collections.abc import Iterator

from kustomer_sandbox.contracts.checks.whole import AllDocuments, Misfit
from kustomer_sandbox.contracts.documents import lookup, references
from kustomer_sandbox.contracts.vocabulary.forms import Referable
from kustomer_sandbox.contracts.vocabulary.openapi import COMPONENTS, DOCUMENT
from kustomer_sandbox.contracts.vocabulary.reading import places
from kustomer_sandbox.contracts.vocabulary.schema import SCHEMA
from kustomer_sandbox.contracts.vocabulary.shapes import Shape

USED_BY_THE_LOADER = ("#/components/schemas/Masked", "#/components/securitySchemes/ApiKey")
"""Parts no document refers to: what stands in place of a masked value, and how the served document says who calls."""

_KINDS = {"Parameter": "parameters", "Request body": "requestBodies", "Response": "responses", "Header": "headers"}


def of_the_right_kind(whole: AllDocuments) -> Iterator[Misfit]:
    """A parameter refers to a parameter, a schema to a schema."""
    for name, place in whole.places:
        kind = _kind(place.chosen) if "$ref" in place.value else ""
        if kind and place.steps[:1] == ("x-resource",):
            yield Misfit(name, (*place.steps, "$ref"), "cannot refer from here; write the schema itself")
        elif kind and f"#/components/{kind}/" not in place.value["$ref"]:
            yield Misfit(name, (*place.steps, "$ref"), f"must lead to components/{kind}, not {place.value['$ref']!r}")


def _kind(shape: Shape) -> str:
    if shape is SCHEMA:
        return "schemas"
    return _KINDS[shape.form.name] if isinstance(shape, Referable) else ""


def all_used(whole: AllDocuments) -> Iterator[Misfit]:
    """A part that nothing leads to is a mistake, or dead."""
    seen = _reached(whole)
    for name, document in whole.documents.items():
        for kind in (key.name for key in COMPONENTS.keys):
            for part in document.get("components", {}).get(kind, {}):
                if f"#/components/{kind}/{part}" not in seen:
                    yield Misfit(name, ("components", kind, part), "is used nowhere")


def _reached(whole: AllDocuments) -> set[str]:
    queue = [*USED_BY_THE_LOADER, *references(whole.merged["paths"]), *_taken_over(whole)]
    queue += [f"#/components/schemas/{r.attributes_schema}" for r in whole.resources.values() if r.attributes_schema]
    for spot in whole.operations:
        queue += [f"#/components/schemas/{tool['body']}" for tool in spot.entry.get("x-tools", ()) if "body" in tool]
    seen: set[str] = set()
    while queue:
        ref = queue.pop()
        if ref not in seen:
            seen.add(ref)
            queue.extend(references(lookup(whole.merged, ref[1:])))
    return seen


def _taken_over(whole: AllDocuments) -> Iterator[str]:
    """The schemas whose fields others take over (`allOf`); in full documents no reference to them is left."""
    for document in whole.written.values():
        for place in places(document, DOCUMENT):
            for part in place.value.get("allOf", ()) if place.chosen is SCHEMA else ():
                yield f"#/components/schemas/{part}" if isinstance(part, str) else part.get("$ref", "")


def masks(whole: AllDocuments) -> Iterator[Misfit]:
    """What stands in place of a masked value is described, if any value can be masked."""
    for name, resource in whole.resources.items():
        if resource.sensitive and resource.attributes_schema and "Masked" not in whole.schemas:
            yield Misfit(name, ("x-resource", "sensitive"), "needs a schema Masked among the components of a document")
