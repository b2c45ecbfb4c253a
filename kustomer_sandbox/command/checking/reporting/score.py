"""How far a target keeps the promises, as a table of a day: by group what is verified, departed and unknown.

The numbers are never added up over groups: a group of ten checks weighs no tenth of one of a hundred.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Final

from kustomer_sandbox import __version__
from kustomer_sandbox.contracts.suite.groups import GROUPS, group_of
from kustomer_sandbox.contracts.suite.running import CheckResult
from kustomer_sandbox.contracts.suite.selecting import selected

COLUMNS: Final = ("verified", "departed", "unknown")
_WIDTH = max(map(len, GROUPS)) + 2


@dataclass(frozen=True, kw_only=True, slots=True)
class Score:
    """What is known of a target. `unknown` is a check that was not applicable, not allowed, or not asked at all."""

    target: str
    date: str
    version: str
    groups: Mapping[str, Mapping[str, int]]

    def as_json(self) -> str:
        return json.dumps(asdict(self))

    def as_text(self) -> str:
        """The table, with target, day and version above it: the same for the same score."""
        head = f"{self.target}, {self.date}, kustomer-sandbox {self.version}"
        names = " " * _WIDTH + "".join(f"{name:>10}" for name in COLUMNS)
        rows = [
            f"{group:<{_WIDTH}}" + "".join(f"{counts[name] or '·':>10}" for name in COLUMNS)
            for group, counts in self.groups.items()
        ]
        return "\n".join([head, "", names, *rows])


def score_of(target: str, results: Iterable[CheckResult], day: date) -> Score:
    """The score of one or more runs at a target. What none of them has asked is unknown, too."""
    verdicts = {result.check: result.verdict for result in results}
    counts: dict[str, Counter[str]] = {group: Counter() for group in GROUPS}
    for check in [*selected(), *selected(of_tools=True)]:
        verdict = verdicts.get(check.name)
        counts[group_of(check)][verdict if verdict in {"verified", "departed"} else "unknown"] += 1
    groups = {group: {name: found[name] for name in COLUMNS} for group, found in counts.items()}
    return Score(target=target, date=day.isoformat(), version=__version__, groups=groups)
