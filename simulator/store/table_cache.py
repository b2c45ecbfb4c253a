"""What a reader of a table has worked out of it, cached with the table, and which records were written since."""

from __future__ import annotations

MOST_WRITTEN = 16_384
"""With more writes than this since it was put here, the value is dropped, and worked out anew when it is wanted."""

_Log = tuple["_Log", str] | None


class TableCache:
    """Goes along with a table into snapshots and forks: a copy shares the value and knows its own writes.

    Decision: the ids written since are a list linked backwards. A note costs one tuple, and a copy nothing, however
    much was noted. An id that was noted is to be read again, whether its record is new, changed, removed or put back.
    """

    __slots__ = ("_count", "_log", "is_shared", "value")

    def __init__(self) -> None:
        self.value: object = None
        """What was worked out; None if nothing is there."""
        self.is_shared = False
        """Whether others hold the value, so that it may not be changed."""
        self._log: _Log = None
        self._count = 0

    def put(self, value: object) -> None:
        """Hold what is true of the table as it is now, and belongs to nobody else."""
        self.value, self.is_shared = value, False
        self._log, self._count = None, 0

    def note(self, id: str) -> None:
        """A record was written or removed."""
        if self.value is None:
            return
        self._log = (self._log, id)
        self._count += 1
        if self._count > MOST_WRITTEN:
            self.put(None)

    def written(self) -> list[str]:
        """The ids noted since `put`, each once, in the order of their first note."""
        found: dict[str, None] = {}
        log = self._log
        while log is not None:
            log, id = log
            found[id] = None
        return list(reversed(found))

    def copy(self) -> TableCache:
        """One for a table made from this one's."""
        other = TableCache()
        self.is_shared = other.is_shared = True
        other.value, other._log, other._count = self.value, self._log, self._count
        return other
