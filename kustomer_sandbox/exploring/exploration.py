"""What was found: the smallest point of each defect, as a table, as JSON, and as tests to paste."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Literal, NamedTuple, Self

from kustomer_sandbox.exploring.judging import Complaint
from kustomer_sandbox.exploring.points import Point

_ROW = "{:<5} {:<30} {:<13} {}"
_TEST = """\
def test_{rule}_at_{step}_{number}(kustomer):
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
        place = (self.number, self.operation, self.fault) if self.number else ("-", "", "no fault")
        return _ROW.format(*place, f"{self.rule}: {self.text}{more}")


class JobDescription(NamedTuple):
    """A job's name and home, all that a test has to import, how to ask for its exploration again, and its steps.

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
    def of(cls, method: str, *given: object, step: Literal["call", "delivery"] = "call", **options: object) -> Self:
        """That of a job, which is the first `given`, explored by this method of `Kustomer`."""
        words = [*map(_word, given), *(f"{name}={_word(value)}" for name, value in options.items())]
        functions = tuple(_name(value) for value in (*given, *options.values()) if callable(value))
        home = getattr(given[0], "__module__", "")
        return cls(functions[0], home, functions, f"{method}({', '.join(words)}", step)


def _name(function: object) -> str:
    """`take_over`, or `test_it.<locals>.take_over`."""
    return str(getattr(function, "__qualname__", type(function).__name__))


def _word(value: object) -> str:
    if callable(value):
        return _name(value).rpartition(".")[2]
    return json.dumps(value) if isinstance(value, str | tuple) else repr(value)


@dataclass(frozen=True, kw_only=True, slots=True)
class Exploration:
    """What `kustomer.explore` found out about a job: its calls, how many points were tried, and findings.

    `findings` has each defect once, at its smallest point; `str` is a table for people. With a receiver `calls` are the
    events that were delivered.
    """

    told: JobDescription
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
        faulty = [asdict(finding) for finding in self.findings if finding.number]
        tests = [_TEST.format(asked=asked, step=step, **finding) for finding in faulty]
        return imported + "\n\n".join(tests) if tests else ""

    def as_json(self) -> str:
        """The same for programs, on one line."""
        told = {"job": self.told.job, "module": self.told.module, "calls": self.calls, "points": self.points}
        return json.dumps({**told, "findings": [asdict(finding) for finding in self.findings]})

    def __str__(self) -> str:
        found = f"found: {len(self.findings)}" if self.findings else "nothing found"
        columns = ("call", "operation") if self.told.step == "call" else ("no.", "event")
        head = [_ROW.format(*columns, "fault", "found")] if self.findings else []
        lines = [f"{self.told.job}: {len(self.calls)} {self.told.steps}, {self.points} points, {found}"]
        return "\n".join([*lines, *head, *map(str, self.findings)])


def smallest(found: Iterable[tuple[Point, Complaint]], steps: Sequence[str]) -> Iterator[Finding]:
    """Of complaints in the order of their points: each defect where it shows first. `steps` are told by their numbers.

    Complaints by one rule of one operation are one defect.
    """
    defects: dict[tuple[str, str], list[tuple[Point, str]]] = defaultdict(list)
    for point, complaint in found:
        defects[complaint.rule, steps[point.number]].append((point, complaint.text))
    for (rule, operation), places in defects.items():
        (number, fault), text = places[0]
        others = sum(point != places[0][0] for point, _ in places)
        yield Finding(rule=rule, number=number, operation=operation, fault=fault, text=text, others=others)
