"""Pure: where the shapes of two JSON values differ, by field. No value gets into what is told."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, NamedTuple

from kustomer_sandbox.contracts.model import JSON

What = Literal["lacks", "is more", "type"]
_FIELD = re.compile(r"@?[A-Za-z_][A-Za-z0-9_-]*")
_ID = re.compile("[0-9a-f]{24}")


class ShapeDifference(NamedTuple):
    """A field that ours `lacks`, that `is more` than what was recorded, or whose type differs (recorded, ours)."""

    field: str
    what: What
    recorded: str = ""
    ours: str = ""


def differences(recorded: JSON, ours: JSON, field: str = "") -> Iterator[ShapeDifference]:
    """Every place where they differ; what is null on one side, or empty, has no shape to compare."""
    was, now = kind_of(recorded), kind_of(ours)
    if "null" in {was, now}:
        return
    if was != now:
        yield ShapeDifference(field or "the whole", "type", was, now)
    elif isinstance(recorded, Mapping):
        yield from _of_objects(recorded, ours, field)
    elif isinstance(recorded, list) and recorded and ours:
        for one, other in _pairs(recorded, ours):
            yield from differences(one, other, f"{field}[]")


def _of_objects(recorded: Mapping[str, JSON], ours: Mapping[str, JSON], field: str) -> Iterator[ShapeDifference]:
    for name in recorded.keys() | ours.keys():
        place = f"{field}.{shown(name)}".strip(".")
        if name not in ours:
            yield ShapeDifference(place, "lacks", kind_of(recorded[name]))
        elif name not in recorded:
            yield ShapeDifference(place, "is more", "", kind_of(ours[name]))
        else:
            yield from differences(recorded[name], ours[name], place)


def _pairs(recorded: Sequence[JSON], ours: Sequence[JSON]) -> Iterator[tuple[JSON, JSON]]:
    """Items of lists of one length by their places; of others all of one against all of the other, as one item."""
    if len(recorded) == len(ours):
        yield from zip(recorded, ours, strict=True)
    elif all(isinstance(item, Mapping) for item in (*recorded, *ours)):
        yield _united(recorded), _united(ours)
    else:
        yield recorded[0], ours[0]


def _united(items: Sequence[Mapping[str, JSON]]) -> dict[str, JSON]:
    whole: dict[str, JSON] = {}
    for item in items:
        whole |= {name: value for name, value in item.items() if value is not None or name not in whole}
    return whole


def kind_of(value: JSON) -> str:
    """The type of a JSON value."""
    names = {dict: "object", list: "array", str: "string", bool: "boolean", type(None): "null"}
    return names.get(type(value), "number")


def shown(name: str) -> str:
    """A field's name; a star for one that may be a value, such as an id or an address."""
    return name if _FIELD.fullmatch(name) and not _ID.fullmatch(name) else "*"
