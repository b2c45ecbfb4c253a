"""Shows how far the checks are, on a terminal alone."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from kustomer_sandbox.contracts.suite.running import CheckResult

Shown = Callable[[CheckResult], None]


@contextmanager
def progress(total: int, *, is_quiet: bool) -> Iterator[Shown]:
    """Gives what is told of each result; it shows a bar on the error stream if a person looks on."""
    if is_quiet or not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console  # noqa: PLC0415 - slow to import, and seldom needed
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn  # noqa: PLC0415 - the same

    columns = (BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[departed]} departed · {task.description}"))
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=total, departed=0)
        departed = 0

        def show(result: CheckResult) -> None:
            nonlocal departed
            departed += result.verdict == "departed"
            bar.update(task, advance=1, description=f"{result.group}: {result.check}"[:60], departed=departed)

        yield show
