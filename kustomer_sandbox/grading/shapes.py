"""Shapes of what the control API says of a verdict."""

from __future__ import annotations

from pydantic import BaseModel, Field

from kustomer_sandbox.grading.verdict import Verdict


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
