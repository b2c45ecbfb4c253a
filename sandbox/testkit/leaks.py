"""Whether a value that the world masks has got out.

The values looked for are those the world hides from readers without a window, in the state it started in and as it
is now: texts and numbers of four characters and more. They are found as they are, as JSON or a URL writes them, and,
from seven digits on, with other separators between the digits.
"""

from __future__ import annotations

import json
import logging
import re
import traceback
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import orjson

from sandbox.testkit.shared import Heard
from simulator.auth import digest
from simulator.call import Record
from simulator.journal import line
from simulator.masking import Plan
from simulator.store.protocol import Store
from simulator.world import World

SHORTEST = 4
"""Shorter values would be found by chance in any text."""

_DIGITS = 7
_SEPARATORS = re.compile(r"(?<=\d)[\s().\-]+(?=\d)")
_SHOWN = 10
_OF_EVERY_RECORD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime"}

Place = tuple[str, str]
"""Where a text is, in words, and the text."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Sensitive:
    """A value the world hides, as it may be written, and whose it is: `customer/6a… phones.*.phone`."""

    owner: str
    spellings: frozenset[str]
    digits: str


def sensitive_values(world: World, stores: Iterable[Store]) -> list[Sensitive]:
    """Every value hidden in one of the stores, each once."""
    found: dict[str, Sensitive] = {}
    for store in stores:
        for record in _records(world, store):
            for path, value in _hidden(record, world.mask_plan(record["type"])):
                found.setdefault(value, _sensitive(f"{record['type']}/{record['id']} {path}", value))
    return list(found.values())


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
    for record in _records(world, world.store):
        kind, id = record["type"], record["id"]
        row = before.get(kind.partition(".")[0], id)
        old = orjson.loads(row.data)["attributes"] if row else {}
        plan = world.mask_plan(kind)
        for path, value in _leaves(record["attributes"], ()):
            if not _covers(plan, path) and _at(old, path) != value:
                yield f"{kind}/{id} {_shown(path)}", str(value)


def told(found: list[str]) -> str:
    """The message of a failed assertion."""
    more = f"\n  … and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    return "sensitive values have leaked:\n" + "\n".join(f"  {item}" for item in found[:_SHOWN]) + more


def _records(world: World, store: Store) -> Iterator[Record]:
    for resource in world.contracts.resources.values():
        for row in store.find(resource.type, "id"):
            record = orjson.loads(row.data)
            if "attributes" in record and not record.get("deleted"):
                yield record


def _hidden(record: Record, plan: Plan) -> Iterator[tuple[str, str]]:
    for path, value in _leaves(record["attributes"], ()):
        if _covers(plan, path) and not isinstance(value, bool) and len(str(value)) >= SHORTEST:
            yield _shown(path), str(value)


def _covers(plan: Plan, path: tuple[str | int, ...]) -> bool:
    """Whether a leaf lies on a hidden path, or below one. Positions in lists stand for `*` or nothing."""
    names = tuple(part for part in path if isinstance(part, str))
    return any(names[: len(hidden)] == hidden for hidden in _named(plan))


def _named(plan: Plan) -> Iterator[tuple[str, ...]]:
    return (tuple(part for part in path if part != "*") for path in plan.paths)


def _leaves(node: Any, path: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    if isinstance(node, Mapping):
        for name, value in node.items():
            yield from _leaves(value, (*path, name))
    elif isinstance(node, list):
        for number, value in enumerate(node):
            yield from _leaves(value, (*path, number))
    elif node is not None:
        yield path, node


def _at(node: Any, path: tuple[str | int, ...]) -> Any:
    for part in path:
        if isinstance(node, Mapping):
            node = node.get(part)
        elif isinstance(node, list) and isinstance(part, int) and part < len(node):
            node = node[part]
        else:
            return None
    return node


def _shown(path: tuple[str | int, ...]) -> str:
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
