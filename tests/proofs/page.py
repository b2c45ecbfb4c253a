"""Writes `docs/proofs.md`: `python -m tests.proofs.page > docs/proofs.md`."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.proofs.faults import PROOFS

HERE = Path(__file__).parent
PAGE = HERE.parents[1] / "docs" / "proofs.md"
SCORES = HERE / "scores.json"
"""What `nox -s mutation` has found, by module."""


def page() -> str:
    """The whole page."""
    return "\n".join([*_begin(), *_faults(), *_mutants(), ""])


def _begin() -> Iterator[str]:
    yield from (
        "<!-- Written by `python -m tests.proofs.page > docs/proofs.md`; a test holds it to what it tells of. -->",
        "# What proves limits, masking and windows",
        "",
        "These three are what the sandbox is for, so there are proofs that its tests would notice if they were wrong.",
        "",
        "- **Machines** (`tests/stateful`) do random things in random order, and compare each answer with",
        "  `tests/stateful/reference.py`, which states the rules once more: short, slow, with no code of the product.",
        "- **Planted faults**: each machine has a table of coarse faults that its everyday run must find, and the",
        "  table below says for finer ones which everyday test catches them. `nox -s properties` prints it.",
        "- **Mutants**: `nox -s mutation` has cosmic-ray change the code in every way it knows, one at a time.",
        "- **Canaries**: `nox -s canaries` looks for sensitive values in all that leaves the sandbox.",
        "",
    )


def _faults() -> Iterator[str]:
    yield from ("## Planted faults", "", "| area | fault | caught by |", "| --- | --- | --- |")
    for proof in PROOFS:
        file, _, test = proof.test.partition("::")
        yield f"| {proof.area} | {proof} | `{test}` in `{file}` |"
    yield ""


def _mutants() -> Iterator[str]:
    yield from ("## Mutants", "")
    if not SCORES.exists():
        yield "Not run yet."
        return
    scores: dict[str, Any] = json.loads(SCORES.read_text(encoding="utf-8"))
    yield json.dumps(scores)


if __name__ == "__main__":
    sys.stdout.write(page())
