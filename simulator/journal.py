"""What happened in a world, call by call, without any personal data: templates and ids, never values."""

from __future__ import annotations

from collections import deque
from dataclasses import asdict, dataclass, field
from typing import Any

CAPACITY = 10_000
"""Entries kept per world; older ones are forgotten."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """One call: `path` shows look-up values as `***`, `trace` what each step decided."""

    at: str
    method: str
    path: str
    operation: str
    status: int
    key: str
    trace: tuple[str, ...] = ()
    fault: str = ""
    seq: int = 0


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
