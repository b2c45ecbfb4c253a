"""What the judge says: of each criterion whether it is met, why, and by which calls."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import orjson


@dataclass(frozen=True, kw_only=True, slots=True)
class Ruling:
    """What came of one criterion. `calls` are the numbers of the journal entries that decided it."""

    is_met: bool
    reason: str
    calls: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class CriterionResult:
    """A criterion of a scenario, the `number`th of its file, and what came of it."""

    number: int
    criterion: str
    ruling: Ruling


@dataclass(frozen=True, kw_only=True, slots=True)
class Cost:
    """What a run took: calls of the API, those refused, and about how many tokens their answers have."""

    calls: int
    refused: int
    tokens: int

    def __str__(self) -> str:
        return f"{self.calls} calls, {self.refused} refused, about {self.tokens} tokens answered"


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """The whole: passed if every criterion is met. `lines` tell each call that decided something."""

    scenario: str
    results: tuple[CriterionResult, ...]
    cost: Cost
    lines: dict[int, str] = field(default_factory=dict)

    @property
    def has_passed(self) -> bool:
        return all(result.ruling.is_met for result in self.results)

    @property
    def unmet(self) -> list[CriterionResult]:
        return [result for result in self.results if not result.ruling.is_met]

    def shown(self) -> dict[str, Any]:
        """The verdict as JSON."""
        return {
            "scenario": self.scenario,
            "passed": self.has_passed,
            "criteria": [
                {
                    "number": result.number,
                    "criterion": result.criterion,
                    "met": result.ruling.is_met,
                    "reason": result.ruling.reason,
                    "calls": list(result.ruling.calls),
                }
                for result in self.results
            ],
            "cost": {"calls": self.cost.calls, "refused": self.cost.refused, "tokens": self.cost.tokens},
            "calls": {str(seq): text for seq, text in sorted(self.lines.items())},
        }

    def as_json(self) -> bytes:
        """The same as text: equal verdicts are equal bytes."""
        return orjson.dumps(self.shown(), option=orjson.OPT_SORT_KEYS)

    def as_text(self) -> str:
        """A line for each criterion, and below it the calls that decided."""
        lines = [f"{self.scenario}: {'passed' if self.has_passed else 'failed'}"]
        for result in self.results:
            ruling = result.ruling
            lines.append(f"  {'met  ' if ruling.is_met else 'UNMET'} {result.criterion}: {ruling.reason}")
            lines += [f"          {self.lines[seq]}" for seq in ruling.calls if seq in self.lines]
        return "\n".join([*lines, f"  {self.cost}"])

    def __str__(self) -> str:
        return self.as_text()
