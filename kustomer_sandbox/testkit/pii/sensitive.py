"""Which values of a world are sensitive, and how they may be written.

They are those of attributes marked sensitive, in the state a test began with and as it is now: texts and numbers of
four characters and more, but for those that the world showed to everybody from the beginning, whole and as they are.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from urllib.parse import quote

import orjson

from kustomer_sandbox.contracts.build.masks import sensitive_names
from kustomer_sandbox.simulator.records.masking import MaskedPaths, compile_masked_paths
from kustomer_sandbox.simulator.store.protocol import Row, Store
from kustomer_sandbox.simulator.values.record import JSON, Record
from kustomer_sandbox.simulator.world.world import World
from kustomer_sandbox.testkit.pii import numbers
from kustomer_sandbox.testkit.pii.numbers import Numbers
from kustomer_sandbox.testkit.pii.readings import plain, readings

MOST_REMEMBERED = 10_000
SHORTEST = 4
"""Shorter values would be found by chance in any text."""

_SEPARATORS = re.compile(r"(?<=\d)[\s().\-]+(?=\d)")

LeafPath = tuple[str | int, ...]
"""From a record's attributes to a leaf: names, and positions in lists."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SensitiveValue:
    """A value the world hides, as it may be written, and whose it is: `customer/6a… phones.*.phone`."""

    text: str
    owner: str
    spellings: frozenset[str]
    digits: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Baseline:
    """Of the state a test began with: the sensitive values by their text, and all that it shows to every reader."""

    values: Mapping[str, SensitiveValue]
    public: str


Baselines = dict[tuple[object, ...], Baseline]
"""Baselines by what their worlds were made from: the same scenario, seed and start give the same world."""


def sensitive_values(
    world: World, before: Store, *, known: Baselines, plan: tuple[object, ...]
) -> list[SensitiveValue]:
    """Every value marked sensitive before the test or now, each once, without those that were shown to everybody."""
    is_usual = next(written(world, before, "metadata"), None) is None
    baseline = known.get(plan) if is_usual else None
    if baseline is None:
        values, public = dict(_marked(world, _records(world, before))), "\n".join(_public(world, before))
        baseline = Baseline(values={value.text: value for value in _not_in(public, values.values())}, public=public)
    if is_usual:
        known[plan] = baseline
    fresh = {text: value for text, value in _marked(world, written(world, before)) if text not in baseline.values}
    return [*baseline.values.values(), *_not_in(baseline.public, fresh.values())]


def _not_in(public: str, values: Iterable[SensitiveValue]) -> list[SensitiveValue]:
    values = list(values)
    shown_anyway = {value.text for value in _shown_in(public, values)}
    return [value for value in values if value.text not in shown_anyway]


def _marked(world: World, records: Iterable[Record]) -> Iterator[tuple[str, SensitiveValue]]:
    """The sensitive values of records. Customers come last, so that a value is told by whose it is."""
    marked = HiddenPaths(lambda kind: _own_plan(world, kind))
    for record in records:
        for path, value in leaves(record["attributes"], ()):
            if marked.covers(record["type"], path) and not isinstance(value, bool) and len(str(value)) >= SHORTEST:
                yield str(value), _sensitive(f"{record['type']}/{record['id']} {path_text(path)}", str(value))


def _own_plan(world: World, kind: str) -> MaskedPaths:
    """What is marked of a type itself. What only inherits its mask is a copy, and its source is what counts."""
    resource, metadata = world.records.resource(kind), world.records.get("metadata", kind)
    rules = replace(resource.sensitive, inherits={}, repeats={}) if resource.sensitive else None
    marked = sensitive_names(metadata["attributes"] if metadata else None)
    return compile_masked_paths(replace(resource, sensitive=rules), kind, lambda _: marked)


def _public(world: World, store: Store) -> Iterator[str]:
    hidden = HiddenPaths(world.masked_paths)
    for record in _records(world, store):
        found = leaves(record["attributes"], ())
        yield from (str(value) for path, value in found if not hidden.covers(record["type"], path))


