"""Entries that stand for many: `copies: 1000` makes a thousand of one, so that a large world is a short file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from kustomer_sandbox.simulator.scenarios.files.sections import SectionEntry

COPIES = "copies"
"""The field of an entry that says how many there are of it."""

MOST = 1_000_000
"""So many entries a file may come to."""

_NUMBER = "{n}"


def expanded(entries: Sequence[SectionEntry]) -> Iterator[SectionEntry]:
    """Every entry, and each copy of those that have several right before what comes after them.

    A copy is called `name-1`, `name-2` and so on; in its texts, and in those of the entries inside it, `{n}` is its
    number.
    """
    at = 0
    while at < len(entries):
        group = 1
        while at + group < len(entries) and entries[at + group].parent is not None:
            group += 1
        first, inside = entries[at], entries[at + 1 : at + group]
        if first.copies:
            for number in range(1, first.copies + 1):
                yield from _copy(first, inside, number)
        else:
            yield first
            yield from inside
        at += group


def name_of(name: str | int, number: int) -> str:
    """What a copy is called."""
    return f"{name}-{number}"


def total(entries: Sequence[SectionEntry]) -> int:
    """How many entries there are with all copies, but for those inside of copies."""
    return sum(entry.copies or 1 for entry in entries)


def _copy(first: SectionEntry, inside: Sequence[SectionEntry], number: int) -> Iterator[SectionEntry]:
    name = name_of(first.name, number)
    yield replace(first, name=name, body=_numbered(first.body, number), number=number)
    for entry in inside:
        yield replace(entry, parent=name, body=_numbered(entry.body, number), number=number)


def _numbered(value: Any, number: int) -> Any:  # noqa: ANN401 - JSON
    if isinstance(value, str):
        return value.replace(_NUMBER, str(number)) if _NUMBER in value else value
    if isinstance(value, dict):
        return {key: _numbered(item, number) for key, item in value.items()}
    return [_numbered(item, number) for item in value] if isinstance(value, list) else value
