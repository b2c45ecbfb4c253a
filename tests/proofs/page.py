"""Writes `docs/proofs.md`: `python -m tests.proofs.page > docs/proofs.md`."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import Any

from tests.proofs.faults import PROOFS
from tests.proofs.nearest import NEAREST, ROOT, SCORES, explained, mark_of, source_of

PAGE = ROOT / "docs" / "proofs.md"


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
        "- **Departures**: `nox -s check` holds the shipped checks against a target that is wrong on purpose, in many",
        "  places; each is named, and nothing else.",
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
    scores: dict[str, Any] = json.loads(SCORES.read_text(encoding="utf-8")) if SCORES.exists() else {}
    yield from (
        "## Mutants",
        "",
        "`nox -s mutation` runs the tests nearest to a module on each of its mutants, in a process each: those that",
        "run the function that differs, the quickest first, up to the first that fails. It prints what lives.",
        "Arguments name modules by a part; `--write` keeps the score for this page. Mutants that differ by an",
        "annotation alone do not count, nor do those that Python itself warns of. Left out is what cosmic-ray makes of",
        "the bare `*` in a function's head, behind which arguments are given by name: it takes it for a",
        "multiplication, and writes a `/`. Scores are those of the last run of each module; one that has changed",
        "since then is marked.",
        "",
        "| module | mutants | killed | living, explained | living, not explained | left out |",
        "| --- | --- | --- | --- | --- | --- |",
        *(_score(module, scores.get(module)) for module in NEAREST),
        "",
        _sum(scores),
    )
    living = sorted({(module, told) for module, score in scores.items() for told in score["living"]})
    if living:
        yield from ("", "What lives, and why no test tells it from the original:", "")
    for module, told in living:
        yield f"- `{module}`: `{told}` - {explained(module, told) or 'not explained yet.'}"


def _score(module: str, score: dict[str, Any] | None) -> str:
    if score is None:
        return f"| `{module}` | not run yet | | | | |"
    living = score["living"]
    known = sum(bool(explained(module, told)) for told in living)
    counts = (score["mutants"], score["mutants"] - len(living), known, len(living) - known, score["left_out"])
    since = "" if score["source"] == mark_of(source_of(module)) else " (has changed since)"
    return " | ".join([f"| `{module}`{since}", *map(str, counts), ""]).rstrip()


def _sum(scores: dict[str, Any]) -> str:
    every = sum(score["mutants"] for score in scores.values())
    living = [(module, told) for module, score in scores.items() for told in score["living"]]
    if not every:
        return "None has been run yet."
    killed = every - len(living)
    alike = sum(bool(explained(module, told)) for module, told in living)
    with_all = every + sum(score["left_out"] for score in scores.values())
    told = (
        f"{killed} of {every} mutants are killed ({killed / every:.1%}); were those left out counted as living,\n"
        f"{killed} of {with_all} ({killed / with_all:.1%}); of those that a test could tell from the original\n"
        f"{killed} of {every - alike} ({killed / (every - alike):.1%})."
    )
    missing = len(NEAREST) - len(scores)
    return f"{told} {missing} modules have not been run yet." if missing else told


if __name__ == "__main__":
    sys.stdout.write(page())
