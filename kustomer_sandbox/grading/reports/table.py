"""Verdicts for a terminal: one in full, or many as a table of labels and scenarios."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from io import StringIO

from rich.console import Console
from rich.table import Table
from rich.text import Text

from kustomer_sandbox.grading.reports.passing import pass_at
from kustomer_sandbox.grading.verdict import Verdict


def verdict_text(verdict: Verdict) -> str:
    """A verdict with its reasons and the calls that decided."""
    table = Table(box=None, show_header=False, pad_edge=False)
    for result in verdict.results:
        ruling = result.ruling
        told = [ruling.reason, *(f"  {verdict.lines[seq]}" for seq in ruling.calls if seq in verdict.lines)]
        mark = Text("met" if ruling.is_met else "UNMET", style="green" if ruling.is_met else "bold red")
        table.add_row(mark, Text(result.criterion), Text("\n".join(told), overflow="fold"))
    title = f"{verdict.scenario}: {'passed' if verdict.has_passed else 'failed'} ({verdict.cost})"
    return _printed(Text(title, style="bold"), table)


def table_text(runs: Mapping[str, Sequence[Verdict]]) -> str:
    """Labels against scenarios: how many runs passed, and pass^k, the chance that k runs in a row do."""
    table = Table(pad_edge=False)
    for heading in ("label", "scenario", "passed", "pass^k", "unmet"):
        table.add_column(heading)
    for label, verdicts in runs.items():
        for scenario in sorted({verdict.scenario for verdict in verdicts}):
            of = [verdict for verdict in verdicts if verdict.scenario == scenario]
            table.add_row(label or "-", scenario, _passed(of), _chances(of), _unmet(of))
    return _printed(table)


def _passed(verdicts: Sequence[Verdict]) -> str:
    return f"{sum(verdict.has_passed for verdict in verdicts)}/{len(verdicts)}"


def _chances(verdicts: Sequence[Verdict]) -> str:
    passed = sum(verdict.has_passed for verdict in verdicts)
    return " ".join(f"{pass_at(k, len(verdicts), passed):.2f}" for k in range(1, min(len(verdicts), _MOST_K) + 1))


_MOST_K = 8


def _unmet(verdicts: Sequence[Verdict]) -> str:
    names = [f"{result.number} {result.criterion}" for verdict in verdicts for result in verdict.unmet]
    return ", ".join(f"{name} ({names.count(name)})" for name in dict.fromkeys(names))


def _printed(*parts: Text | Table) -> str:
    out = StringIO()
    console = Console(file=out, width=120, soft_wrap=False, highlight=False)
    for part in parts:
        console.print(part)
    return out.getvalue()
