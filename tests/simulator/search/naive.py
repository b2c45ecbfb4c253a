"""A second opinion on searches: one criterion on one stored record, read plainly off the contract's declaration."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any

from kustomer_sandbox.contracts.build.search_operators import OPERATORS
from kustomer_sandbox.contracts.model import SearchAttribute
from kustomer_sandbox.simulator.values.record import JSON, Record

IDS = ["a" * 24, "b" * 24]
UNKNOWN: dict[str, list[Any]] = {
    "number": [1, 2],
    "boolean": [True, False],
    "datetime": ["2026-06-01T00:00:00.000Z", "2026-06-02T00:00:00.000Z"],
    "list": IDS,
}
"""What to ask for where no record has a value."""


def stored_values(record: Record, path: Sequence[str]) -> Iterator[Any]:
    """Everything at a path; the last step may be `?` (is there and not false), `#` (how many) or `**` (all texts)."""
    nodes: list[Any] = [record]
    for step in path:
        if step in ("?", "#", "**"):
            (node,) = nodes or [None]
            yield from leaves(node) if step == "**" else [node not in (None, False) if step == "?" else len(node or [])]
            return
        flat = [item for node in nodes for item in (node if isinstance(node, list) else [node])]
        nodes = flat if step == "*" else [item[step] for item in flat if isinstance(item, dict) and step in item]
    for node in nodes:
        yield from (item for item in (node if isinstance(node, list) else [node]) if item is not None)


def leaves(node: JSON) -> list[str]:
    inner = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    return [node] if isinstance(node, str) else [text for item in inner for text in leaves(item)]


def meant(attribute: SearchAttribute, value: JSON) -> JSON:
    """A value of a caller or of a record in the form in which they are compared."""
    value = attribute.schema.get("values", {}).get(value, value) if isinstance(value, str) else value
    if attribute.operator in ("string", "text", "any"):
        return str(value).lower()
    return datetime.fromisoformat(value) if attribute.operator == "datetime" else value


def of(attribute: SearchAttribute, record: Record) -> list[Any]:
    """What a record says of an attribute; of `any`, all its texts as one."""
    found = list(stored_values(record, attribute.path))
    if attribute.operator == "any":
        return ["\n".join(found).lower()] if found else []
    return [meant(attribute, value) for value in found]


def holds(attribute: SearchAttribute, operator: str, wanted: JSON, record: Record) -> bool:
    """Whether a record satisfies `{attribute: {operator: wanted}}`; a `not_` operator is the opposite of its twin."""
    if operator.startswith("not_"):
        return not holds(attribute, operator.removeprefix("not_"), wanted, record)
    values = of(attribute, record)
    if operator == "set":
        return bool(values)
    if operator == "in":
        return any(value in [meant(attribute, one) for one in wanted] for value in values)
    one = meant(attribute, wanted)
    if operator == "contains" and attribute.operator in ("text", "any"):
        return any(words(one) <= words(value) for value in values)
    compared: dict[str, Callable[[Any], bool]] = {
        "equals": lambda value: bool(value == one),
        "contains": lambda value: one in value,
        "prefix": lambda value: value.startswith(one),
        "gte": lambda value: value >= one,
        "gt": lambda value: value > one,
        "lte": lambda value: value <= one,
        "lt": lambda value: value < one,
    }
    return any(map(compared[operator], values))


def words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.lower()))


def asked(attribute: SearchAttribute, records: Sequence[Record]) -> Iterator[tuple[str, Any]]:
    """Each operator of the attribute with a value that some record has, if any has one, in a caller's words."""
    first, second = samples(attribute, records)
    for operator in OPERATORS.get(attribute.operator, ()):
        if operator in ("set", "not_set"):
            yield operator, ""
        elif operator in ("in", "not_in"):
            yield operator, [first, second]
        elif operator in ("contains", "not_contains"):
            yield operator, next(iter(sorted(words(first))), first)
        else:
            yield operator, first[:3] if operator == "prefix" else first


def samples(attribute: SearchAttribute, records: Sequence[Record]) -> tuple[Any, Any]:
    """Two values to ask for, alike where the records have but one."""
    caller = {stored: word for word, stored in attribute.schema.get("values", {}).items()}
    stored = (value for record in records for value in stored_values(record, attribute.path))
    found = [str(value) if attribute.operator == "string" else caller.get(value, value) for value in stored]
    known = found or attribute.schema.get("enum") or UNKNOWN.get(attribute.operator, ["x y", "z"])
    if not found and "pattern" in attribute.schema:
        known = IDS if attribute.operator == "list" else ["+15550199", "+15550198"]
    return known[0], known[len(known) // 2]
