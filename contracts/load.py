"""Builds the contracts from the documents: resources, operations, tools, limits.

`load()` is pure apart from reading the package's own files. It refuses what it does not understand.
"""

from __future__ import annotations

from collections.abc import Mapping

from kustomer_sandbox.contracts.documents import Document, check_document, merge, read_documents, refuse_unknown
from kustomer_sandbox.contracts.expand.expansion import expand
from kustomer_sandbox.contracts.model import Budget, ContractError, Contracts, Limits, Resource, Tool
from kustomer_sandbox.contracts.operations import make_operations
from kustomer_sandbox.contracts.resource import make_resource, search_attributes
from kustomer_sandbox.contracts.schemas import with_masks
from kustomer_sandbox.contracts.tools import make_source

BUDGET_KEYS = {"limit", "per", "exempt", "source"}
LIMIT_KEYS = {"plans", "window_seconds", "searches", "body_bytes", "budgets", "source"}


def load(documents: Mapping[str, Document] | None = None) -> Contracts:
    """All contracts, from the shipped documents unless others are given. Raises `ContractError`."""
    documents = expand(read_documents() if documents is None else documents)
    for name, document in documents.items():
        check_document(name, document)
    merged = merge(documents)
    resources = {r.name: r for r in (make_resource(n, d) for n, d in documents.items()) if r}
    _mask_schemas(merged, resources)
    limits = _limits(documents)
    operations = make_operations(documents, merged, resources, limits)
    tools: dict[str, Tool] = {}
    for operation in operations.values():
        for tool in operation.tools:
            if tools.setdefault(tool.name, tool) is not tool:
                raise ContractError(f"tool {tool.name!r} is defined twice")
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
    found = [(name, d["x-limits"]) for name, d in documents.items() if "x-limits" in d]
    if len(found) != 1:
        raise ContractError("exactly one document states x-limits")
    name, entry = found[0]
    refuse_unknown(f"{name} x-limits", entry, LIMIT_KEYS)
    return Limits(
        plans=entry["plans"],
        window_seconds=entry["window_seconds"],
        searches=entry["searches"],
        body_bytes=entry["body_bytes"],
        budgets={key: _budget(key, value, entry["window_seconds"]) for key, value in entry["budgets"].items()},
        source=make_source(name, entry.get("source")),
    )


def _budget(name: str, entry: Document, seconds: int) -> Budget:
    refuse_unknown(f"budget {name}", entry, BUDGET_KEYS)
    return Budget(
        name=name,
        limit=entry["limit"],
        seconds=seconds,
        per=entry["per"],
        exempt=entry.get("exempt"),
        source=make_source(f"budget {name}", entry.get("source")),
    )
