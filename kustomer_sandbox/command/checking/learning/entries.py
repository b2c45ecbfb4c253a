"""Pure: changes entries of the ledger in its text, so that a diff shows what has changed and nothing else."""

from __future__ import annotations

import re
from collections.abc import Mapping

_ENTRY = re.compile(r"^- id: (.+)$", re.MULTILINE)
_KEY = re.compile(r"^(?:- |  )([a-z-]+):", re.MULTILINE)
_ORDER = ("id", "rule", "source", "status", "why", "checks", "readings", "only-reading", "verify")


def with_changed(text: str, id: str, changes: Mapping[str, str | None]) -> str:
    """The ledger with some keys of an entry written anew, each as whole lines; None takes a key away."""
    start, end = _place(text, id)
    block = text[start:end]
    marks = [*_KEY.finditer(block)]
    ends = [*(mark.start() for mark in marks[1:]), len(block)]
    lines = {mark[1]: block[mark.start() : stop] for mark, stop in zip(marks, ends, strict=True)}
    for key, value in changes.items():
        if value is None:
            lines.pop(key, None)
        else:
            lines[key] = value
    return text[:start] + "".join(lines[key] for key in _ORDER if key in lines) + text[end:]


def readings_of(text: str, id: str) -> dict[str, str]:
    """The lines of an entry's readings, by their names."""
    start, end = _place(text, id)
    body = text[start:end].partition("  readings:\n")[2]
    found = re.match(r"(?:    .*\n)+", body)
    lines = re.findall(r"^    [a-z-]+:.*\n(?:     .*\n)*", found[0], re.MULTILINE) if found else []
    return {line.strip().partition(":")[0]: line for line in lines}


def _place(text: str, id: str) -> tuple[int, int]:
    marks = [*_ENTRY.finditer(text)]
    number = next(number for number, mark in enumerate(marks) if mark[1] == id)
    return marks[number].start(), marks[number + 1].start() if number + 1 < len(marks) else len(text)


def quoted(words: str) -> str:
    """A text as YAML has it in single quotes, on one line."""
    return "'" + " ".join(words.split()).replace("'", "''") + "'"
