"""What sources may cite, by the kind of evidence it is: `pages.yaml`, and the vendor's descriptions of operations."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Literal

import yaml12

from kustomer_sandbox.contracts.model import JSON
from kustomer_sandbox.contracts.sources.source import Confidence
from kustomer_sandbox.contracts.vocabulary.calls import PART, SOURCE
from kustomer_sandbox.contracts.vocabulary.complaints import Steps, nearest
from kustomer_sandbox.contracts.vocabulary.reading import places
from kustomer_sandbox.contracts.vocabulary.shapes import Shape

PageKind = Literal["vendor", "recordings", "programs"]

OPERATION = "operation/"
"""What begins the name of the vendor's OpenAPI description of one operation; its `operationId` follows."""

_NEEDED: Mapping[Confidence, tuple[PageKind, ...]] = {
    "vendor-docs": ("vendor",),
    "recorded": ("recordings",),
    "client-code": ("programs", "recordings"),
}


@cache
def known_pages() -> Mapping[str, frozenset[PageKind]]:
    """Each page of `pages.yaml` with its kinds: a program's repository may hold recordings, too."""
    text = (files("kustomer_sandbox.contracts") / "pages.yaml").read_text(encoding="utf-8")
    listed: Any = yaml12.parse_yaml(text)
    names = {name for pages in listed.values() for name in pages}
    return {name: frozenset(kind for kind, pages in listed.items() if name in pages) for name in sorted(names)}


def wrong_pages(value: JSON, shape: Shape, operations: Iterable[str] | None = None) -> Iterator[tuple[Steps, str]]:
    """Every source at or below a place of a document that cites what it must not: the place, and why, in words.

    `operations` are the operations there are, by their ids; None if that is not to be looked at.
    """
    known = {f"{OPERATION}{id}" for id in operations or ()}
    for place in places(value, shape):
        if place.chosen in (SOURCE, PART):
            for words in _faults(place.value, known if operations is not None else None):
                yield place.steps, words


def _faults(source: Mapping[str, Any], operations: set[str] | None) -> Iterator[str]:
    pages, kinds = known_pages(), set[str]()
    for page in source.get("pages", ()):
        if page in pages:
            kinds |= pages[page]
        elif page.startswith(OPERATION):
            kinds.add("vendor")
            if operations is not None and page not in operations:
                yield f"{page!r} is no operation here{nearest(page, sorted(operations))}"
        else:
            yield f"{page!r} is not among pages.yaml{nearest(page, list(pages))}"
    needed = _NEEDED.get(source["confidence"])
    if needed and not kinds.intersection(needed):
        yield f"{source['confidence']} needs one of the {' or '.join(needed)} among its pages (pages.yaml)"
