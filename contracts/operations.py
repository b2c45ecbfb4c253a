"""Builds the operations from the paths of the documents, each with its tools."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, get_args

from kustomer_sandbox.contracts.body_fields import body_fields
from kustomer_sandbox.contracts.documents import METHODS, Document, refuse_unknown, resolve
from kustomer_sandbox.contracts.model import (
    ContractError,
    Limits,
    Operation,
    Paging,
    PagingStyle,
    Parameter,
    Resource,
    Schema,
    Spend,
    Tool,
    Unmasking,
)
from kustomer_sandbox.contracts.tools import make_source, make_tool

PAGE_KEYS = {"default", "maximum", "totals", "last", "style"}
DEFAULT_KEYS = {"do", "index", "at", "many", "sort", "filters", "include", "replace", "to"}
_PARAMETER = re.compile(r"\{[^}]+\}")
DEFAULT_VERBS = {"get", "list", "lookup", "create", "update", "delete"}


def make_operations(
    documents: Mapping[str, Document], merged: Document, resources: Mapping[str, Resource], limits: Limits
) -> dict[str, Operation]:
    """Every operation of the documents, by id. Raises `ContractError`."""
    operations: dict[str, Operation] = {}
    for name, document in documents.items():
        for path in document.get("paths", {}):
            item = merged["paths"][path]
            for method in METHODS:
                if method in item:
                    stem = name.removesuffix(".yaml")
                    operation = _operation(path, method, item, merged, resources[stem], limits)
                    operation = replace(operation, about=_about(name, item[method], operation, resources))
                    if operations.setdefault(operation.id, operation) is not operation:
                        raise ContractError(f"{name}: operation {operation.id!r} is defined twice")
    return operations


def _operation(
    path: str, method: str, item: Document, merged: Document, resource: Resource, limits: Limits
) -> Operation:
    entry = item[method]
    place = f"{resource.name} {method} {path}"
    for needed in ("operationId", "summary", "responses", "x-roles"):
        if needed not in entry:
            raise ContractError(f"{place}: {needed} is missing")
    bodies, body_required = _bodies(entry, merged)
    default = _default(place, entry)
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
        success=_success(place, entry),
        paging=_paging(place, entry.get("x-page")),
        spends=_spends(place, entry, limits),
        error_shape=entry.get("x-errors", "A"),
        tools=(),
        source=make_source(place, entry.get("x-source")),
        searches=entry.get("x-search-budget", False),
        alias_of=entry.get("x-alias-of"),
        fixed=dict(entry.get("x-fixed", {})),
        unmasking=_unmasking(place, entry.get("x-unmasking")),
    )
    return replace(operation, tools=_tools(place, entry, operation, merged))


def _tools(place: str, entry: Document, operation: Operation, merged: Document) -> tuple[Tool, ...]:
    return tuple(
        make_tool(tool, place=f"{place} {tool.get('name')}", operation=operation, document=merged)
        for tool in entry.get("x-tools", ())
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
    bodies = {kind: media.get("schema", {}) for kind, media in request["content"].items()}
    return bodies, request.get("required", False)


def _about(name: str, entry: Document, operation: Operation, resources: Mapping[str, Resource]) -> str | None:
    """The type of record that the path's `id` names: what is said, else that whose own path this one begins with."""
    if "x-about" in entry:
        if entry["x-about"] not in {resource.type for resource in resources.values()}:
            raise ContractError(
                f"{name} {operation.method} {operation.path}: x-about names no type {entry['x-about']!r}"
            )
        return str(entry["x-about"])
    head, brace, _ = operation.path.partition("{id}")
    wanted = _PARAMETER.sub("{}", head + brace)
    own = (resource.type for resource in resources.values() if brace and _PARAMETER.sub("{}", resource.path) == wanted)
    return next(own, None)


def _unmasking(place: str, value: Any) -> Unmasking | None:
    if value is not None and value not in get_args(Unmasking):
        raise ContractError(f"{place}: unknown x-unmasking {value!r}; known: {', '.join(get_args(Unmasking))}")
    known: Unmasking | None = value
    return known


def _default(place: str, entry: Document) -> Document:
    value = entry.get("x-default")
    if (value is None) == ("x-rule" not in entry):
        raise ContractError(f"{place}: needs exactly one of x-rule and x-default")
    default: Document = {"do": value} if isinstance(value, str) else dict(value or {})
    refuse_unknown(f"{place} x-default", default, DEFAULT_KEYS)
    if value is not None and default.get("do") not in DEFAULT_VERBS:
        raise ContractError(f"{place}: unknown x-default {default.get('do')!r}")
    return default


def _paging(place: str, entry: Document | None) -> Paging | None:
    if entry is None:
        return None
    refuse_unknown(f"{place} x-page", entry, PAGE_KEYS)
    style: PagingStyle = entry.get("style", "page")
    if style not in get_args(PagingStyle):
        raise ContractError(f"{place} x-page: unknown style {style!r}; known: {', '.join(get_args(PagingStyle))}")
    if style == "cursor" and (given := next((key for key in ("totals", "last") if key in entry), None)):
        raise ContractError(f"{place} x-page: {given} belongs to pages, not to a cursor")
    return Paging(
        default=entry.get("default", 100),
        maximum=entry.get("maximum", 100),
        totals=entry.get("totals", False),
        last_page=entry.get("last"),
        style=style,
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
