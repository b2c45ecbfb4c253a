"""Calls and refusals of all worlds in sums that only grow, read from their journals."""

from __future__ import annotations

from collections import Counter

from kustomer_sandbox.simulator.hosting.worlds import Worlds
from kustomer_sandbox.simulator.world.journal import FIELDS, Journal, JournalRow
from kustomer_sandbox.simulator.world.journal_summary import ENDED, JOB, WHEN
from kustomer_sandbox.simulator.world.world import World

_METHOD, _PATH, _OPERATION, _STATUS, _TRACE = (
    FIELDS.index(name) for name in ("method", "path", "operation", "status", "trace")
)
_STRANGERS = ""


class CallCounts:
    """Call `look` now and then, before a journal forgets; a world that is dropped is read a last time.

    Calls count by operation and status; those of no operation stand under an empty name. Operations, budgets and
    kinds of work that falls due are words of the contracts, so there are no more sums than these have.
    """

    def __init__(self, worlds: Worlds) -> None:
        self._worlds = worlds
        self._seen: dict[str, tuple[Journal, int]] = {}
        self.calls: Counter[tuple[str, int]] = Counter()
        self.refusals: Counter[str] = Counter()
        self.due: Counter[tuple[str, int]] = Counter()
        worlds.on_drop = self._last_look

    def look(self) -> None:
        """Count what was journalled since the last time."""
        for world in self._worlds:
            self._read(world.name, world.journal)
        self._read(_STRANGERS, self._worlds.strangers)

    def _last_look(self, world: World) -> None:
        self._read(world.name, world.journal)
        self._seen.pop(world.name, None)

    def _read(self, name: str, journal: Journal) -> None:
        held, seen = self._seen.get(name, (journal, 0))
        if held is not journal or seen > journal.total:
            seen = 0  # it was put back, and counts anew
        if seen < journal.total:
            for row in journal.rows_since(seen):
                self._count(row)
        self._seen[name] = (journal, journal.total)

    def _count(self, row: JournalRow) -> None:
        if row[_METHOD] == JOB:
            self.due[row[_PATH], row[_STATUS]] += 1
        elif row[_METHOD] != WHEN:
            self.calls[row[_OPERATION], row[_STATUS]] += 1
            for _, outcome, names, values in row[_TRACE]:
                if outcome in ENDED and "budget" in names:
                    self.refusals[values[names.index("budget")]] += 1
