"""What a measurement found, against its target; a table and JSON of all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from bench.targets import TARGETS, Target


@dataclass(frozen=True, kw_only=True, slots=True)
class Figure:
    """One figure: the median of its rounds in `unit`, judged if its name is among the targets.

    `detail` gives the absolute numbers behind a ratio, which mean something on this machine only; so does `waits`, the
    milliseconds until each single answer while all connections ask at once.
    """

    name: str
    rounds: tuple[float, ...]
    unit: str
    detail: str = ""
    waits: tuple[float, ...] = ()

    @property
    def value(self) -> float:
        return median(self.rounds)

    @property
    def target(self) -> Target | None:
        return TARGETS.get(self.name)

    @property
    def is_missed(self) -> bool:
        return self.target is not None and self.target.is_missed_by(self.value)

    @property
    def percentiles(self) -> dict[str, float]:
        """p50 and p99 of the waits, where there are any."""
        return {f"p{part}": _percentile(self.waits, part) for part in (50, 99)} if self.waits else {}

    def shown(self) -> dict[str, Any]:
        """The figure as `--json` prints it."""
        return {
            "name": self.name,
            "value": round(self.value, 4),
            "unit": self.unit,
            "sense": self.target.sense if self.target else "shown",
            "target": self.target.bound if self.target else None,
            "missed": self.is_missed,
            "rounds": [round(value, 4) for value in self.rounds],
            "detail": self.detail,
            **{f"{name}_ms": round(wait, 4) for name, wait in self.percentiles.items()},
        }


def _percentile(values: Sequence[float], part: int) -> float:
    return sorted(values)[min(len(values) * part // 100, len(values) - 1)]


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
        target = "" if figure.target is None else str(figure.target)
        verdict = "" if figure.target is None else "MISSED" if figure.is_missed else "ok"
        waits = ", ".join(f"{name} {wait:.2f} ms" for name, wait in figure.percentiles.items())
        spread = "; ".join(filter(None, (f"{min(figure.rounds):.2f}-{max(figure.rounds):.2f}", figure.detail, waits)))
        lines.append(_line(figure.name, f"{figure.value:.2f} {figure.unit}", target, verdict, spread))
    return "\n".join(lines)


def _line(*cells: str) -> str:
    return "  ".join(cell.ljust(width) for cell, width in zip(cells, (52, 12, 8, 6, 0), strict=True)).rstrip()
