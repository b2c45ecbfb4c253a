"""The cross-checks in their order: references first, for the others follow them; last what is merely unused."""

from __future__ import annotations

from kustomer_sandbox.contracts.checks import (
    defaults,
    examples,
    full,
    operations,
    references,
    resources,
    schemas,
    search,
    sources,
    tools,
)
from kustomer_sandbox.contracts.checks.origin import where_written
from kustomer_sandbox.contracts.checks.whole import AllDocuments, Check
from kustomer_sandbox.contracts.model import ContractError
from kustomer_sandbox.contracts.vocabulary.complaints import complaint

CHECKS: tuple[Check, ...] = (
    full.nothing_missing,
    references.of_the_right_kind,
    full.keys_fit,
    schemas.consistent,
    resources.types_once,
    resources.attributes,
    references.masks,
    resources.hidden,
    resources.defaults,
    resources.indexes,
    resources.relationships,
    resources.self_link,
    resources.sensitive,
    search.attributes,
    operations.ids,
    operations.parameters,
    operations.answers,
    operations.served,
    defaults.options,
    operations.roles,
    operations.pages,
    operations.about,
    operations.budgets,
    operations.fixed,
    operations.aliases,
    operations.bulks,
    sources.pages,
    tools.tools,
    examples.examples,
    references.all_used,
)


def refuse_misfits(whole: AllDocuments) -> None:
    """Raise `ContractError` for the first thing that does not fit, with document, place and what was expected."""
    for check in CHECKS:
        for found in check(whole):
            place = where_written(whole.written[found.document], whole.documents[found.document], found.steps)
            raise ContractError(complaint(found.document, place, found.words))
