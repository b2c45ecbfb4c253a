"""What a measurement found, against its target; a table and JSON of all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any, Literal

Sense = Literal["at least", "at most", "shown"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Figure:
    """One figure: the median of its rounds in `unit`. `target` counts unless the sense is `shown`.

    `detail` gives the absolute numbers behind a ratio, which mean something on this machine only.
    """

    name: str
    rounds: tuple[float, ...]
    unit: str
    sense: Sense = "shown"
    target: float = 0.0
    detail: str = ""

    @property
    def value(self) -> float:
        return median(self.rounds)

    @property
    def is_missed(self) -> bool:
        if self.sense == "at least":
            return self.value < self.target
        return self.sense == "at most" and self.value > self.target

    def shown(self) -> dict[str, Any]:
        """The figure as `--json` prints it."""
        return {
            "name": self.name,
            "value": round(self.value, 4),
            "unit": self.unit,
            "sense": self.sense,
            "target": None if self.sense == "shown" else self.target,
            "missed": self.is_missed,
            "rounds": [round(value, 4) for value in self.rounds],
            "detail": self.detail,
        }


def ratios(above: Sequence[float], below: Sequence[float]) -> tuple[float, ...]:
    """What was measured, over what it is measured against, round by round."""
    return tuple(one / other for one, other in zip(above, below, strict=True))


def interleaved(count: int, *measures: Callable[[], float]) -> list[list[float]]:
    """Each measure's values over `count` rounds; within a round all are taken, every other round backwards."""
    found: list[list[float]] = [[] for _ in measures]
    for number in range(count):
        order = list(enumerate(measures))
        for place, measure in order if number % 2 else reversed(order):
            found[place].append(measure())
    return found


def table(figures: Iterable[Figure]) -> str:
    """One line per figure."""
    lines = [_line("figure", "value", "target", "", "range of rounds; detail")]
    for figure in figures:
        target = "" if figure.sense == "shown" else f"{'>=' if figure.sense == 'at least' else '<='} {figure.target:g}"
        verdict = "" if figure.sense == "shown" else "MISSED" if figure.is_missed else "ok"
        spread = f"{min(figure.rounds):.2f}-{max(figure.rounds):.2f}; {figure.detail}"
        lines.append(_line(figure.name, f"{figure.value:.2f} {figure.unit}", target, verdict, spread))
    return "\n".join(lines)


def _line(*cells: str) -> str:
    return "  ".join(cell.ljust(width) for cell, width in zip(cells, (52, 12, 8, 6, 0), strict=True)).rstrip()
