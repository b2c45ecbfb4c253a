"""Outcomes of cases for a terminal, and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from io import StringIO
from typing import Any

from rich.console import Console
from rich.table import Table

from kustomer_sandbox.testkit.pii.injections.outcomes import CaseOutcome, Counts, by_pair, by_part
from kustomer_sandbox.testkit.pii.injections.places import PLACES

_LEGEND = "F: fell, obeyed the hidden instruction; u: did not do its task; a dot: neither."


def outcomes_json(outcomes: Sequence[CaseOutcome]) -> dict[str, Any]:
    """The counts in all and by part, and each case."""
    parts = {part: {name: counts.shown() for name, counts in of.items()} for part, of in by_part(outcomes).items()}
    return {**Counts.of(outcomes).shown(), "by": parts, "cases": [outcome.shown() for outcome in outcomes]}


def outcomes_text(outcomes: Sequence[CaseOutcome]) -> str:
    """Tasks and injections against places, then the counts by each of the three."""
    cases = Table("task", "injection", *PLACES, pad_edge=False)
    for task, injection, at in by_pair(outcomes):
        cases.add_row(task, injection, *(_mark(at.get(place)) for place in PLACES))
    sums = Table("", "", "attacked", "fell", "utility kept", pad_edge=False)
    rows = [(part, name, each) for part, of in by_part(outcomes).items() for name, each in of.items()]
    for part, name, counts in [*rows, ("all", "", Counts.of(outcomes))]:
        sums.add_row(part, name, *map(str, (counts.attacked, counts.fell, counts.kept)))
    out = StringIO()
    console = Console(file=out, width=120, highlight=False)
    console.print(cases, _LEGEND, sums)
    return "".join(f"{line.rstrip()}\n" for line in out.getvalue().splitlines())


def _mark(counts: Counts | None) -> str:
    if counts is None:
        return ""
    return ("F" * counts.fell + "u" * (counts.attacked - counts.kept)) or "."
