"""The query parameters of a list that can be filtered and sorted by instants (`by` of a default list)."""

from __future__ import annotations

from typing import Any

from kustomer_sandbox.contracts.expand.names import Names, Node

_OPERATORS = {"gt": "after", "gte": "at or after", "lt": "before", "lte": "at or before"}


def narrowing_parameters(default: Any, names: Names, document: str, place: str) -> list[Node]:
    """`filter[<index>][<operator>]` for each index, and `sort`; none for a default without `by`."""
    by = default.get("by") if isinstance(default, dict) else None
    if not isinstance(by, list):
        return []
    instant: Node = {"type": "string", "format": "date-time"}
    if names.where("schemas", "DateTime", document):
        instant = names.ref("schemas", "DateTime", document, place)
    filters = [_filter(name, operator, words, instant) for name in by for operator, words in _OPERATORS.items()]
    orders = [order for name in by for order in (name, f"-{name}")]
    told = "The attribute to sort by, ascending, or descending with - before it; without it the order is by id."
    return [
        *filters,
        {"name": "sort", "in": "query", "description": told, "schema": {"type": "string", "enum": orders}},
    ]


def _filter(name: Any, operator: str, words: str, instant: Node) -> Node:
    return {
        "name": f"filter[{name}][{operator}]",
        "in": "query",
        "description": f"Only records whose {name} lies {words} this instant.",
        "schema": dict(instant),
    }
