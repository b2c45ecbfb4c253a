"""Whether a value that the world masks has got out.

The values looked for are those of attributes marked sensitive, in the state the test began with and as it is now: texts
and numbers of four characters and more, but for those that the world showed to everybody from the beginning. They are
found as they are, as JSON or a URL writes them, and, from seven digits on, with other separators between the digits.
"""

from __future__ import annotations

import json
import logging
import re
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import quote

import orjson

from sandbox.testkit.shared import Heard
from simulator.auth import digest
from simulator.call import JSON, Record
from simulator.journal import line
from simulator.masking import Plan, compile_plan, sensitive_names
from simulator.records import table_of
from simulator.store.protocol import Store
from simulator.world import World

SHORTEST = 4
"""Shorter values would be found by chance in any text."""

_DIGITS = 7
_SEPARATORS = re.compile(r"(?<=\d)[\s().\-]+(?=\d)")
_SHOWN = 10
_OF_EVERY_RECORD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime"}

Way = tuple[str | int, ...]
"""From a record's attributes to a leaf: names, and positions in lists."""

Place = tuple[str, str]
"""Where a text is, in words, and the text."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Sensitive:
    """A value the world hides, as it may be written, and whose it is: `customer/6a… phones.*.phone`."""

    owner: str
    spellings: frozenset[str]
    digits: str


def sensitive_values(world: World, before: Store) -> list[Sensitive]:
    """Every value marked sensitive before the test or now, each once, without those that were shown to everybody."""
    marked = _Hidden(lambda kind: _own_plan(world, kind))
    found: dict[str, Sensitive] = {}
    for store in (before, world.store):
        for record in _records(world, store):
            for path, value in _leaves(record["attributes"], ()):
                if marked.covers(record["type"], path) and not isinstance(value, bool) and len(str(value)) >= SHORTEST:
                    found.setdefault(
                        str(value), _sensitive(f"{record['type']}/{record['id']} {_shown(path)}", str(value))
                    )
    public = set(_in("\n".join(_public(world, before)), list(found.values())))
    return [value for value in found.values() if value not in public]


def _own_plan(world: World, kind: str) -> Plan:
    """What is marked of a type itself. What only inherits its mask is a copy, and its source is what counts."""
    resource, metadata = world.records.resource(kind), world.records.get("metadata", kind)
    rules = replace(resource.sensitive, inherits={}) if resource.sensitive else None
    marked = sensitive_names(metadata["attributes"] if metadata else None)
    return compile_plan(replace(resource, sensitive=rules), kind, lambda _: marked)


def _public(world: World, store: Store) -> Iterator[str]:
    hidden = _Hidden(world.mask_plan)
    for record in _records(world, store):
        leaves = _leaves(record["attributes"], ())
        yield from (str(value) for path, value in leaves if not hidden.covers(record["type"], path))


def leaks(values: list[Sensitive], places: Iterable[Place]) -> list[str]:
    """What was found where, without the values."""
    return [f"{where} holds {value.owner}" for where, text in places for value in _in(text, values)]


def from_texts(sources: Iterable[str | Path]) -> Iterator[Place]:
    """The lines of texts and files; of a folder, of every file below it."""
    for number, source in enumerate(sources, 1):
        if isinstance(source, str):
            yield from _lines(f"text {number}", source)
        else:
            for path in [source] if source.is_file() else sorted(source.rglob("*")):
                if path.is_file():
                    yield from _lines(str(path), path.read_text("utf-8", errors="replace"))


def from_logs(records: Iterable[logging.LogRecord]) -> Iterator[Place]:
    """The messages of log records, with what hangs on them: extra values and traces."""
    for record in records:
        extra = [str(value) for name, value in vars(record).items() if name not in _OF_EVERY_RECORD]
        trace = "".join(traceback.format_exception(record.exc_info[1])) if record.exc_info else ""
        where = f"the log record of {record.name} at {Path(record.pathname).name}:{record.lineno}"
        yield where, "\n".join([record.getMessage(), *extra, trace])


def from_answers(world: World, heard: Iterable[Heard]) -> Iterator[Place]:
    """What the world answered, while no window was open, to keys that may not see sensitive values."""
    for answer in heard:
        who = world.keys.get(digest(answer.authorization.partition(" ")[2].strip()))
        if not answer.is_window_open and (who is None or not who.read_sensitive):
            entries = world.journal.find(since=answer.seq - 1, limit=1)
            asked = line(entries[0]) if entries else "a call"
            yield f"the answer to {asked}", answer.body.decode("utf-8", errors="replace")


def from_records(world: World, before: Store) -> Iterator[Place]:
    """What was written during the test, as a reader without a window would see it."""
    hidden = _Hidden(world.mask_plan)
    for record in _records(world, world.store):
        kind, id = record["type"], record["id"]
        row = before.get(table_of(kind), id)
        old = orjson.loads(row.data)["attributes"] if row else {}
        for path, value in _leaves(record["attributes"], ()):
            if not hidden.covers(kind, path) and _at(old, path) != value:
                yield f"{kind}/{id} {_shown(path)}", str(value)


def told(found: list[str]) -> str:
    """The message of a failed assertion."""
    more = f"\n  … and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    return "sensitive values have leaked:\n" + "\n".join(f"  {item}" for item in found[:_SHOWN]) + more


def _records(world: World, store: Store) -> Iterator[Record]:
    # Customers first: a value is told by whose it is, rather than by where else it stands.
    for resource in sorted(world.contracts.resources.values(), key=lambda resource: resource.type != "customer"):
        for row in store.find(resource.type, "id"):
            record = orjson.loads(row.data)
            if "attributes" in record and not record.get("deleted"):
                yield record


class _Hidden:
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


def _leaves(node: JSON, path: Way) -> Iterator[tuple[Way, JSON]]:
    if isinstance(node, Mapping):
        for name, value in node.items():
            yield from _leaves(value, (*path, name))
    elif isinstance(node, list):
        for number, value in enumerate(node):
            yield from _leaves(value, (*path, number))
    elif node is not None:
        yield path, node


def _at(node: JSON, path: Way) -> JSON:
    for part in path:
        if isinstance(node, Mapping):
            node = node.get(part)
        elif isinstance(node, list) and isinstance(part, int) and part < len(node):
            node = node[part]
        else:
            return None
    return node


def _shown(path: Way) -> str:
    return ".".join("*" if isinstance(part, int) else part for part in path)


def _sensitive(owner: str, value: str) -> Sensitive:
    spellings = {value, json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1], quote(value, safe="")}
    digits = re.sub(r"\D", "", value)
    is_number = len(digits) >= _DIGITS and not re.search(r"[^\W\d]", value)
    return Sensitive(owner=owner, spellings=frozenset(spellings), digits=digits if is_number else "")


def _in(text: str, values: list[Sensitive]) -> Iterator[Sensitive]:
    squeezed = _SEPARATORS.sub("", text)
    for value in values:
        if any(spelling in text for spelling in value.spellings) or (value.digits and value.digits in squeezed):
            yield value


def _lines(where: str, text: str) -> Iterator[Place]:
    return ((f"{where}, line {number}", row) for number, row in enumerate(text.splitlines(), 1))
