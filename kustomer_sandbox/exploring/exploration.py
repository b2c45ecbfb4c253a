"""What was found: the smallest point of each defect, as a table, as JSON, and as tests to paste."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Literal, NamedTuple, Self

from kustomer_sandbox.exploring.points import Point

WIDTHS = (5, 30, 13)
_TEST = """\
{imported}def test_{rule}_at_{step}_{number}(kustomer):
    kustomer.{asked}, at=({number}, "{fault}")).assert_clean()
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """One defect where it shows first, and at `others` later points.

    The first is call `number`, of `operation`, under `fault`; with a receiver the delivery of this number and event.
    """

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


class Told(NamedTuple):
    """How an exploration is told: the job and what else a test has to import, how to ask for it again, and its steps.

    A step is what a point's number counts.
    """

    job: str
    module: str
    functions: tuple[str, ...]
    asked: str
    step: Literal["call", "delivery"] = "call"

    @property
    def steps(self) -> str:
        """More than one of them."""
        return "calls" if self.step == "call" else "deliveries"

    @classmethod
    def of(cls, job: object) -> Self:
        """How the exploration of a job by itself is told."""
        name = name_of(job)
        return cls(name, getattr(job, "__module__", ""), (name,), f"explore({name.rpartition('.')[2]}")


def name_of(function: object) -> str:
    """`take_over`, or `test_it.<locals>.take_over`."""
    return str(getattr(function, "__qualname__", type(function).__name__))


@dataclass(frozen=True, kw_only=True, slots=True)
class Exploration:
    """What `kustomer.explore` found out about a job: its calls, how many points were tried, and findings.

    `findings` has each defect once, at its smallest point; `str` is a table for people. With a receiver `calls` are the
    events that were delivered.
    """

    told: Told
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
        _, module, functions, asked, step = self.told
        can_be_imported = module != "__main__" and all(map(str.isidentifier, functions))
        imported = f"from {module} import {', '.join(sorted(functions))}\n\n\n" if can_be_imported else ""
        faulty = [finding for finding in self.findings if finding.number]
        tests = [
            _TEST.format(
                imported="" if place else imported,
                rule=finding.rule,
                number=finding.number,
                asked=asked,
                step=step,
                fault=finding.fault,
            )
            for place, finding in enumerate(faulty)
        ]
        return "\n\n".join(tests)

    def as_json(self) -> str:
        """The same for programs, on one line."""
        told = {"job": self.told.job, "module": self.told.module, "calls": self.calls, "points": self.points}
        return json.dumps({**told, "findings": [asdict(finding) for finding in self.findings]})

    def __str__(self) -> str:
        found = f"found: {len(self.findings)}" if self.findings else "nothing found"
        columns = ("call", "operation") if self.told.step == "call" else ("no.", "event")
        head = "{:<{}} {:<{}} {:<{}} found".format(columns[0], WIDTHS[0], columns[1], WIDTHS[1], "fault", WIDTHS[2])
        lines = [f"{self.told.job}: {len(self.calls)} {self.told.steps}, {self.points} points, {found}"]
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
