"""Which values of a world are sensitive, and how they may be written.

They are those of attributes marked sensitive, in the state a test began with and as it is now: texts and numbers of
four characters and more, but for those that the world showed to everybody from the beginning.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from urllib.parse import quote

import orjson

from simulator.call import JSON, Record
from simulator.masking import Plan, compile_plan, sensitive_names
from simulator.store.protocol import Store
from simulator.world import World

SHORTEST = 4
"""Shorter values would be found by chance in any text."""

_DIGITS = 7
_SEPARATORS = re.compile(r"(?<=\d)[\s().\-]+(?=\d)")

Way = tuple[str | int, ...]
"""From a record's attributes to a leaf: names, and positions in lists."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Sensitive:
    """A value the world hides, as it may be written, and whose it is: `customer/6a… phones.*.phone`."""

    owner: str
    spellings: frozenset[str]
    digits: str


def sensitive_values(world: World, before: Store) -> list[Sensitive]:
    """Every value marked sensitive before the test or now, each once, without those that were shown to everybody."""
    marked = Hidden(lambda kind: _own_plan(world, kind))
    found: dict[str, Sensitive] = {}
    for store in (before, world.store):
        for record in records_of(world, store):
            for path, value in leaves_of(record["attributes"], ()):
                if marked.covers(record["type"], path) and not isinstance(value, bool) and len(str(value)) >= SHORTEST:
                    found.setdefault(
                        str(value), _sensitive(f"{record['type']}/{record['id']} {shown(path)}", str(value))
                    )
    public = set(held_in("\n".join(_public(world, before)), list(found.values())))
    return [value for value in found.values() if value not in public]


def _own_plan(world: World, kind: str) -> Plan:
    """What is marked of a type itself. What only inherits its mask is a copy, and its source is what counts."""
    resource, metadata = world.records.resource(kind), world.records.get("metadata", kind)
    rules = replace(resource.sensitive, inherits={}) if resource.sensitive else None
    marked = sensitive_names(metadata["attributes"] if metadata else None)
    return compile_plan(replace(resource, sensitive=rules), kind, lambda _: marked)


def _public(world: World, store: Store) -> Iterator[str]:
    hidden = Hidden(world.mask_plan)
    for record in records_of(world, store):
        leaves = leaves_of(record["attributes"], ())
        yield from (str(value) for path, value in leaves if not hidden.covers(record["type"], path))


def held_in(text: str, values: list[Sensitive]) -> Iterator[Sensitive]:
    """Those of the values that a text holds: as they are, as JSON or a URL writes them, or with other separators."""
    squeezed = _SEPARATORS.sub("", text)
    for value in values:
        if any(spelling in text for spelling in value.spellings) or (value.digits and value.digits in squeezed):
            yield value


class Hidden:
    """Which leaves of a record are hidden. Positions in lists count for nothing, like `*` in a plan."""

    def __init__(self, plan_of: Callable[[str], Plan]) -> None:
        self._plan_of = plan_of
        self._known: dict[str, tuple[tuple[str, ...], ...]] = {}

    def covers(self, kind: str, path: Way) -> bool:
        """Whether a leaf lies on a hidden path, or below one."""
        hidden = self._known.get(kind)
        if hidden is None:
            paths = self._plan_of(kind).paths
            hidden = self._known[kind] = tuple(tuple(part for part in path if part != "*") for path in paths)
        names = tuple(part for part in path if isinstance(part, str))
        return any(names[: len(start)] == start for start in hidden)


def records_of(world: World, store: Store) -> Iterator[Record]:
    """Every record of a state that is not deleted. Customers first: a value is told by whose it is."""
    for resource in sorted(world.contracts.resources.values(), key=lambda resource: resource.type != "customer"):
        for row in store.find(resource.type, "id"):
            record = orjson.loads(row.data)
            if "attributes" in record and not record.get("deleted"):
                yield record


def leaves_of(node: JSON, path: Way) -> Iterator[tuple[Way, JSON]]:
    """Every scalar below a node but null, with the way to it."""
    if isinstance(node, Mapping):
        for name, value in node.items():
            yield from leaves_of(value, (*path, name))
    elif isinstance(node, list):
        for number, value in enumerate(node):
            yield from leaves_of(value, (*path, number))
    elif node is not None:
        yield path, node


def shown(path: Way) -> str:
    """A way as messages show it: `phones.*.phone`."""
    return ".".join("*" if isinstance(part, int) else part for part in path)


def _sensitive(owner: str, value: str) -> Sensitive:
    spellings = {value, json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1], quote(value, safe="")}
    digits = re.sub(r"\D", "", value)
    is_number = len(digits) >= _DIGITS and not re.search(r"[^\W\d]", value)
    return Sensitive(owner=owner, spellings=frozenset(spellings), digits=digits if is_number else "")
