"""What the keywords of one schema ask of each other beyond its own keys: required fields, constants, defaults."""

from __future__ import annotations

from collections.abc import Iterator

from kustomer_sandbox.contracts.checks.values import properties
from kustomer_sandbox.contracts.checks.whole import AllDocuments, Misfit, fits
from kustomer_sandbox.contracts.model import JSON, Schema
from kustomer_sandbox.contracts.validation import Checker
from kustomer_sandbox.contracts.vocabulary.complaints import Steps, nearest
from kustomer_sandbox.contracts.vocabulary.schema import SCHEMA, types_of
from kustomer_sandbox.contracts.vocabulary.shapes import shown


def consistent(whole: AllDocuments) -> Iterator[Misfit]:
    """Each schema of each document."""
    for name, place in whole.places:
        if place.chosen is SCHEMA:
            for steps, words in _faults(whole, place.value):
                yield Misfit(name, (*place.steps, *steps), words)


def _faults(whole: AllDocuments, schema: Schema) -> Iterator[tuple[Steps, str]]:
    yield from _required(whole, schema)
    yield from _constants(schema)
    if "default" in schema:
        rest = _merged({key: value for key, value in schema.items() if key != "default"})
        for finding in Checker(rest, whole.merged).findings(schema["default"])[:1]:
            yield ("default",), f"{shown(schema['default'])} does not fit the schema: it {finding.reason}"


def _required(whole: AllDocuments, schema: Schema) -> Iterator[tuple[Steps, str]]:
    """Required fields are fields. A part that is nothing but `required` speaks of the schema around it."""
    asked: list[tuple[Steps, Schema]] = [((), schema)] if set(schema) != {"required"} else []
    asked += [
        ((word, at), part)
        for word in ("allOf", "anyOf", "oneOf")
        for at, part in enumerate(schema.get(word, ()))
        if set(part) == {"required"}
    ]
    known: list[str] | None = None
    for steps, part in asked:
        for field in part.get("required", ()):
            known = list(properties(whole, _merged(schema))) if known is None else known
            if field not in known:
                yield (*steps, "required"), f"{field!r} is none of the properties{nearest(field, known)}"


def _merged(node: JSON) -> JSON:
    """A copy whose references point into the merged document."""
    if isinstance(node, dict):
        return {
            key: "#" + part.partition("#")[2] if key == "$ref" and isinstance(part, str) else _merged(part)
            for key, part in node.items()
        }
    return [_merged(item) for item in node] if isinstance(node, list) else node


def _constants(schema: Schema) -> Iterator[tuple[Steps, str]]:
    kinds = types_of(schema)
    values: list[tuple[Steps, JSON]] = [(("const",), schema["const"])] if "const" in schema else []
    values += [(("enum", at), value) for at, value in enumerate(schema.get("enum", ()))]
    for steps, value in values:
        if kinds and not any(fits(value, kind) for kind in kinds):
            yield steps, f"must be of type {' or '.join(kinds)}, not {shown(value)}"
