"""Builds the contracts from the documents: resources, operations, tools, limits.

`load()` is pure apart from reading the package's own files. It refuses what it does not understand.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from contracts.documents import METHODS, Document, merge, read_documents, refuse_unknown, resolve
from contracts.model import (
    Budget,
    ContractError,
    Contracts,
    Limits,
    Operation,
    Paging,
    Parameter,
    Resource,
    Schema,
    Spend,
    Tool,
)
from contracts.resources_of import make_resource, search_attributes
from contracts.schemas import with_masks
from contracts.tooling import make_source, make_tool

BUDGET_KEYS = {"limit", "per", "exempt", "source"}
PAGE_KEYS = {"default", "maximum", "totals", "last"}
DEFAULT_KEYS = {"do", "index", "at", "relate", "many", "sort", "filters", "include", "replace", "to"}
LIMIT_KEYS = {"plans", "window_seconds", "searches", "body_bytes", "budgets", "source"}


def load(documents: Mapping[str, Document] | None = None) -> Contracts:
    """All contracts, from the shipped documents unless others are given. Raises `ContractError`."""
    documents = read_documents() if documents is None else documents
    merged = merge(documents)
    resources = {r.name: r for r in (make_resource(n, d, documents) for n, d in documents.items()) if r}
    _mask_schemas(merged, resources)
    limits = _limits(documents)
    operations = _operations(documents, merged, resources, limits)
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


def _operations(
    documents: Mapping[str, Document], merged: Document, resources: Mapping[str, Resource], limits: Limits
) -> dict[str, Operation]:
    operations: dict[str, Operation] = {}
    for name, document in documents.items():
        for path in document.get("paths", {}):
            item = merged["paths"][path]
            for method in METHODS:
                if method in item:
                    stem = name.removesuffix(".yaml")
                    operation = _operation(path, method, item, merged, resources[stem], limits)
                    if operations.setdefault(operation.id, operation) is not operation:
                        raise ContractError(f"{name}: operation {operation.id!r} is defined twice")
    return operations


def _operation(
    path: str, method: str, item: Document, merged: Document, resource: Resource, limits: Limits
) -> Operation:
    entry = item[method]
    place = f"{resource.name} {method} {path}"
    parameters = _parameters(item.get("parameters", []) + entry.get("parameters", []), merged)
    body, body_required = _body(entry, merged)
    default = _default(place, entry)
    paging = _paging(place, entry.get("x-page"))
    tools = tuple(
        make_tool(
            tool,
            place=f"{place} {tool.get('name')}",
            operation_id=entry["operationId"],
            http_method=method.upper(),
            resource=resource.name,
            parameters=parameters,
            body=body,
            paging=paging,
            document=merged,
        )
        for tool in entry.get("x-tools", ())
    )
    return Operation(
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
        parameters=parameters,
        body=body,
        body_required=body_required,
        success=_success(place, entry),
        paging=paging,
        spends=_spends(place, entry, limits),
        error_shape=entry.get("x-errors", "A"),
        tools=tools,
        source=make_source(place, entry.get("x-source")),
        searches=entry.get("x-search-budget", False),
        alias_of=entry.get("x-alias-of"),
        fixed=dict(entry.get("x-fixed", {})),
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


def _body(entry: Document, merged: Document) -> tuple[Schema | None, bool]:
    if "requestBody" not in entry:
        return None, False
    request = resolve(merged, entry["requestBody"])
    first = next(iter(request["content"].values()))
    return first["schema"], request.get("required", False)


def _default(place: str, entry: Document) -> Document:
    value = entry.get("x-default")
    if (value is None) == ("x-rule" not in entry):
        raise ContractError(f"{place}: needs exactly one of x-rule and x-default")
    default: Document = {"do": value} if isinstance(value, str) else dict(value or {})
    refuse_unknown(f"{place} x-default", default, DEFAULT_KEYS)
    return default


def _paging(place: str, entry: Document | None) -> Paging | None:
    if entry is None:
        return None
    refuse_unknown(f"{place} x-page", entry, PAGE_KEYS)
    return Paging(
        default=entry.get("default", 100),
        maximum=entry.get("maximum", 100),
        totals=entry.get("totals", False),
        last_page=entry.get("last"),
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


def _spends(place: str, entry: Document, limits: Limits) -> tuple[Spend, ...]:
    """The budgets a successful call draws on, each with where its object's id is found."""
    spends = []
    for name, keys in entry.get("x-budgets", {}).items():
        if name not in limits.budgets:
            raise ContractError(f"{place}: unknown budget {name!r}")
        spends.append(Spend(budget=limits.budgets[name], key=tuple(keys)))
    return tuple(spends)


def _success(place: str, entry: Document) -> int:
    codes = [int(code) for code in entry["responses"] if code.isdigit() and code.startswith("2")]
    if len(codes) != 1:
        raise ContractError(f"{place}: needs exactly one 2xx response")
    return codes[0]
