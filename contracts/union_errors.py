"""Pure: which branch of a failed `oneOf` or `anyOf` a value was meant for, and what its other branches are called.

Most choices are told apart by a tag: a property that every branch pins to a constant (`channel`, `type`). A value
is held against the branch its tag names; fields that belong to other branches are known by those branches' titles.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from kustomer_sandbox.contracts.model import Schema

_DEFS = "#/$defs/"


class Branch(NamedTuple):
    """One way a choice could have been met: its schema and what the value fails there."""

    schema: Schema
    errors: Sequence[Any]

    @property
    def fields(self) -> Mapping[str, Schema]:
        """The properties the branch knows."""
        known: Mapping[str, Schema] = self.schema.get("properties", {})
        return known

    def misfit(self) -> tuple[int, int]:
        """How badly a value fits: by its unexpected and missing fields, then by all that is wrong."""
        return sum(_shape(error) for error in self.errors), len(self.errors)


def branches(root: Schema, error: Any) -> list[Branch]:
    """The failed branches of a choice, in the contract's order; `root` is the bundled schema that was checked."""
    schemas: Any = root
    for part in error.schema_path:
        schemas = schemas[part]
    pairs = zip(schemas, error.kind.context, strict=True)
    return [Branch(_resolved(root, schema), errors) for schema, errors in pairs if errors]


def tag(found: Sequence[Branch]) -> str | None:
    """The property that every branch pins to constants, not all to the same; None if there is none."""
    for name in found[0].fields if len(found) > 1 else ():
        pinned = [pins(branch.fields.get(name, {})) for branch in found]
        if all(pinned) and len({str(values) for values in pinned}) > 1:
            return name
    return None


def leading(found: Sequence[Branch]) -> dict[str, Branch]:
    """The branches by the one field that each asks for and no other knows; nothing if they are not told apart so."""
    led = dict[str, Branch]()
    for branch in found if len(found) > 1 else ():
        others = [other for other in found if other is not branch]
        own = [name for name in branch.schema.get("required", ()) if not any(name in other.fields for other in others)]
        if len(own) != 1:
            return {}
        led[own[0]] = branch
    return led


def pins(schema: Schema) -> tuple[Any, ...]:
    """The constants a property is pinned to: that of `const`, or those of `enum`."""
    return (schema["const"],) if "const" in schema else tuple(schema.get("enum", ()))


def is_meant(branch: Branch, path: Sequence[str | int], name: str) -> bool:
    """Whether the value's tag is the branch's own: neither absent nor another."""
    return not any(
        tuple(error.instance_path) == (*path, name)
        or (error.kind.name == "required" and tuple(error.instance_path) == tuple(path) and missing(error) == name)
        for error in branch.errors
    )


def missing(error: Any) -> str:
    """The property a `required` error misses."""
    return str(error.kind.property).strip('"')


def is_missing(branch: Branch, path: Sequence[str | int], name: str) -> bool:
    """Whether the branch asks for a tag that the value does not have."""
    return any(
        error.kind.name == "required" and tuple(error.instance_path) == tuple(path) and missing(error) == name
        for error in branch.errors
    )


def knowing(found: Iterable[Branch], field: str) -> list[str]:
    """The titles of the branches that know a field."""
    return [str(branch.schema["title"]) for branch in found if field in branch.fields and "title" in branch.schema]


def _shape(error: Any) -> int:
    return len(getattr(error.kind, "unexpected", ())) or int(error.kind.name == "required")


def _resolved(root: Schema, schema: Schema) -> Schema:
    while str(schema.get("$ref", "")).startswith(_DEFS):
        schema = root["$defs"][schema["$ref"].removeprefix(_DEFS)]
    return schema
