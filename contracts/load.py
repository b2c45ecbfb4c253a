"""Builds the contracts from the documents: resources, operations, tools, limits.

`load()` is pure apart from reading the package's own files, which it does once. It refuses what it does not understand.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from kustomer_sandbox.contracts.build.operations import make_operations
from kustomer_sandbox.contracts.build.resource import make_resource, search_attributes
from kustomer_sandbox.contracts.documents import Document, are_checked, make_source, merge, parse_document, read_texts
from kustomer_sandbox.contracts.expand.expansion import expand
from kustomer_sandbox.contracts.model import Budget, ContractError, Contracts, Limits, Resource
from kustomer_sandbox.contracts.schemas import with_masks


def load(documents: Mapping[str, Document] | None = None) -> Contracts:
    """All contracts, from the shipped documents unless others are given, as `parse_document` makes them.

    The shipped ones are read once in a process: the same contracts are given to all who ask, and nobody changes them.

    Raises `ContractError`, whose one line names the document, the place in it and what was expected.
    """
    return _shipped() if documents is None else _build(documents, is_checked=False)


@cache
def _shipped() -> Contracts:
    texts = read_texts()
    is_checked = are_checked(texts)
    written = {name: parse_document(name, text, is_checked=is_checked) for name, text in texts.items()}
    return _build(written, is_checked=is_checked)


def _build(written: Mapping[str, Document], *, is_checked: bool) -> Contracts:
    if not is_checked:
        # Here, since most starts check nothing; the same below.
        from kustomer_sandbox.contracts.expand.unknown_names import refuse_unknown_names  # noqa: PLC0415

        refuse_unknown_names(written)
    documents = expand(written)
    merged = merge(documents)
    made = {name: resource for name, document in documents.items() if (resource := make_resource(name, document))}
    limits = _limits(documents)
    if not is_checked:
        from kustomer_sandbox.contracts.checks.run import refuse_misfits  # noqa: PLC0415
        from kustomer_sandbox.contracts.checks.whole import AllDocuments  # noqa: PLC0415

        refuse_misfits(AllDocuments(written=written, documents=documents, merged=merged, resources=made))
    resources = {resource.name: resource for resource in made.values()}
    _mask_schemas(merged, resources)
    operations = make_operations(documents, merged, resources, limits)
    tools = {tool.name: tool for operation in operations.values() for tool in operation.tools}
    return Contracts(
        operations=operations,
        resources=resources,
        tools=dict(sorted(tools.items())),
        limits=limits,
        search=search_attributes(documents),
        document=merged,
    )


def _mask_schemas(merged: Document, resources: Mapping[str, Resource]) -> None:
    """Let every attribute that can be masked also be a masked value in answers."""
    schemas = merged["components"]["schemas"]
    for resource in resources.values():
        if resource.sensitive and resource.attributes_schema:
            rules = resource.sensitive
            paths = [path for group in rules.attributes.values() for path in group] + list(rules.inherits)
            names = {path.split(".")[0] for path in paths}
            schemas[resource.attributes_schema] = with_masks(merged, schemas[resource.attributes_schema], names)


def _limits(documents: Mapping[str, Document]) -> Limits:
    found = {name: d["x-limits"] for name, d in documents.items() if "x-limits" in d}
    if len(found) != 1:
        raise ContractError(f"{', '.join(found) or 'all documents'}: exactly one document states x-limits")
    entry = next(iter(found.values()))
    return Limits(
        plans=entry["plans"],
        window_seconds=entry["window_seconds"],
        searches=entry["searches"],
        users=entry["users"],
        body_bytes=entry["body_bytes"],
        hooks=entry.get("hooks", {}),
        hook_body_bytes=entry.get("hook_body_bytes", entry["body_bytes"]),
        budgets={key: _budget(key, value, entry["window_seconds"]) for key, value in entry["budgets"].items()},
        source=make_source(entry["source"]),
    )


def _budget(name: str, entry: Document, seconds: int) -> Budget:
    return Budget(
        name=name,
        limit=entry["limit"],
        seconds=seconds,
        per=entry["per"],
        exempt=entry.get("exempt"),
        source=make_source(entry["source"]),
    )
