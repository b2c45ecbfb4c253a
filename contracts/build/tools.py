"""Turns the `x-tools` of an operation into tools with a flat list of arguments."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kustomer_sandbox.contracts.documents import make_source
from kustomer_sandbox.contracts.model import (
    Argument,
    ContractError,
    Hints,
    Operation,
    Parameter,
    Schema,
    Tool,
)
from kustomer_sandbox.contracts.schemas import flatten

PAGE_PARAMETERS = {"page", "pageSize"}


def make_tool(entry: Mapping[str, Any], *, place: str, operation: Operation, document: Mapping[str, Any]) -> Tool:
    """One tool of an operation from its entry in the contract, which stands at `place`. Raises `ContractError`."""
    method = _method_name(place, entry)
    _refuse_unserved(place, entry, operation)
    fixed = dict(entry.get("fixed", {}))
    body = {"$ref": f"#/components/schemas/{entry['body']}"} if "body" in entry else operation.body
    paged = operation.paging is not None
    named = {change.get("name", name) for name, change in entry.get("arguments", {}).items()}
    # Brackets are no letters of an argument's name: such a parameter is one only where the contract gives it another.
    offered = tuple(one for one in operation.parameters if "[" not in one.name or one.name in named)
    defaults = _default_arguments(offered, body, document, paged=paged)
    arguments = _arguments(place, entry.get("arguments", {}), defaults, set(entry.get("hide", ())) | set(fixed))
    return Tool(
        name=entry["name"],
        title=entry["title"],
        kind=entry["kind"],
        method_name=method,
        resource=entry.get("resource", operation.resource.name.replace("-", "_")),
        tags=tuple(entry["tags"]),
        description=" ".join(entry["description"].split()),
        operation_id=operation.id,
        arguments=arguments,
        fixed=fixed,
        whole_body=body is not None and flatten(body, document) is None,
        paged=paged,
        hints=_hints(entry, method, operation.method),
        source=make_source(entry["source"]),
        seldom=_seldom(place, entry, arguments),
    )


def _method_name(place: str, entry: Mapping[str, Any]) -> str:
    if "method" not in entry:
        raise ContractError(f"{place}: method is missing: a custom tool names its method")
    return str(entry["method"])


def _refuse_unserved(place: str, entry: Mapping[str, Any], operation: Operation) -> None:
    """Refuse a tool of an operation that the tool server could not call: one without JSON, one read by cursor."""
    if operation.bodies and operation.body is None and "body" not in entry:
        raise ContractError(f"{place}: a tool sends JSON; the operation takes {', '.join(operation.bodies)}")
    if operation.paging is not None and operation.paging.style == "cursor":
        raise ContractError(f"{place}: tools read pages by number; the operation is read by cursor")


def _default_arguments(
    parameters: tuple[Parameter, ...], body: Schema | None, document: Mapping[str, Any], *, paged: bool
) -> dict[tuple[str, str], Argument]:
    found: dict[tuple[str, str], Argument] = {}
    for parameter in parameters:
        if not (paged and parameter.name in PAGE_PARAMETERS):
            found[parameter.place, parameter.name] = Argument(
                name=parameter.name,
                place=parameter.place,
                wire=parameter.name,
                required=parameter.required,
                schema=parameter.schema,
                description=parameter.description,
            )
    if body is not None:
        for name, schema, required in _body_properties(body, document):
            found["body", name] = Argument(name=name, place="body", wire=name, required=required, schema=schema)
    return found


def _body_properties(body: Schema, document: Mapping[str, Any]) -> list[tuple[str, Schema, bool]]:
    flat = flatten(body, document)
    if flat is None:
        return [("body", body, True)]
    return [(name, schema, name in flat.required) for name, schema in flat.properties.items()]


def _arguments(
    place: str, changes: Mapping[str, Any], defaults: dict[tuple[str, str], Argument], hidden: set[str]
) -> tuple[Argument, ...]:
    renamed: dict[tuple[str, str], Argument] = {}
    for name, change in changes.items():
        key = _changed_key(place, name, change, defaults)
        old = defaults[key]
        renamed[key] = Argument(
            name=name,
            place=old.place,
            wire=old.wire,
            required=change.get("required", old.required),
            schema=change.get("schema", old.schema),
            description=change.get("description", old.description),
        )
    kept = [renamed.get(key, argument) for key, argument in defaults.items() if argument.wire not in hidden]
    names = [argument.name for argument in kept]
    if len(names) != len(set(names)):
        raise ContractError(f"{place}: two arguments share a name: {sorted(names)}")
    return tuple(kept)


def _seldom(place: str, entry: Mapping[str, Any], arguments: tuple[Argument, ...]) -> tuple[str, ...]:
    names = tuple(entry.get("seldom", ()))
    needed = [argument.name for argument in arguments if argument.required and argument.name in names]
    if needed:
        raise ContractError(f"{place}: an argument that is required cannot be seldom needed: {needed}")
    return names


def _changed_key(
    place: str, name: str, change: Mapping[str, Any], defaults: Mapping[tuple[str, str], Argument]
) -> tuple[str, str]:
    wire = change.get("name", name)
    places = [change["in"]] if "in" in change else ["path", "query", "body"]
    for where in places:
        if (where, wire) in defaults:
            return (where, wire)
    raise ContractError(f"{place}: argument {name!r} matches no parameter or body field {wire!r}")


def _hints(entry: Mapping[str, Any], method: str, http_method: str) -> Hints:
    given = entry.get("hints", {})
    read_only = given.get("read_only", entry["kind"] == "read" or http_method == "GET")
    return Hints(
        read_only=read_only,
        destructive=given.get("destructive", method in ("delete", "bulk_delete") and not read_only),
        idempotent=given.get("idempotent", read_only or http_method in ("PUT", "DELETE")),
    )
