"""What the journal says of single decisions: which budget was drawn on, what was odd, what was wrong where."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from kustomer_sandbox.simulator.values.clock import EARLIEST, iso
from kustomer_sandbox.simulator.world.journal import Step
from kustomer_sandbox.simulator.world.journal_summary import WARNING

BUDGET = ("budget", "used", "limit")
_OBJECT_BUDGET = (*BUDGET, "object")
_WARNED = ("warning", "parameter")


def budget_step(budget: str, used: int, limit: int, target: str) -> Step:
    """That a call drew on a budget of an object, or of a user for everything."""
    return ("budget", "ok", _OBJECT_BUDGET, (budget, used, limit, target))


def refused_budget(budget: str, limit: int, target: str, resets_at: float) -> tuple[tuple[str, ...], tuple[Any, ...]]:
    """Names and values of what a refusal says of the budget that is used up; `resets_at` is epoch seconds."""
    frees = iso(EARLIEST + timedelta(seconds=resets_at))
    return (*_OBJECT_BUDGET, "resets_at"), (budget, limit, limit, target, frees)


def warning_step(step: str, words: str, parameter: str) -> Step:
    """That a call went on although something is odd about a parameter or field; its name alone."""
    return (step, WARNING, _WARNED, (words, parameter))


def unknown_parameter_step(name: str) -> Step:
    """That the query had a parameter which the operation does not know."""
    return warning_step("input", "unknown parameter, ignored", name)


def problem(at: str, reason: str) -> dict[str, str]:
    """What a call was refused for: a pointer into its body or a parameter's name, and why, in the schema's words."""
    return {"at": at, "reason": reason}


def masks(masked: Mapping[str, int]) -> Step:
    """How many records of each type were shown with masks, as a step."""
    return ("masks", "applied", tuple(masked), tuple(masked.values()))
