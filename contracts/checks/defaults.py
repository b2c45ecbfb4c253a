"""The options of `x-default`: indexes that exist and fit, parameters of the path, methods that fit the verb."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kustomer_sandbox.contracts.checks.values import kinds_of, leaves, record_schema
from kustomer_sandbox.contracts.checks.whole import AllDocuments, Misfit, OperationPlace
from kustomer_sandbox.contracts.model import Resource
from kustomer_sandbox.contracts.vocabulary.complaints import nearest

METHODS_OF = {
    "get": ("get",), "list": ("get",), "lookup": ("get",), "create": ("post",), "update": ("put", "patch"),
    "delete": ("delete",),
}  # fmt: skip
NEEDS_ID = ("get", "update", "delete")
NEEDS_BODY = ("create", "update")


def options(whole: AllDocuments) -> Iterator[Misfit]:
    """Each operation that a default serves."""
    for spot in whole.operations:
        value = spot.entry.get("x-default")
        if value is not None:
            default = {"do": value} if isinstance(value, str) else value
            resource = whole.resources[spot.document]
            yield from _verb(whole, spot, default["do"])
            yield from _index(whole, spot, resource, default)
            yield from _types(whole, spot, resource, default)


def _verb(whole: AllDocuments, spot: OperationPlace, verb: str) -> Iterator[Misfit]:
    if spot.method not in METHODS_OF[verb]:
        yield spot.wrong(f"{verb!r} serves {' or '.join(METHODS_OF[verb]).upper()}", "x-default")
    if verb in NEEDS_ID and "id" not in whole.path_parameters(spot):
        yield spot.wrong(f"{verb!r} needs a path parameter id", "x-default")
    if verb in NEEDS_BODY and not whole.body_fields(spot):
        yield spot.wrong(f"{verb!r} needs a body with fields", "x-default")


def _index(whole: AllDocuments, spot: OperationPlace, resource: Resource, default: dict[str, Any]) -> Iterator[Misfit]:
    name = default.get("index")
    if name is not None and name != "id" and name not in resource.indexes:
        known = list(resource.indexes)
        yield spot.wrong(f"{resource.type} has no index {name!r}{nearest(name, known)}", "x-default", "index")
        return
    for at, one in enumerate(default.get("by", ())):
        yield from _by(whole, spot, resource, one, at)
    if "at" in default:
        yield from _at(whole, spot, resource, default)


def _by(whole: AllDocuments, spot: OperationPlace, resource: Resource, name: str, at: int) -> Iterator[Misfit]:
    """What a list is filtered and sorted by is the index of the attribute of this name, which holds instants."""
    index = resource.indexes.get(name)
    if index is None:
        words = f"{resource.type} has no index {name!r}{nearest(name, list(resource.indexes))}"
    elif index.path != ("attributes", name) or index.joined:
        words = f"index {name!r} must be that of attributes.{name} alone: records are filtered by it"
    else:
        held = kinds_of(leaves(whole, record_schema(whole, resource), index.path))
        words = "" if held == {"string"} else f"{name!r} holds no instants: they are texts"
    if words:
        yield spot.wrong(words, "x-default", "by", at)


def _at(whole: AllDocuments, spot: OperationPlace, resource: Resource, default: dict[str, Any]) -> Iterator[Misfit]:
    at, name = default["at"].removeprefix("path."), default["index"]
    parameters = whole.path_parameters(spot)
    if at not in parameters:
        yield spot.wrong(f"{at!r} is no parameter of the path{nearest(at, list(parameters))}", "x-default", "at")
        return
    index = resource.indexes.get(name)
    if default["do"] == "lookup":
        if name != at:
            yield spot.wrong(f"must be the index that bears the parameter's name, {at!r}", "x-default", "index")
        if index is not None and not index.unique:
            yield spot.wrong(f"index {name!r} is not unique, so a look-up may find several", "x-default", "index")
    if index is not None and not index.joined:
        given, held = kinds_of([parameters[at]]), kinds_of(leaves(whole, record_schema(whole, resource), index.path))
        given = kinds_of(leaves(whole, parameters[at], ()))
        if given and held and not given & held:
            words = (
                f"index {name!r} holds {' or '.join(sorted(held))} values, and {at!r} is a {' or '.join(sorted(given))}"
            )
            yield spot.wrong(words, "x-default", "index")


def _types(whole: AllDocuments, spot: OperationPlace, resource: Resource, default: dict[str, Any]) -> Iterator[Misfit]:
    """The type that `to` names exists and is the one that the index leads to; so do those of the body's fields."""
    for field, schema in whole.body_fields(spot).items():
        kind = schema.get("x-ref")
        if kind is not None and kind not in whole.types:
            yield spot.wrong(
                f"{field!r} names {kind!r}, no record type{nearest(kind, list(whole.types))}", "requestBody"
            )
    to = default.get("to")
    if to is None:
        return
    if to not in whole.types:
        yield spot.wrong(f"{to!r} is no record type{nearest(to, list(whole.types))}", "x-default", "to")
    if "id" not in whole.path_parameters(spot):
        yield spot.wrong("needs a path parameter id", "x-default", "to")
    path = resource.indexes[default["index"]].path if default.get("index") in resource.indexes else ()
    related = {relation.name: relation.type for relation in resource.relationships}
    leads = related.get(path[1]) if path[:1] == ("relationships",) else None
    if leads is not None and leads != to:
        yield spot.wrong(f"index {default['index']!r} leads to {leads} records, not {to}", "x-default", "to")
