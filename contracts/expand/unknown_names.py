"""Names in the written documents that lead to nothing: refused where they stand, before anything is made of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from kustomer_sandbox.contracts.expand.fields import forms_of
from kustomer_sandbox.contracts.expand.names import Node, component, resources
from kustomer_sandbox.contracts.model import ContractError
from kustomer_sandbox.contracts.vocabulary.complaints import complaint, nearest
from kustomer_sandbox.contracts.vocabulary.openapi import DOCUMENT
from kustomer_sandbox.contracts.vocabulary.reading import places
from kustomer_sandbox.contracts.vocabulary.shapes import Name


def refuse_unknown_names(documents: Mapping[str, Node]) -> None:
    """Raise `ContractError`, with document and place, for a name that stands for no component of its kind."""
    known = {kind: list(_known(documents, kind)) for kind in ("schemas", "parameters", "responses")}
    for name, document in documents.items():
        for place in places(document, DOCUMENT):
            shape, word = place.chosen, place.value
            if isinstance(shape, Name) and "#" not in word and word not in (*shape.known, *known[shape.kind]):
                near = nearest(word, [*known[shape.kind], *shape.known])
                raise ContractError(
                    complaint(name, place.steps, f"no document defines {word!r} under components/{shape.kind}{near}")
                )


def _known(documents: Mapping[str, Node], kind: str) -> Iterator[str]:
    for document in documents.values():
        yield from component(document, kind)
    for _, entry in resources(documents):
        if "schema" in entry and kind in ("schemas", "responses"):
            yield entry["schema"]
            if kind == "schemas":
                yield from forms_of(entry).values()
