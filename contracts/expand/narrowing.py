"""The query parameters of a list that can be filtered and sorted by instants (`by` of a default list)."""

from __future__ import annotations

from typing import Any

from kustomer_sandbox.contracts.expand.names import SHARED, Node

_OPERATORS = {"gt": "after", "gte": "at or after", "lt": "before", "lte": "at or before"}


def narrowing_parameters(default: Any) -> list[Node]:
    """`filter[<index>][<operator>]` for each index, and `sort`; none for a default without `by`."""
    names = default.get("by") if isinstance(default, dict) else None
    if not isinstance(names, list):
        return []
    filters = [_filter(name, operator, words) for name in names for operator, words in _OPERATORS.items()]
    orders = [order for name in names for order in (name, f"-{name}")]
    told = "The attribute to sort by, ascending, or descending with - before it; without it the order is by id."
    return [
        *filters,
        {"name": "sort", "in": "query", "description": told, "schema": {"type": "string", "enum": orders}},
    ]


def _filter(name: Any, operator: str, words: str) -> Node:
    return {
        "name": f"filter[{name}][{operator}]",
        "in": "query",
        "description": f"Only records whose {name} lies {words} this instant.",
        "schema": {"$ref": f"{SHARED}#/components/schemas/DateTime"},
    }
