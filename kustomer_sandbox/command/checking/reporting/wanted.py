"""What is wanted of a run: how it is told, which files are written, and whether the ledger is to learn of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from kustomer_sandbox.command.checking.learning.proposals import learned
from kustomer_sandbox.command.checking.reporting.page import page
from kustomer_sandbox.command.checking.reporting.report import CheckReport
from kustomer_sandbox.command.checking.reporting.score import score_of


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """The files to write, None for none; `score` has a table told instead of the report, `json` one line."""

    junit: Path | None
    html: Path | None
    score: bool
    json: bool
    learn: Path | None
    signed_off_by: str

    def written(self, report: CheckReport, day: date) -> str:
        """Write the files; gives what is printed. Raises `OSError`."""
        if self.junit is not None:
            self.junit.write_text(report.as_junit(), encoding="utf-8")
        if self.html is not None:
            self.html.write_text(page(report), encoding="utf-8")
        told = score_of(report.target, report.results, day) if self.score else report
        learned_lines = self._learned(report, day)
        return told.as_json() if self.json else "\n".join([told.as_text(), *learned_lines])

    def _learned(self, report: CheckReport, day: date) -> list[str]:
        if self.learn is None:
            return []
        found = learned(report.results, signed_off_by=self.signed_off_by, day=day.isoformat())
        if not found.proposals:
            return ["", "Nothing was learned of a rule.", *found.lines()]
        self.learn.write_text(found.patch(), encoding="utf-8")
        return ["", found.patch(), *_what_next(self.learn)]


def _what_next(file: Path) -> Iterator[str]:
    yield f"It is in {file}: review it, then `git apply {file}` in a checkout; its checks want turning, too."
