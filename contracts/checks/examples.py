"""The examples: every body has one that fits it, and what they name could be there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from kustomer_sandbox.contracts.build.examples import RecordName, filled, record_name
from kustomer_sandbox.contracts.checks.whole import AllDocuments, Misfit, OperationPlace
from kustomer_sandbox.contracts.documents import resolve
from kustomer_sandbox.contracts.model import JSON, JSON_MEDIA_TYPE, Schema
from kustomer_sandbox.contracts.schemas import flatten
from kustomer_sandbox.contracts.validation import Checker, pointer
from kustomer_sandbox.contracts.vocabulary.complaints import nearest

HOW = (
    "is missing: after requestBody write the smallest useful body that the demo world accepts, on one line, such as"
    " `x-example: {customer: '@customer', name: Parcel not arrived}`; `@customer`, `@team:Billing` and"
    " `@team.members.0` name its records"
)
_SOME_ID = "0123456789abcdef01234567"


def examples(whole: AllDocuments) -> Iterator[Misfit]:
    """Every body has an example that fits its schema; it names records of types that there are."""
    for spot in whole.operations:
        if "requestBody" in spot.entry and "x-example" not in spot.entry:
            yield spot.wrong(HOW, "x-example")
        elif "x-example" in spot.entry and "requestBody" not in spot.entry:
            yield spot.wrong("the operation has no body", "x-example")
        elif "x-example" in spot.entry:
            yield from _fits(whole, spot, spot.entry["x-example"])
        yield from _of_paths(whole, spot)
        for at, tool in enumerate(spot.entry.get("x-tools", ())):
            yield from _of_tool(whole, spot, tool, "x-tools", at, "example")


def _fits(whole: AllDocuments, spot: OperationPlace, example: JSON) -> Iterator[Misfit]:
    """What a name stands for is only known in a world, so nothing is said of it here."""
    wrong = list(_unknown(whole, spot, example, "x-example"))
    yield from wrong
    schema = resolve(whole.merged, spot.entry["requestBody"])["content"].get(JSON_MEDIA_TYPE, {}).get("schema")
    if schema is not None and not wrong:
        yield from _misfits(whole, spot, schema, example, "x-example")


def _misfits(
    whole: AllDocuments, spot: OperationPlace, schema: Schema, example: JSON, *steps: str | int
) -> Iterator[Misfit]:
    for finding in Checker(schema, whole.merged).findings(filled(example, lambda _: _SOME_ID)):
        if not _is_named(example, finding.path):
            where = pointer(finding.path) or "/"
            yield spot.wrong(f"does not fit the schema at {where}: {finding.reason}", *steps)


def _of_tool(whole: AllDocuments, spot: OperationPlace, tool: Mapping[str, Any], *steps: str | int) -> Iterator[Misfit]:
    """What a tool's own example gives are its arguments, with values that they may have."""
    own = flatten(whole.schemas[tool["body"]], whole.merged) if "body" in tool else None
    schemas = {**{p["name"]: p["schema"] for p in whole.parameters(spot)}, **whole.body_fields(spot)}
    schemas |= own.properties if own else {}
    changes = tool.get("arguments", {})
    for name, value in tool.get("example", {}).items():
        change = changes.get(name, {})
        wire = change.get("name", name)
        if wire not in schemas:
            yield spot.wrong(f"{name!r} is no argument{nearest(name, [*changes, *schemas])}", *steps)
        elif value is not None:
            yield from _misfits(whole, spot, change.get("schema", schemas[wire]), value, *steps, name)
    yield from _unknown(whole, spot, tool.get("example", {}), *steps)


def _is_named(example: JSON, path: tuple[str | int, ...]) -> bool:
    for step in path:
        is_there = isinstance(example, list) or (isinstance(example, Mapping) and step in example)
        example = example[step] if is_there else None
    return record_name(example) is not None


def _of_paths(whole: AllDocuments, spot: OperationPlace) -> Iterator[Misfit]:
    known = [one["name"] for one in whole.parameters(spot) if one.get("required")]
    for name in spot.entry.get("x-example-parameters", {}):
        if name not in known:
            words = f"{name!r} is no parameter that must be given{nearest(name, known)}"
            yield spot.wrong(words, "x-example-parameters")
    yield from _unknown(whole, spot, spot.entry.get("x-example-parameters", {}), "x-example-parameters")
    for parameter in whole.parameters(spot):
        if "example" in parameter and not parameter.get("required"):
            yield spot.wrong(f"{parameter['name']!r} may be left out: it has no example", "parameters")
        yield from _unknown(whole, spot, parameter.get("example"), "parameters")


def _unknown(whole: AllDocuments, spot: OperationPlace, example: JSON, *steps: str | int) -> Iterator[Misfit]:
    """Names of record types that no document describes."""
    named: list[RecordName] = []
    filled(example, named.append)
    for name in named:
        if name.type not in whole.types:
            yield spot.wrong(f"{name.type!r} is no record type{nearest(name.type, list(whole.types))}", *steps)
