"""The chance by which calls are made: it follows from a seed, so that a run can be had again."""

from __future__ import annotations

from random import Random as Chance


def chance_of(seed: str) -> Chance:
    """The same seed gives the same chance."""
    return Chance(seed)  # noqa: S311 - it chooses calls and guards nothing


__all__ = ["Chance", "chance_of"]
