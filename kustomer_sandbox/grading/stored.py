"""Verdicts as they are written down and read back."""

from __future__ import annotations

from typing import Any

from kustomer_sandbox.grading.verdict import Cost, CriterionResult, Ruling, Verdict


def verdict_of(shown: dict[str, Any]) -> Verdict:
    """A verdict from its JSON. Raises `KeyError` or `TypeError` for what is none."""
    return Verdict(
        scenario=str(shown["scenario"]),
        results=tuple(_result(each) for each in shown["criteria"]),
        cost=Cost(**shown["cost"]),
        lines={int(seq): str(text) for seq, text in shown["calls"].items()},
    )


def _result(shown: dict[str, Any]) -> CriterionResult:
    ruling = Ruling(is_met=bool(shown["met"]), reason=str(shown["reason"]), calls=tuple(shown["calls"]))
    return CriterionResult(number=int(shown["number"]), criterion=str(shown["criterion"]), ruling=ruling)
