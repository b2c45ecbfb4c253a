"""The scripted runs of every shipped scenario, by its name."""

from __future__ import annotations

from collections.abc import Mapping

from tests.grading.runs import article, traps, work
from tests.grading.table import ScenarioRuns

ALL: Mapping[str, ScenarioRuns] = {**article.RUNS, **work.RUNS, **traps.RUNS}
