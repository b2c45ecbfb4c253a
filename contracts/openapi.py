"""The OpenAPI document the simulator serves: the merged contracts without what only we read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kustomer_sandbox.contracts.documents import lookup, references
from kustomer_sandbox.contracts.model import METHODS, Contracts

_PARTS = ("schemas", "requestBodies", "parameters", "responses", "headers")


def openapi(contracts: Contracts) -> dict[str, Any]:
    """A plain OpenAPI 3.1 document of every operation; `x-` keys stay, unused components go."""
    document = contracts.document
    paths = {
        path: {key: _operation(key, value) for key, value in item.items()} for path, item in document["paths"].items()
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


def _operation(key: str, value: Any) -> Any:
    if key not in METHODS:
        return value
    shown = {name: part for name, part in value.items() if name != "x-tools"}
    return {**shown, "security": []} if "x-keyless" in value else shown


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
