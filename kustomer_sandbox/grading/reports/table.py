"""Verdicts for a terminal: one in full, or many as a table of labels and scenarios."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from io import StringIO

from rich.console import Console
from rich.table import Table
from rich.text import Text

from kustomer_sandbox.grading.reports.passing import pass_at
from kustomer_sandbox.grading.verdict import Verdict

_MOST_K = 8


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
    for label, scenario, of in _rows(runs):
        chances = " ".join(f"{chance:.2f}" for chance in _pass_at(of))
        table.add_row(label or "-", scenario, _passed(of), chances, _unmet(of))
    return _printed(table)


def table_json(runs: Mapping[str, Sequence[Verdict]]) -> str:
    """The same as one line of JSON."""
    rows = [
        {
            "label": label,
            "scenario": scenario,
            "runs": len(of),
            "passed": sum(verdict.has_passed for verdict in of),
            "pass_at": _pass_at(of),
        }
        for label, scenario, of in _rows(runs)
    ]
    return json.dumps({"rows": rows}) + "\n"


def _rows(runs: Mapping[str, Sequence[Verdict]]) -> Iterator[tuple[str, str, list[Verdict]]]:
    for label, verdicts in runs.items():
        for scenario in sorted({verdict.scenario for verdict in verdicts}):
            yield label, scenario, [verdict for verdict in verdicts if verdict.scenario == scenario]


def _pass_at(verdicts: Sequence[Verdict]) -> list[float]:
    passed = sum(verdict.has_passed for verdict in verdicts)
    return [pass_at(k, len(verdicts), passed) for k in range(1, min(len(verdicts), _MOST_K) + 1)]


def _passed(verdicts: Sequence[Verdict]) -> str:
    return f"{sum(verdict.has_passed for verdict in verdicts)}/{len(verdicts)}"


def _unmet(verdicts: Sequence[Verdict]) -> str:
    names = [f"{result.number} {result.criterion}" for verdict in verdicts for result in verdict.unmet]
    return ", ".join(f"{name} ({names.count(name)})" for name in dict.fromkeys(names))


def _printed(*parts: Text | Table) -> str:
    out = StringIO()
    console = Console(file=out, width=120, soft_wrap=False, highlight=False)
    for part in parts:
        console.print(part)
    return "".join(f"{line.rstrip()}\n" for line in out.getvalue().splitlines())
