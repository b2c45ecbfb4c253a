"""Tools: names that follow from method and resource, kinds that follow from the method, fields that exist."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kustomer_sandbox.contracts.checks.operations import fixed_fields
from kustomer_sandbox.contracts.checks.whole import AllDocuments, Misfit, OperationPlace
from kustomer_sandbox.contracts.schemas import flatten
from kustomer_sandbox.contracts.vocabulary.complaints import nearest

KINDS = {"list": "read", "get": "read", "create": "write", "update": "write", "delete": "write"}
NAMES = {
    "list": "list_all_kustomer_{many}",
    "get": "get_single_kustomer_{one}_by_id",
    "create": "create_a_kustomer_{one}",
    "update": "update_a_kustomer_{one}_by_id",
    "delete": "delete_a_kustomer_{one}_by_id",
}
CUSTOM = "kustomer_{many}_{method}"
LONGEST_NAME, LONGEST_DESCRIPTION = 64, 2048
"""What every client takes: characters of a name, bytes of a description."""


def tools(whole: AllDocuments) -> Iterator[Misfit]:
    """Each tool of each operation; no name comes twice."""
    seen: set[str] = set()
    for spot in whole.operations:
        for at, tool in enumerate(spot.entry.get("x-tools", ())):
            place = ("x-tools", at)
            if tool["name"] in seen:
                yield spot.wrong(f"tool {tool['name']!r} is defined twice", *place, "name")
            seen.add(tool["name"])
            resource = tool.get("resource", spot.document.removesuffix(".yaml").replace("-", "_"))
            for key, words in [*_name(tool, resource), *_sizes(tool)]:
                yield spot.wrong(words, *place, key)
            yield from _fields(whole, spot, tool, *place)


def method_of(tool: dict[str, Any]) -> str | None:
    """The method: named, or read off a name that is built as the rule says; None if neither."""
    begins = {form.partition("{")[0]: method for method, form in NAMES.items()}
    found = next((method for begin, method in begins.items() if tool["name"].startswith(begin)), None)
    return tool.get("method", found)


def _name(tool: dict[str, Any], resource: str) -> Iterator[tuple[str, str]]:
    method = method_of(tool)
    if method is None:
        yield "method", "is missing: a custom tool names its method"
        return
    if tool["kind"] != (kind := KINDS.get(method, "custom")):
        yield "kind", f"must be {kind}, the kind of {method!r} tools, not {tool['kind']!r}"
    built = NAMES.get(method, CUSTOM).format(many=resource, one=singular(resource), method=method)
    if tool["name"] != built:
        yield "name", f"must be {built!r}, as built from resource {resource!r} and method {method!r}"


def singular(resource: str) -> str:
    """A resource's name with its last word in the singular."""
    for ending, ends in (("ies", "y"), ("sses", "ss"), ("s", "")):
        if resource.endswith(ending):
            return resource.removesuffix(ending) + ends
    return resource


def _sizes(tool: dict[str, Any]) -> Iterator[tuple[str, str]]:
    if len(tool["name"]) > LONGEST_NAME:
        yield "name", f"is longer than {LONGEST_NAME} characters"
    if len(" ".join(tool["description"].split()).encode()) > LONGEST_DESCRIPTION:
        yield "description", f"is longer than {LONGEST_DESCRIPTION} bytes"


def _fields(whole: AllDocuments, spot: OperationPlace, tool: dict[str, Any], *place: str | int) -> Iterator[Misfit]:
    """Hidden and fixed fields and arguments are parameters or body fields; a body of its own is a form of the body."""
    if "body" in tool and tool["body"] not in whole.schemas:
        near = nearest(tool["body"], list(whole.schemas))
        yield spot.wrong(f"there is no schema {tool['body']!r}{near}", *place, "body")
        return
    own = flatten(whole.schemas[tool["body"]], whole.merged) if "body" in tool else None
    fields = list(own.properties) if own else [] if "body" in tool else list(whole.body_fields(spot))
    known = {
        "body": fields or (["body"] if "requestBody" in spot.entry else []),
        **{where: [p["name"] for p in whole.parameters(spot) if p["in"] == where] for where in ("path", "query")},
    }
    yield from fixed_fields(whole, spot, tool.get("fixed", {}), *place, "fixed")
    every = [name for names in known.values() for name in names]
    for name in tool.get("hide", ()):
        if name not in every:
            yield spot.wrong(f"{name!r} is no parameter or body field{nearest(name, every)}", *place, "hide")
    renamed = {change.get("name", name): name for name, change in tool.get("arguments", {}).items()}
    for name in tool.get("seldom", ()):
        arguments = [
            renamed.get(wire, wire) for wire in every if wire not in {*tool.get("fixed", {}), *tool.get("hide", ())}
        ]
        if name not in arguments:
            yield spot.wrong(f"{name!r} is no argument{nearest(name, arguments)}", *place, "seldom")
    for name, change in tool.get("arguments", {}).items():
        wire = change.get("name", name)
        allowed = known[change["in"]] if "in" in change else every
        if wire not in allowed:
            words = f"{wire!r} matches no parameter or body field{nearest(wire, allowed)}"
            yield spot.wrong(words, *place, "arguments", name)
        elif wire in tool.get("fixed", {}) or wire in tool.get("hide", ()):
            yield spot.wrong(f"{wire!r} is hidden or fixed, so it is no argument", *place, "arguments", name)
