"""The keywords of JSON Schema 2020-12 that our documents use; the loader refuses every other."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from kustomer_sandbox.contracts.vocabulary.forms import Either, Form, KnownKey, Later, Listing, Names
from kustomer_sandbox.contracts.vocabulary.shapes import Anything, Flag, Name, Number, Shape, Text, Word

TYPES = ("array", "boolean", "integer", "null", "number", "object", "string")
FORMATS = ("binary", "date", "date-time", "email", "uri")
BESIDE_REF = ("$ref", "default", "description", "title", "x-ref")
"""What may stand beside a `$ref`: what is said of this use of the schema. Other keywords belong to the schema."""

REFERENCE_TEXT = Text(
    "a reference to a component (`common.yaml#/components/schemas/ObjectId`)",
    r"([a-z-]+\.yaml)?#/components/[a-zA-Z]+/[A-Za-z0-9-]+",
)
SCHEMA_NAME = Name("schemas", "a type (`string`, `object`, …) or a schema's name", TYPES)
_REFERENCE = Name("schemas", "a schema's name or a reference to it (`common.yaml#/components/schemas/ObjectId`)", (),
    rf"[A-Z][A-Za-z0-9]*|{REFERENCE_TEXT.pattern}")  # fmt: skip
_SCHEMA = Either((SCHEMA_NAME, Later("Schema", lambda: SCHEMA)))
TYPE_NAME = Text("a record type (`unmasking_window`)", r"[a-z]+(_[a-z]+)*")
_COUNT = Number(least=0)

KEYWORDS_OF: Mapping[str, tuple[str, ...]] = {
    "string": ("pattern", "format", "minLength", "maxLength"),
    "number": ("minimum", "maximum"),
    "array": ("items", "minItems", "maxItems", "uniqueItems"),
    "object": (
        "properties", "patternProperties", "additionalProperties", "propertyNames", "required", "minProperties",
        "maxProperties",
    ),
}  # fmt: skip
"""The keywords that speak of one type only (`number` includes `integer`)."""

_BOUNDS = (
    ("minLength", "maxLength"), ("minimum", "maximum"), ("minItems", "maxItems"), ("minProperties", "maxProperties"),
)  # fmt: skip


class Pattern(Text):
    """Text that is a regular expression."""

    __slots__ = ()

    def fault(self, value: Any) -> str | None:
        if (wrong := super().fault(value)) is not None:
            return wrong
        try:
            re.compile(value)
        except re.error as fault:
            return f"must be a regular expression, not {value!r}: {fault}"
        return None


def types_of(schema: Mapping[str, Any]) -> tuple[str, ...]:
    """The types a schema names itself."""
    kinds = schema.get("type", ())
    return (kinds,) if isinstance(kinds, str) else tuple(kinds)


def _keywords_fit(schema: Mapping[str, Any]) -> str | None:
    """A keyword of strings on a number checks nothing, so it is a mistake; `integer` counts as `number`."""
    types = {"number" if kind == "integer" else kind for kind in types_of(schema)}
    for kind, keywords in KEYWORDS_OF.items():
        for keyword in keywords:
            if types and keyword in schema and kind not in types:
                return f"{keyword} says something of {kind} values, and type is {' or '.join(sorted(types))}"
    return None


def _typed(schema: Mapping[str, Any]) -> str | None:
    """Keywords without `type` let every other type pass; `required` alone is a condition on the schema around it.

    With `properties` or `allOf` it is an object.
    """
    if not {"type", "properties", "allOf"} & set(schema) and (set(schema) - {"required"}):
        for kind, keywords in KEYWORDS_OF.items():
            keyword = next((word for word in keywords if word in schema), None)
            if keyword:
                return f"type is missing: {keyword} says something of {kind} values only"
    return None


def _alone(schema: Mapping[str, Any]) -> str | None:
    beside = [key for key in schema if key not in BESIDE_REF] if "$ref" in schema else []
    return f"{beside[0]} cannot stand beside $ref" if beside else None


def _without(schema: Mapping[str, Any]) -> str | None:
    return "x-without needs an allOf to take fields from" if "x-without" in schema and "allOf" not in schema else None


def _bounds(schema: Mapping[str, Any]) -> str | None:
    for low, high in _BOUNDS:
        if low in schema and high in schema and schema[low] > schema[high]:
            return f"{low} is larger than {high}"
    return None


def _either(*shapes: Shape) -> Either:
    return Either(shapes)


SCHEMA: Form = Form(
    "Schema",
    "What a value may be. JSON Schema 2020-12; `{}` allows every value. Where it is nothing but a type or the name of a"
    " schema, the word stands alone: `string`, `ObjectId`.",
    (
        KnownKey("$ref", _REFERENCE,
            "The schema that stands there; needed only where more is said than its name."),
        KnownKey("title", Text(), "What the form is called in messages, where several are allowed."),
        KnownKey("description", Text(), "What the value means, for readers and models."),
        KnownKey("type", _either(Word(TYPES), Listing(Word(TYPES), least=1)),
            "The type, or the types, a value may have; `object` unless given where there are `properties`."),
        KnownKey("const", _either(Text(), Flag(), Number()), "The one value."),
        KnownKey("enum", Listing(Anything(), least=1), "The values there are."),
        KnownKey("default", Anything(), "The value that stands for none; it fits the schema."),
        KnownKey("format", Word(FORMATS), "The form of a text."),
        KnownKey("pattern", Pattern("regular expression"), "What a text looks like."),
        KnownKey("minLength", _COUNT, "The fewest characters of a text."),
        KnownKey("maxLength", _COUNT, "The most characters of a text."),
        KnownKey("minimum", Number(), "The least number."),
        KnownKey("maximum", Number(), "The greatest number."),
        KnownKey("items", _SCHEMA, "What each item of a list may be."),
        KnownKey("minItems", _COUNT, "The fewest items."),
        KnownKey("maxItems", _COUNT, "The most items."),
        KnownKey("uniqueItems", Flag(), "Whether each item may come once only."),
        KnownKey("properties", Names("fields", _SCHEMA), "The fields of an object."),
        KnownKey("patternProperties", Names("patterns of names", _SCHEMA, Pattern("regular expression"), least=1),
            "What fields whose names match may be."),
        KnownKey("additionalProperties", _either(Flag(), _SCHEMA),
            "What other fields may be; none unless given where there are `properties`."),
        KnownKey("propertyNames", _SCHEMA, "What the names of fields may be."),
        KnownKey("required", Listing(Text(), least=1), "The fields that must be there; each is one of `properties`."),
        KnownKey("minProperties", _COUNT, "The fewest fields."),
        KnownKey("maxProperties", _COUNT, "The most fields."),
        KnownKey("allOf", Listing(_SCHEMA, least=1),
            "Objects of this document whose fields are taken over; `properties` adds some or narrows them."),
        KnownKey("x-without", Listing(Text("a field's name", r"[A-Za-z][A-Za-z0-9]*"), least=1),
            "Fields of `allOf` that are not taken over."),
        KnownKey("anyOf", Listing(_SCHEMA, least=1), "Schemas of which at least one holds."),
        KnownKey("oneOf", Listing(_SCHEMA, least=1), "Schemas of which exactly one holds."),
        KnownKey("x-ref", TYPE_NAME, "The type of the record that the value names; it becomes a relationship."),
        KnownKey("x-tags", Flag(), "Whether the value names tags, by name or id; unknown names become new tags."),
        KnownKey("x-custom", Flag(), "Whether the value holds custom attributes, which the metadata checks."),
    ),
    (_alone, _typed, _keywords_fit, _bounds, _without),
)  # fmt: skip

SCHEMA_OR_NAME = _SCHEMA
