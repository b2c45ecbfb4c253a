"""What happened in a world, call by call, without any personal data: templates and ids, never values."""

from __future__ import annotations

from collections import deque
from dataclasses import asdict, dataclass, field
from typing import Any

CAPACITY = 10_000
"""Entries kept per world; older ones are forgotten."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """One call: `path` shows values other than ids as `***`, `trace` what each step decided.

    An event that fails when it falls due is an entry too: `DUE`, with its kind as the path.
    """

    at: str
    method: str
    path: str
    operation: str
    status: int
    key: str
    trace: tuple[str, ...] = ()
    fault: str = ""
    seq: int = 0


def place_of(fault: BaseException) -> str:
    """Class and place of an unexpected fault, without its message: messages may hold values."""
    trace = fault.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = f"{trace.tb_frame.f_code.co_qualname}:{trace.tb_lineno}" if trace else "?"
    return f"{type(fault).__name__} at {place}"


@dataclass(slots=True)
class Journal:
    """A bounded list of entries, numbered from 1."""

    entries: deque[Entry] = field(default_factory=lambda: deque(maxlen=CAPACITY))
    count: int = 0

    def add(self, entry: Entry) -> None:
        self.count += 1
        self.entries.append(entry)

    def since(self, seq: int, limit: int) -> list[dict[str, Any]]:
        """Up to `limit` entries after number `seq`, oldest first."""
        first = self.count - len(self.entries)
        start = max(seq - first, 0)
        chosen = list(self.entries)[start : start + limit]
        return [asdict(entry) | {"seq": first + start + place} for place, entry in enumerate(chosen, 1)]

    def clear(self) -> None:
        self.entries.clear()
        self.count = 0
