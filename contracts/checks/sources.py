"""Sources cite what there is, and what bears out how sure they say they are."""

from __future__ import annotations

from collections.abc import Iterator

from kustomer_sandbox.contracts.checks.whole import AllDocuments, Misfit
from kustomer_sandbox.contracts.sources.pages import wrong_pages
from kustomer_sandbox.contracts.vocabulary.openapi import DOCUMENT


def pages(whole: AllDocuments) -> Iterator[Misfit]:
    """A cited page is one of `pages.yaml`, or an operation's description, and of the kind the confidence needs."""
    operations = [spot.entry["operationId"] for spot in whole.operations]
    for name, document in whole.documents.items():
        for steps, words in wrong_pages(document, DOCUMENT, operations):
            yield Misfit(name, (*steps, "pages"), words)
