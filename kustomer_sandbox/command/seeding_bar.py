"""Shows how far a large scenario has been played, where a person looks on."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

FROM = 3_000
"""Scenarios of fewer entries are played within a second or so, and need no bar."""


class SeedingBar:
    """A bar on the error stream, from the first time that it is told of a large scenario until its end."""

    def __init__(self) -> None:
        self._bar: Progress | None = None
        self._task: TaskID | None = None

    def __call__(self, made: int, of: int) -> None:
        """So many entries of so many are made."""
        if self._bar is None and of >= FROM and sys.stderr.isatty():
            self._begin(of)
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, completed=made, total=max(made, of))
            if made >= of:
                self._bar.stop()
                self._bar = None

    def _begin(self, of: int) -> None:
        from rich.console import Console  # noqa: PLC0415 - slow to import, and seldom needed
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn  # noqa: PLC0415

        columns = (TextColumn("seeding"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        self._bar = Progress(*columns, console=Console(stderr=True), transient=True)
        self._bar.start()
        self._task = self._bar.add_task("", total=of)
