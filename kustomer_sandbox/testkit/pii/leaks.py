"""Whether a sensitive value has got out: into texts, files, logs, answers without a window, unmasked attributes."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import orjson

from kustomer_sandbox.simulator.records.masking import MASKED_SEARCH
from kustomer_sandbox.simulator.records.records import table_of
from kustomer_sandbox.simulator.store.protocol import Store
from kustomer_sandbox.simulator.values.auth import digest
from kustomer_sandbox.simulator.values.record import JSON
from kustomer_sandbox.simulator.world.journal import line
from kustomer_sandbox.simulator.world.world import World
from kustomer_sandbox.testkit.pii.logs import LogCall
from kustomer_sandbox.testkit.pii.readings import texts_of
from kustomer_sandbox.testkit.pii.sensitive import (
    HiddenPaths,
    LeafPath,
    Search,
    leaves,
    path_text,
    written,
)
from kustomer_sandbox.testkit.shared import RecordedResponse

_SHOWN = 10
_BLOCK = re.compile(r"^(?:[ \t]*[A-Za-z0-9+/_-]{20,}\r?\n)+[ \t]*[A-Za-z0-9+/_-]+={0,2}[ \t]*$", re.MULTILINE)

SearchedPlace = tuple[str, str]
"""Where a text is, in words, and the text."""


def leaks(search: Search, places: Iterable[SearchedPlace]) -> list[str]:
    """What was found where, without the values."""
    return [
        f"{where}{f' ({how})' if how else ''} holds {value.owner}"
        for where, text in places
        for value, how in search.found_in(text)
    ]


def from_texts(sources: Iterable[str | bytes | Path]) -> Iterator[SearchedPlace]:
    """The lines of texts, bytes and files; of a folder, of every file below it, and the files' names.

    Raises `FileNotFoundError` for a path at which there is nothing: a test that looks nowhere would always pass.
    """
    for number, source in enumerate(sources, 1):
        if isinstance(source, str):
            yield from _lines(f"text {number}", source)
        elif isinstance(source, bytes):
            yield from _read(f"bytes {number}", source)
        else:
            for path in files_below(source):
                yield f"the name of a file in {source.name}", str(path.relative_to(source.parent))
                yield from _read(str(path), path.read_bytes())


def files_below(source: Path) -> Iterator[Path]:
    """A file, or all below a folder, through links as well; folders that hold themselves once only."""
    if not source.exists():
        raise FileNotFoundError(f"there is no file or folder {source}")
    if not source.is_dir():
        yield source
    seen = set()
    for folder, below, names in os.walk(source, followlinks=True):
        place = Path(folder).resolve()
        if place in seen:
            below.clear()
            continue
        seen.add(place)
        below.sort()
        yield from (path for path in (Path(folder) / name for name in sorted(names)) if path.is_file())


def from_logs(calls: Iterable[LogCall]) -> Iterator[SearchedPlace]:
    """What was logged, with what hangs on it: extra values and traces."""
    yield from ((call.where, call.text) for call in calls)


def from_output(printed: Iterable[SearchedPlace]) -> Iterator[SearchedPlace]:
    """The lines of what was printed."""
    for where, text in printed:
        yield from _lines(where, text)


def from_exception(fault: BaseException | None) -> Iterator[SearchedPlace]:
    """The words of an exception and of those it came from, as a traceback shows them."""
    while fault is not None:
        yield f"the {type(fault).__name__} it raised", f"{fault}\n{fault!r}"
        fault = fault.__cause__ or (None if fault.__suppress_context__ else fault.__context__)


def from_responses(world: World, responses: Iterable[RecordedResponse]) -> Iterator[SearchedPlace]:
    """What the world answered, while no window was open, to keys that may not see sensitive values."""
    for answer in responses:
        who = world.keys.get(digest(answer.authorization.partition(" ")[2].strip()))
        if answer.body and not answer.is_window_open and (who is None or not who.read_sensitive):
            entries = world.journal.find(since=answer.seq - 1, limit=1)
            asked = line(entries[0]) if entries else "a call"
            yield f"the answer to {asked}", answer.body.decode("utf-8", errors="replace")


def from_records(world: World, before: Store) -> Iterator[SearchedPlace]:
    """What was written during the test, as a reader without a window would see it."""
    hidden = HiddenPaths(world.masked_paths)
    for record in written(world, before):
        kind, id = record["type"], record["id"]
        row = before.get(table_of(kind), id)
        old = orjson.loads(row.data)["attributes"] if row else {}
        for path, value in leaves(record["attributes"], ()):
            if not hidden.covers(kind, path) and _at(old, path) != value:
                yield f"{kind}/{id} {path_text(path)}", str(value)


def from_journal(world: World) -> Iterator[str]:
    """The searches that asked for parts or the order of masked values: their answers tell these bit by bit."""
    for entry in world.journal.entries:
        for step, outcome, _, asked in entry.trace:
            if (step, outcome) == MASKED_SEARCH[:2]:
                yield f"the search {line(entry)} gives away masked values by parts or order: {', '.join(*asked)}"


def failure_message(found: list[str]) -> str:
    """The message of a failed assertion."""
    more = f"\n  … and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    return "sensitive values have leaked:\n" + "\n".join(f"  {item}" for item in found[:_SHOWN]) + more


def _at(node: JSON, path: LeafPath) -> JSON:
    for part in path:
        if isinstance(node, Mapping):
            node = node.get(part)
        elif isinstance(node, list) and isinstance(part, int) and part < len(node):
            node = node[part]
        else:
            return None
    return node


def _read(where: str, data: bytes) -> Iterator[SearchedPlace]:
    for how, text in texts_of(data):
        yield from _lines(f"{where} ({how})" if how else where, text)


def _lines(where: str, text: str) -> Iterator[SearchedPlace]:
    """Each line, and each block of lines that are one row of base64: a value may stand across their ends."""
    yield from ((f"{where}, line {number}", row) for number, row in enumerate(text.splitlines(), 1))
    for block in _BLOCK.finditer(text):
        yield f"{where}, from line {text.count(chr(10), 0, block.start()) + 1}", block[0]
