"""Shapes of what the control API says of scenarios and verdicts."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field

from kustomer_sandbox.grading.verdict import Verdict
from kustomer_sandbox.simulator.scenarios.files.loader import FileScenario


class ScenarioShown(BaseModel):
    """A scenario with a task for an agent."""

    name: str
    prompt: str = Field(description="What an agent is asked to do.")
    criteria: list[dict[str, Any]] = Field(
        description="What must be true in the end, each by the name of its kind; `@section.entry` is a record's id."
    )


class CriterionShown(BaseModel):
    """One criterion: whether it is met, why, and which entries of the journal decided it."""

    number: int
    criterion: str
    met: bool
    reason: str
    calls: list[int]


class CostShown(BaseModel):
    """What a run took; tokens are estimated."""

    calls: int
    refused: int
    tokens: int


class VerdictShown(BaseModel):
    """Whether a run did the right thing, and nothing else."""

    scenario: str
    passed: bool
    criteria: list[CriterionShown]
    cost: CostShown
    calls: dict[str, str] = Field(description="The entries that decided, by number, each in a line.")


def shown(verdict: Verdict) -> VerdictShown:
    """A verdict as the control API shows it."""
    return VerdictShown.model_validate(verdict.shown())


def scenario_shown(name: str, scenario: FileScenario) -> ScenarioShown:
    """A scenario as the control API shows it."""
    criteria = [{one: {}} if isinstance(one, str) else one for one in scenario.criteria]
    return ScenarioShown(name=name, prompt=scenario.prompt or "", criteria=criteria)
