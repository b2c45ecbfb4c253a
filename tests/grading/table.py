"""The shape of a scenario's scripted runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from kustomer_sandbox.grading.arena import Agent


@dataclass(frozen=True, kw_only=True, slots=True)
class ScenarioRuns:
    """The runs of one scenario.

    `good` ones pass, the oracle first; `bad` has for each criterion, by its number, one that fails on it alone.
    """

    good: tuple[Agent, Agent, Agent]
    bad: Mapping[int, Agent]
