"""The shipped scenario files: worlds with a task for an agent, and what must be true once it is done."""

from __future__ import annotations

from functools import cache
from pathlib import Path

_FOLDER = Path(__file__).parents[1] / "scenarios"


@cache
def scenario_files() -> tuple[Path, ...]:
    """Every shipped scenario file, in the order of their names."""
    return tuple(sorted(_FOLDER.glob("*.yaml")))