def _shown_in(text: str, values: list[SensitiveValue]) -> Iterator[SensitiveValue]:
    """Those of the values that stand whole in a text. The end of a number alone does not give it away."""
    squeezed = _SEPARATORS.sub("", text) if values else ""
    for value in values:
        if any(spelling in text for spelling in value.spellings) or (value.digits and value.digits in squeezed):
            yield value


class Search:
    """Finds values in texts, however they are written there; see docs/testing.md for what is found."""

    def __init__(self, values: list[SensitiveValue]) -> None:
        self._numbers = Numbers((value.digits, value) for value in values if value.digits)
        self._texts = [value for value in values if not value.digits]
        self._harmless: set[str] = set()

    def found_in(self, text: str) -> list[tuple[SensitiveValue, str]]:
        """The values in a text, each once, and how the text was read to find it (empty: as it is)."""
        if text in self._harmless:  # as what is logged again and again
            return []
        found: dict[str, tuple[SensitiveValue, str]] = {}
        for how, read in readings(text):
            for value in self._within(read):
                found.setdefault(value.text, (value, how))
        if not found and len(self._harmless) < MOST_REMEMBERED:
            self._harmless.add(text)
        return list(found.values())

    def _within(self, text: str) -> Iterator[SensitiveValue]:
        alike = plain(text)
        folded = alike.casefold() if "@" in alike else ""
        yield from self._numbers.found_in(alike)
        for value in self._texts:
            address = value.text.casefold() if folded and "@" in value.text else ""
            if any(spelling in text or spelling in alike for spelling in value.spellings) or (
                address and address in folded
            ):
                yield value


class HiddenPaths:
    """Which leaves of a record are hidden. Positions in lists count for nothing, like `*` in a plan."""

    def __init__(self, plan_of: Callable[[str], MaskedPaths]) -> None:
        self._plan_of = plan_of
        self._known: dict[str, tuple[tuple[str, ...], ...]] = {}

    def covers(self, kind: str, path: LeafPath) -> bool:
        """Whether a leaf lies on a hidden path, or below one."""
        hidden = self._known.get(kind)
        if hidden is None:
            paths = self._plan_of(kind).all
            hidden = self._known[kind] = tuple(tuple(part for part in path if part != "*") for path in paths)
        names = tuple(part for part in path if isinstance(part, str))
        return any(names[: len(start)] == start for start in hidden)


def written(world: World, before: Store, *kinds: str) -> Iterator[Record]:
    """The records made or changed since a state, of all types unless some are named."""
    for kind in kinds or _kinds(world):
        rows = (row for row in world.store.find(kind, "id") if before.get(kind, row.id) != row)
        yield from _not_deleted(rows)


def _records(world: World, store: Store) -> Iterator[Record]:
    for kind in _kinds(world):
        yield from _not_deleted(store.find(kind, "id"))


def _kinds(world: World) -> list[str]:
    return sorted((resource.type for resource in world.contracts.resources.values()), key="customer".__eq__)


def _not_deleted(rows: Iterable[Row]) -> Iterator[Record]:
    for row in rows:
        record = orjson.loads(row.data)
        if "attributes" in record and not record.get("deleted"):
            yield record


def leaves(node: JSON, path: LeafPath) -> Iterator[tuple[LeafPath, JSON]]:
    """Every scalar below a node but null, with the way to it."""
    if isinstance(node, Mapping):
        for name, value in node.items():
            yield from leaves(value, (*path, name))
    elif isinstance(node, list):
        for number, value in enumerate(node):
            yield from leaves(value, (*path, number))
    elif node is not None:
        yield path, node


def path_text(path: LeafPath) -> str:
    """A way as messages show it: `phones.*.phone`."""
    return ".".join("*" if isinstance(part, int) else part for part in path)


def _sensitive(owner: str, value: str) -> SensitiveValue:
    spellings = {value, json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1], quote(value, safe="")}
    spellings |= {plain(value)}
    digits = re.sub(r"\D", "", plain(value))
    is_number = len(digits) >= numbers.SHORTEST and not re.search(r"[^\W\d]", value)
    return SensitiveValue(text=value, owner=owner, spellings=frozenset(spellings), digits=digits if is_number else "")
