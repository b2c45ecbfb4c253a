"""Builds the operations from the paths of the documents, each with its tools."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from kustomer_sandbox.contracts.build.body_fields import body_fields
from kustomer_sandbox.contracts.build.tools import make_tool
from kustomer_sandbox.contracts.documents import Document, make_source, resolve
from kustomer_sandbox.contracts.model import (
    METHODS,
    Limits,
    Operation,
    Paging,
    Parameter,
    Resource,
    Schema,
    Spend,
    Tool,
)
from kustomer_sandbox.contracts.vocabulary.complaints import complaint

_PARAMETER = re.compile(r"\{[^}]+\}")


def make_operations(
    documents: Mapping[str, Document], merged: Document, resources: Mapping[str, Resource], limits: Limits
) -> dict[str, Operation]:
    """Every operation of the documents, by id; the documents have passed the checks. Raises `ContractError`."""
    operations: dict[str, Operation] = {}
    for name, document in documents.items():
        for path in document.get("paths", {}):
            item = merged["paths"][path]
            for method in METHODS:
                if method in item:
                    resource = resources[name.removesuffix(".yaml")]
                    operation = _operation(path, method, item, merged, resource, limits)
                    operations[operation.id] = replace(operation, about=_about(item[method], path, resources))
    return operations


def _operation(
    path: str, method: str, item: Document, merged: Document, resource: Resource, limits: Limits
) -> Operation:
    entry = item[method]
    bodies, body_required = _bodies(entry, merged)
    default = _default(entry)
    operation = Operation(
        id=entry["operationId"],
        method=method.upper(),
        path=path,
        summary=entry["summary"],
        tags=tuple(entry.get("tags", ())),
        resource=resource,
        roles=tuple(entry["x-roles"]),
        rule=entry.get("x-rule"),
        default=default.get("do"),
        options={key: value for key, value in default.items() if key != "do"},
        parameters=_parameters(item.get("parameters", []) + entry.get("parameters", []), merged),
        bodies=bodies,
        body_required=body_required,
        fields=body_fields(bodies, merged),
        success=next(int(status) for status in entry["responses"] if status.startswith("2")),
        paging=_paging(entry.get("x-page")),
        spends=_spends(entry, limits),
        tools=(),
        source=make_source(entry["x-source"]),
        searches=entry.get("x-search-budget", False),
        alias_of=entry.get("x-alias-of"),
        bulk_of=entry.get("x-bulk-of"),
        fixed=dict(entry.get("x-fixed", {})),
        unmasking=entry.get("x-unmasking"),
        keyless=entry.get("x-keyless"),
        is_hook=entry.get("x-hook", False),
    )
    return replace(operation, tools=_tools(entry, operation, merged))


def _tools(entry: Document, operation: Operation, merged: Document) -> tuple[Tool, ...]:
    """The tools of an operation. A `ContractError` names the document, the operation and the tool."""
    name, steps = f"{operation.resource.name}.yaml", ("paths", operation.path, operation.method.lower(), "x-tools")
    return tuple(
        make_tool(tool, place=complaint(name, (*steps, at), tool["name"]), operation=operation, document=merged)
        for at, tool in enumerate(entry.get("x-tools", ()))
    )


def _parameters(entries: list[Document], merged: Document) -> tuple[Parameter, ...]:
    found = []
    for raw in entries:
        entry = resolve(merged, raw)
        found.append(
            Parameter(
                name=entry["name"],
                place=entry["in"],
                required=entry.get("required", False),
                schema=entry["schema"],
                description=entry.get("description", ""),
            )
        )
    return tuple(found)


def _bodies(entry: Document, merged: Document) -> tuple[dict[str, Schema], bool]:
    """The request's schemas by media type, and whether a body must be sent."""
    if "requestBody" not in entry:
        return {}, False
    request = resolve(merged, entry["requestBody"])
    bodies = {kind: media["schema"] for kind, media in request["content"].items()}
    return bodies, request.get("required", False)


def _about(entry: Document, path: str, resources: Mapping[str, Resource]) -> str | None:
    """The type of record that the path's `id` names: what is said, else that whose own path this one begins with."""
    if "x-about" in entry:
        return str(entry["x-about"])
    head, brace, _ = path.partition("{id}")
    wanted = _PARAMETER.sub("{}", head + brace)
    own = (resource.type for resource in resources.values() if brace and _PARAMETER.sub("{}", resource.path) == wanted)
    return next(own, None)


def _default(entry: Document) -> Document:
    value = entry.get("x-default")
    return {"do": value} if isinstance(value, str) else dict(value or {})


def _paging(entry: Document | None) -> Paging | None:
    if entry is None:
        return None
    return Paging(
        default=entry.get("default", 100),
        maximum=entry.get("maximum", 100),
        totals=entry.get("totals", False),
        last_page=entry.get("last"),
        style=entry.get("style", "page"),
    )


def _spends(entry: Document, limits: Limits) -> tuple[Spend, ...]:
    """The budgets a successful call draws on, each with where its object's id is found."""
    return tuple(
        Spend(budget=limits.budgets[name], key=tuple(keys)) for name, keys in entry.get("x-budgets", {}).items()
    )
