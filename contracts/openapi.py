"""The OpenAPI document the simulator serves: the merged contracts without what only we read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kustomer_sandbox.contracts.build.described import description
from kustomer_sandbox.contracts.build.examples import Find, body_example, filled, parameters_example
from kustomer_sandbox.contracts.documents import lookup, references, resolve
from kustomer_sandbox.contracts.model import METHODS, Contracts, Operation

_PARTS = ("schemas", "requestBodies", "parameters", "responses", "headers")
_OURS = ("x-tools", "x-example", "x-example-parameters")


def openapi(contracts: Contracts, find: Find | None = None) -> dict[str, Any]:
    """A plain OpenAPI 3.1 document of every operation; `x-` keys stay, unused components go.

    With a way to find the records that examples name, bodies and path parameters have them.
    """
    document = contracts.document
    by_place = {(one.path, one.method.lower()): one for one in contracts.operations.values()}
    paths = {
        path: {
            key: _operation(contracts, by_place[path, key], value, find) if key in METHODS else value
            for key, value in item.items()
            if find is None or key != "parameters"
        }
        for path, item in document["paths"].items()
    }
    whole: dict[str, Any] = {
        "openapi": "3.1.0",
        "info": dict(document["info"]),
        "paths": paths,
        "components": {"securitySchemes": dict(document["components"]["securitySchemes"])},
        "security": [{"ApiKey": []}],
    }
    for kind, parts in _used(paths, document).items():
        whole["components"][kind] = parts
    return whole


def _operation(contracts: Contracts, operation: Operation, entry: Mapping[str, Any], find: Find | None) -> Any:
    plain = {name: part for name, part in entry.items() if name not in _OURS}
    plain["description"] = description(operation, entry.get("description", ""))
    if operation.keyless:
        plain["security"] = []
    if find is None:
        return plain
    needed = {name: filled(value, find) for name, value in parameters_example(contracts, operation).items()}
    # What the path says of its parameters is said again here, with the values of this operation.
    every = [*contracts.document["paths"][operation.path].get("parameters", ()), *entry.get("parameters", ())]
    if every:
        plain["parameters"] = [_parameter(contracts.document, one, needed) for one in every]
    if "requestBody" in entry:
        plain["requestBody"] = _body(contracts, operation, entry["requestBody"], find)
    return plain


def _parameter(document: Mapping[str, Any], written: Mapping[str, Any], needed: Mapping[str, Any]) -> Any:
    parameter = resolve(document, written)
    value = needed.get(parameter["name"])
    # The document's own example may be a record's name.
    plain = {key: part for key, part in parameter.items() if key != "example"}
    return written if not parameter.get("required") else plain | ({} if value is None else {"example": value})


def _body(contracts: Contracts, operation: Operation, written: Mapping[str, Any], find: Find) -> dict[str, Any]:
    body = resolve(contracts.document, written)
    example = filled(body_example(contracts, operation), find)
    # Readers that ask whether there is an example take an empty object for none; under a name it is seen.
    told = {"example": example} if example else {"examples": {"empty": {"value": example}}}
    return {**body, "content": {kind: {**media, **told} for kind, media in body["content"].items()}}


def _used(paths: Mapping[str, Any], document: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The components reachable from the paths, by kind, in name order."""
    seen: set[str] = set()
    queue = list(references(paths))
    while queue:
        ref = queue.pop()
        if ref not in seen:
            seen.add(ref)
            queue.extend(references(lookup(document, ref[1:])))
    used: dict[str, dict[str, Any]] = {}
    for kind in _PARTS:
        names = sorted(ref.rsplit("/", 1)[1] for ref in seen if ref.startswith(f"#/components/{kind}/"))
        if names:
            used[kind] = {name: document["components"][kind][name] for name in names}
    return used
