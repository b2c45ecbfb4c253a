"""Recorded shapes of records: which keys real answers had, and of which types. The values are nobody's.

A shape is `string`, `number`, `boolean` or `null`; an object of shapes; a list with the shape of its items, empty where
none was seen.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

JSON = Any
_KINDS: Mapping[type, str] = {
    str: "string", bool: "boolean", int: "number", float: "number", type(None): "null", dict: "object", list: "list",
}  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class Recording:
    """One recorded record. `whole` says that it had no other attributes and relationships."""

    what: str
    source: Mapping[str, JSON]
    whole: bool
    type: str
    attributes: Mapping[str, JSON]
    relationships: Mapping[str, JSON]


def recordings() -> dict[str, Recording]:
    """Every recording by the name of its file."""
    folder = files("kustomer_sandbox.contracts") / "recordings"
    documents = [entry for entry in folder.iterdir() if entry.name.endswith(".json")]
    return {
        entry.name.removesuffix(".json"): Recording(**json.loads(entry.read_text(encoding="utf-8")))
        for entry in sorted(documents, key=lambda entry: entry.name)
    }


def departures(recording: Recording, record: Mapping[str, JSON]) -> dict[str, str]:
    """By path, where a record differs from what was recorded: a key that lacks, another type, one too many."""
    found: dict[str, str] = {}
    for part in ("attributes", "relationships"):
        shape, value = getattr(recording, part), record.get(part, {})
        found |= dict(_departures(shape, value, part, is_whole=recording.whole))
    return found


def _departures(shape: JSON, value: JSON, path: str, *, is_whole: bool) -> Iterator[tuple[str, str]]:
    kind = _KINDS[type(value)]
    wanted = shape if isinstance(shape, str) else _KINDS[type(shape)]
    if kind != wanted:
        yield path, f"is {kind}, was {wanted}"
    elif isinstance(shape, dict):
        yield from ((f"{path}.{name}", "lacks") for name in shape if name not in value)
        if is_whole:
            yield from ((f"{path}.{name}", "was not there") for name in value if name not in shape)
        for name in shape.keys() & value.keys():
            yield from _departures(shape[name], value[name], f"{path}.{name}", is_whole=is_whole)
    elif isinstance(shape, list) and shape:
        for item in value:
            yield from _departures(shape[0], item, f"{path}.*", is_whole=is_whole)
