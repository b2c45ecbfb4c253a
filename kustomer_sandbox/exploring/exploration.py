"""What was found: the smallest point of each defect, as a table, as JSON, and as tests to paste."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace

from kustomer_sandbox.exploring.points import Point

WIDTHS = (5, 30, 13)
_TEST = """\
{imported}def test_{rule}_at_call_{number}(kustomer):
    kustomer.explore({job}, at=({number}, "{fault}")).assert_clean()
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """One defect where it shows first: at call `number` of `operation`, under `fault`; and at `others` later points."""

    rule: str
    number: int
    operation: str
    fault: str
    text: str
    others: int = 0

    def __str__(self) -> str:
        more = f" (and at {self.others} more points)" if self.others else ""
        start, operation, fault = (f"{text:<{width}}" for text, width in zip(self._place(), WIDTHS, strict=True))
        return f"{start} {operation} {fault} {self.rule}: {self.text}{more}"

    def _place(self) -> tuple[str, str, str]:
        return (str(self.number), self.operation, self.fault) if self.number else ("-", "", "no fault")


@dataclass(frozen=True, kw_only=True, slots=True)
class Exploration:
    """What `kustomer.explore` found out about a job: how many calls it makes, how many points were tried, and findings.

    `findings` has each defect once, at its smallest point; `str` is a table for people.
    """

    job: str
    module: str
    calls: tuple[str, ...]
    points: int
    findings: tuple[Finding, ...]

    def assert_clean(self) -> None:
        """Fail if anything was found; the message is the table and a test for each finding."""
        __tracebackhide__ = True
        if self.findings:
            raise AssertionError(f"{self}\n\n{self.as_tests()}")

    def as_tests(self) -> str:
        """A test for each finding that fails until the defect is mended."""
        can_be_imported = self.module != "__main__" and "<" not in self.job
        imported = f"from {self.module} import {self.job}\n\n\n" if can_be_imported and "." not in self.job else ""
        named = self.job.rpartition(".")[2]
        faulty = [finding for finding in self.findings if finding.number]
        tests = [
            _TEST.format(
                imported="" if place else imported,
                rule=finding.rule,
                number=finding.number,
                job=named,
                fault=finding.fault,
            )
            for place, finding in enumerate(faulty)
        ]
        return "\n\n".join(tests)

    def as_json(self) -> str:
        """The same for programs, on one line."""
        return json.dumps(asdict(self))

    def __str__(self) -> str:
        found = f"found: {len(self.findings)}" if self.findings else "nothing found"
        head = "{:<{}} {:<{}} {:<{}} found".format("call", WIDTHS[0], "operation", WIDTHS[1], "fault", WIDTHS[2])
        lines = [f"{self.job}: {len(self.calls)} calls, {self.points} points, {found}"]
        return "\n".join([*lines, *([head] if self.findings else []), *map(str, self.findings)])


class Found:
    """Findings as they come, from the smallest point on: of those alike the first is kept."""

    def __init__(self) -> None:
        self._first: dict[tuple[str, str], Finding] = {}

    def add(self, point: Point, operation: str, rule: str, text: str) -> None:
        """Note a finding: those of one rule and one operation are one defect."""
        known = self._first.get((rule, operation))
        if known is None:
            fresh = Finding(rule=rule, number=point.number, operation=operation, fault=point.fault, text=text)
            self._first[rule, operation] = fresh
        elif (known.number, known.fault) != point:
            self._first[rule, operation] = replace(known, others=known.others + 1)

    def all(self) -> Sequence[Finding]:
        """What was found."""
        return list(self._first.values())
