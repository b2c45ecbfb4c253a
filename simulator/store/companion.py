"""What a reader of a table has worked out of it, kept with the table, and which records were written since."""

from __future__ import annotations

MOST_WRITTEN = 16_384
"""With more writes than this since it was last looked at, what was made is dropped and made anew when it is wanted."""

_Log = tuple["_Log", str] | None


class Companion:
    """Goes along with a table into snapshots and forks: a copy shares what was made and knows its own writes.

    Decision: the ids written since are a list linked backwards. A note costs one tuple, and a copy nothing, however
    much was noted. An id that was noted is to be read again, whether its record is new, changed, removed or put back.
    """

    __slots__ = ("_count", "_log", "is_shared", "made")

    def __init__(self) -> None:
        self.made: object = None
        """What was made; None if nothing is there."""
        self.is_shared = False
        """Whether others hold what was made, so that it may not be changed."""
        self._log: _Log = None
        self._count = 0

    def keep(self, made: object) -> None:
        """Hold what is true of the table as it is now, and belongs to nobody else."""
        self.made, self.is_shared = made, False
        self._log, self._count = None, 0

    def note(self, id: str) -> None:
        """A record was written or removed."""
        if self.made is None:
            return
        self._log = (self._log, id)
        self._count += 1
        if self._count > MOST_WRITTEN:
            self.keep(None)

    def written(self) -> list[str]:
        """The ids noted since `keep`, each once, in the order of their first note."""
        found: dict[str, None] = {}
        log = self._log
        while log is not None:
            log, id = log
            found[id] = None
        return list(reversed(found))

    def copy(self) -> Companion:
        """One for a table made from this one's."""
        other = Companion()
        self.is_shared = other.is_shared = True
        other.made, other._log, other._count = self.made, self._log, self._count
        return other
