"""`aggs`: counts and reductions over everything a search finds, answered in `meta.aggregations`.

The documents say only that `aggs` is an object and where its answer stands. The form here is the one of the
search engines such APIs are built on (assumed): `{name: {terms: {field: attribute, size: 10}}}`, and `min`,
`max`, `avg`, `sum` or `value_count` in place of `terms`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

from kustomer_sandbox.simulator.search.attributes import SearchAttributes
from kustomer_sandbox.simulator.search.query import Aggregation, Attribute, Query
from kustomer_sandbox.simulator.search.values import values
from kustomer_sandbox.simulator.store.protocol import Key
from kustomer_sandbox.simulator.values.errors import BadRequest, Problem
from kustomer_sandbox.simulator.values.record import JSON, Record

MOST = 20
LARGEST = 1000
_REDUCE: dict[str, Callable[[Sequence[Any]], Any]] = {
    "min": min,
    "max": max,
    "sum": sum,
    "avg": lambda found: sum(found) / len(found),
}
_KINDS = ("terms", "value_count", *_REDUCE)
_HELP = f"Give {{name: {{kind: {{field: attribute}}}}}} with one kind of {', '.join(_KINDS)}."


def parse_aggregations(value: JSON, catalogue: SearchAttributes) -> tuple[Aggregation, ...]:
    """The entries of `aggs`. Raises `BadRequest`."""
    if value is None:
        return ()
    if not isinstance(value, dict) or len(value) > MOST:
        raise BadRequest(Problem(pointer="/aggs", message=f"Give an object of at most {MOST} aggregations. {_HELP}"))
    return tuple(_aggregation(name, entry, catalogue) for name, entry in value.items())


def _aggregation(name: str, entry: JSON, catalogue: SearchAttributes) -> Aggregation:
    pointer = f"/aggs/{name.replace('~', '~0').replace('/', '~1')}"
    kind = next(iter(entry)) if isinstance(entry, dict) and len(entry) == 1 else ""
    options = entry[kind] if kind in _KINDS else None
    if not isinstance(options, dict) or not {"field"} <= set(options) <= {"field", "size"}:
        raise BadRequest(Problem(pointer=pointer, message=_HELP))
    field = f"{pointer}/{kind}/field"
    if not isinstance(options["field"], str):
        raise BadRequest(Problem(pointer=field, message="Give the name of an attribute."))
    attribute = catalogue.filter(options["field"], field)
    _check_kind(kind, attribute, field, catalogue)
    if attribute.operator == "string":
        attribute = replace(attribute, operator="string_notanalyzed")  # values are shown, so they keep their case
    return Aggregation(name=name, kind=kind, attribute=attribute, size=_size(options, f"{pointer}/{kind}/size"))


def _check_kind(kind: str, attribute: Attribute, pointer: str, catalogue: SearchAttributes) -> None:
    if attribute.type != catalogue.context.type or attribute.operator in ("any", "text"):
        message = "Aggregate over an attribute of the queryContext's own type that is not analysed text."
        raise BadRequest(Problem(pointer=pointer, message=message))
    wanted = ("number", "datetime") if kind in ("min", "max") else ("number",)
    if kind in _REDUCE and attribute.operator not in wanted:
        raise BadRequest(
            Problem(pointer=pointer, message=f"This kind needs an attribute of class {' or '.join(wanted)}.")
        )


def _size(options: dict[str, Any], pointer: str) -> int:
    size = options.get("size", 10)
    if not isinstance(size, int) or isinstance(size, bool) or not 1 <= size <= LARGEST:
        raise BadRequest(Problem(pointer=pointer, message=f"Give an integer from 1 to {LARGEST}."))
    return size


def aggregate(query: Query, records: Iterable[Record]) -> dict[str, Any]:
    """The answer of every aggregation over `records`, which are all matches, not one page."""
    found = list(records) if query.aggregations else []
    return {entry.name: _answer(entry, found) for entry in query.aggregations}


def _answer(entry: Aggregation, records: list[Record]) -> dict[str, Any]:
    if entry.kind == "terms":
        return {"buckets": _buckets(entry, records)}
    found = [value for record in records for value in values(record, entry.attribute)]
    if entry.kind == "value_count":
        return {"value": len(found)}
    return {"value": _REDUCE[entry.kind](found) if found else None}


def _buckets(entry: Aggregation, records: list[Record]) -> list[dict[str, Any]]:
    """The most frequent values first, ties by value; a record counts once per value."""
    counts: Counter[Key] = Counter(
        value for record in records for value in dict.fromkeys(values(record, entry.attribute))
    )
    shown = {stored: name for name, stored in entry.attribute.values}
    ranked = sorted(counts.items(), key=lambda item: (-item[1], isinstance(item[0], str), item[0]))
    return [{"key": shown.get(value, value), "doc_count": count} for value, count in ranked[: entry.size]]
