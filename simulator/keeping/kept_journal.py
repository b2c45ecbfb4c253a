"""The journal of a kept world, which tells of each entry: every call of a world and every job ends with one."""

from __future__ import annotations

from collections.abc import Callable

from kustomer_sandbox.simulator.world.journal import Journal, JournalRow


class KeptJournal(Journal):
    """A journal that calls `touch` after each entry, and that counts how often it was emptied."""

    __slots__ = ("_touch", "times_cleared")

    def __init__(self, touch: Callable[[], None]) -> None:
        super().__init__()
        self._touch = touch
        self.times_cleared = 0

    def keep(self, row: JournalRow) -> None:
        super().keep(row)
        self._touch()

    def clear(self) -> None:
        super().clear()
        self.times_cleared += 1
        self._touch()
