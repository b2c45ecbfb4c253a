"""pass^k: how reliable an agent is, as the chance that k runs of one scenario all pass."""

from __future__ import annotations

from math import comb


def pass_at(k: int, runs: int, passed: int) -> float:
    """The share of all choices of k among these runs in which every run passed."""
    return comb(passed, k) / comb(runs, k)
