"""The names that a document gives by itself, such as fields, parts, indexes and paths: a line for each mapping."""

from __future__ import annotations

from collections.abc import Iterable

from kustomer_sandbox.contracts.documents import Document
from kustomer_sandbox.contracts.vocabulary.complaints import Steps, place_of
from kustomer_sandbox.contracts.vocabulary.forms import Names
from kustomer_sandbox.contracts.vocabulary.openapi import DOCUMENT
from kustomer_sandbox.contracts.vocabulary.reading import places


def line(steps: Steps, names: Iterable[str]) -> str:
    """`components/schemas/Tag/properties: attributes, id, links`."""
    return f"{place_of(steps)}: {', '.join(sorted(names))}"


def lines(document: Document) -> list[str]:
    """Every mapping of own names in a plain document, in its order."""
    return [
        line(place.steps, place.value)
        for place in places(document, DOCUMENT)
        if isinstance(place.chosen, Names) and place.value
    ]
