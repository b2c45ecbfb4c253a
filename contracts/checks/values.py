"""Pure: which schemas a dotted path may lead to, in a record or below its attributes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from kustomer_sandbox.contracts.checks.whole import AllDocuments
from kustomer_sandbox.contracts.documents import resolve
from kustomer_sandbox.contracts.model import Resource, Schema
from kustomer_sandbox.contracts.vocabulary.complaints import nearest
from kustomer_sandbox.contracts.vocabulary.schema import types_of

ANY: Schema = {}
TEXT: Schema = {"type": "string"}
STAMPS: Mapping[str, Schema] = {
    "createdAt": TEXT, "updatedAt": TEXT, "modifiedAt": TEXT, "importedAt": TEXT, "rev": {"type": "integer"},
}  # fmt: skip
"""The attributes every record is given, whether its answers show them or not."""


def record_schema(whole: AllDocuments, resource: Resource) -> dict[str, Any]:
    """What a record of the type looks like in the store; its attributes are open if no schema names them."""
    shown = whole.schemas.get(resource.attributes_schema or "")
    attributes = {
        "type": "object",
        "properties": {**STAMPS, **resource.stored, **properties(whole, shown or {})},
        "additionalProperties": False,
    }
    related = {"type": "object", "properties": {"id": TEXT, "type": TEXT}, "additionalProperties": False}
    return {
        "type": "object",
        "properties": {
            **dict.fromkeys(("id", "klass", "deleted"), TEXT),
            "attributes": attributes,
            "relationships": {
                "type": "object",
                "properties": {r.name: related for r in resource.relationships if r.name != "org" and not r.links_only},
                "additionalProperties": False,
            },
        },
        "additionalProperties": False,
    }


def properties(whole: AllDocuments, schema: Schema) -> Mapping[str, Schema]:
    """The fields of an object schema, those of its parts included."""
    found: dict[str, Schema] = {}
    for part in forms(whole, schema):
        found |= part.get("properties", {})
    return found


def forms(whole: AllDocuments, schema: Schema) -> Iterator[Schema]:
    """A schema without references, and the schemas it is made of or allows instead."""
    schema = resolve(whole.merged, schema)
    yield schema
    for word in ("allOf", "anyOf", "oneOf"):
        for part in schema.get(word, ()):
            yield from forms(whole, part)


def leaves(whole: AllDocuments, schema: Schema, path: Sequence[str]) -> list[Schema]:
    """The schemas a path leads to; none if it leads nowhere, `{}` where anything may stand."""
    found = [form for form in forms(whole, schema) if not {"allOf", "anyOf", "oneOf"} & form.keys() or "type" in form]
    if not path:
        return found
    step, rest = path[0], path[1:]
    below: list[Schema] = []
    for form in found:
        below += _below(form, step)
    return [leaf for part in below for leaf in ([ANY] if part == ANY else leaves(whole, part, rest))]


def _below(form: Schema, step: str) -> list[Schema]:
    kinds = types_of(form)
    if not kinds and not form.keys() & {"properties", "items"}:
        return [ANY]
    if step == "*":
        return [form.get("items", ANY)] if "array" in kinds else []
    if "object" not in kinds:
        return []
    if step in form.get("properties", {}):
        return [form["properties"][step]]
    if "patternProperties" in form:
        return [ANY]
    other = form.get("additionalProperties", True)
    return [] if other is False else [ANY if other is True else other]


def kinds_of(schemas: Sequence[Schema]) -> set[str]:
    """The types a value may have, null left out; empty if it may have any."""
    kinds = [set(types_of(schema)) or {kind_of_constant(schema)} for schema in schemas]
    return set() if {""} in kinds or not kinds else set().union(*kinds) - {"null"}


def kind_of_constant(schema: Schema) -> str:
    """The type of a `const`; empty if there is none."""
    return {str: "string", bool: "boolean"}.get(type(schema.get("const")), "")


def lost(whole: AllDocuments, schema: Schema, path: Sequence[str]) -> str:
    """Where a path that leads nowhere ends, in words."""
    for length in range(1, len(path) + 1):
        if not leaves(whole, schema, path[:length]):
            known = sorted(
                {key for form in leaves(whole, schema, path[: length - 1]) for key in properties(whole, form)}
            )
            step, before = path[length - 1], ".".join(path[: length - 1])
            if step == "*":
                return f"{before} is no list, so it has no *"
            is_list = "array" in kinds_of(leaves(whole, schema, path[: length - 1]))
            hint = "; it is a list: write .*" if is_list else nearest(step, known)
            return f"{before or 'the record'} has no {step!r}{hint}"
    return "leads nowhere"
