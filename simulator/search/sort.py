"""The order of results: the sort keys as given, missing values last, ties by id."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from kustomer_sandbox.simulator.search.attributes import SearchAttributes
from kustomer_sandbox.simulator.search.query import Attribute, Direction, Query, SortKey
from kustomer_sandbox.simulator.search.values import values
from kustomer_sandbox.simulator.store.protocol import Key
from kustomer_sandbox.simulator.values.errors import BadRequest, Problem
from kustomer_sandbox.simulator.values.record import JSON, Record

MOST_KEYS = 5
_DIRECTIONS: dict[Any, Direction] = {"asc": "asc", "desc": "desc"}
_NEWEST = SortKey(
    attribute=Attribute(name="updated_at", operator="datetime", type=None, path=("attributes", "updatedAt")),
    direction="desc",
)
"""Without `sort`: last update first. Stated for conversations by the seed, assumed for the others."""


def parse_sort(value: JSON, catalogue: SearchAttributes) -> tuple[SortKey, ...]:
    """The keys of `sort`: one object, or an array of them; an empty object is none. Raises `BadRequest`."""
    if value is None or value == {}:
        return (_NEWEST,)
    entries = [("/sort", value)] if isinstance(value, dict) else _entries(value)
    pairs = [(place, *pair) for place, entry in entries for pair in _pairs(entry, place)]
    if len(pairs) > MOST_KEYS:
        raise BadRequest(Problem(pointer="/sort", message=f"Sort by at most {MOST_KEYS} attributes."))
    return tuple(_key(name, direction, place, catalogue) for place, name, direction in pairs) or (_NEWEST,)


def _entries(value: JSON) -> list[tuple[str, Any]]:
    if not isinstance(value, list):
        raise BadRequest(
            Problem(pointer="/sort", message="Give {attribute: asc or desc}, or an array of such objects.")
        )
    return [(f"/sort/{at}", item) for at, item in enumerate(value)]


def _pairs(entry: JSON, place: str) -> list[tuple[str, Any]]:
    if not isinstance(entry, dict) or not entry:
        raise BadRequest(Problem(pointer=place, message="A sort key is an object: {attribute: asc or desc}."))
    return list(entry.items())


def _key(name: str, direction: JSON, place: str, catalogue: SearchAttributes) -> SortKey:
    pointer = f"{place}/{name.replace('~', '~0').replace('/', '~1')}"
    attribute = catalogue.sort(name, pointer)
    if not isinstance(direction, str) or direction not in _DIRECTIONS:
        raise BadRequest(Problem(pointer=pointer, message="Give asc or desc."))
    return SortKey(attribute=attribute, direction=_DIRECTIONS[direction])


def order(records: Iterable[Record], query: Query) -> list[Record]:
    """The records in the query's order. Total: two records never tie, since ids differ."""
    ordered = sorted(records, key=lambda record: str(record["id"]))
    for key in reversed(query.sort):
        ordered = _ordered_by(key, ordered)
    return ordered


def _ordered_by(key: SortKey, records: list[Record]) -> list[Record]:
    """A stable pass by one key; of several values the smallest counts ascending, the largest descending."""
    pick = min if key.direction == "asc" else max
    present: list[tuple[tuple[bool, Key], Record]] = []
    missing: list[Record] = []
    for record in records:
        found = [(isinstance(value, str), value) for value in values(record, key.attribute)]
        if found:
            present.append((pick(found), record))
        else:
            missing.append(record)
    present.sort(key=lambda pair: pair[0], reverse=key.direction == "desc")
    return [record for _, record in present] + missing
