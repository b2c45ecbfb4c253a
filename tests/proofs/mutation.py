"""Runs the nearest tests on every mutant of the modules for limits, masking, windows and leases.

`python -m tests.proofs.mutation [--jobs N] [--write] [part of a module's name …]`, from the root. Each mutant lives in
a process of its own, forked from one that has loaded and collected everything: no file is changed.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import sys
import tempfile
from functools import cache
from typing import Any

import pytest

from kustomer_sandbox import contracts
from tests.proofs.mutants import mutants
from tests.proofs.nearest import NEAREST, SCORES, VALUES, explained, mark_of, source_of
from tests.proofs.trying import QUIETLY, Trial

contracts.load = cache(contracts.load)


def tell(line: str) -> None:
    """At once, for whoever waits."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def run(module: str, jobs: int) -> dict[str, Any]:
    """The score of one module, printed and given; living mutants are explained or not."""
    importlib.import_module(f"kustomer_sandbox.{module}")
    source = source_of(module)
    found = mutants(source)
    every = [mutant for mutant in found if not mutant.is_of_marker]
    trial = Trial(module, every, jobs, tell)
    with tempfile.TemporaryDirectory() as folder:
        os.environ["PYTEST_DEBUG_TEMPROOT"] = os.environ["TMPDIR"] = tempfile.tempdir = folder
        outcome = pytest.main([*QUIETLY, *(f"tests/{test}" for test in (VALUES, *NEAREST[module]))], plugins=[trial])
        tempfile.tempdir = None
    del os.environ["TMPDIR"]
    if outcome != pytest.ExitCode.OK:
        raise SystemExit(f"{module}: its tests were not run, pytest says {outcome!r}")
    for mutant in sorted(trial.living, key=lambda mutant: mutant.line):
        known = explained(module, str(mutant))
        tell(f"{module}:{mutant.line} lives{' (explained)' if known else ''}: {mutant}")
    left_out = len(found) - len(every)
    tell(f"{module}: {len(every) - len(trial.living)} of {len(every)} killed, {left_out} left out")
    living = sorted(map(str, trial.living))
    return {"source": mark_of(source), "mutants": len(every), "left_out": left_out, "living": living}


def main() -> int:
    """Exit code 1 where a mutant lives that nobody has explained."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", help="parts of the names of modules; without, all")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--write", action="store_true", help="keep the scores for docs/proofs.md")
    given = parser.parse_args()
    found: dict[str, Any] = {}
    for module in NEAREST:
        if not given.parts or any(part in module for part in given.parts):
            found[module] = run(module, given.jobs)
            if given.write:
                kept = json.loads(SCORES.read_text(encoding="utf-8")) if SCORES.exists() else {}
                SCORES.write_text(json.dumps(kept | found, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    mutated = sum(score["mutants"] for score in found.values())
    living = [(module, told) for module, score in found.items() for told in score["living"]]
    killed, with_all = mutated - len(living), mutated + sum(score["left_out"] for score in found.values())
    tell(f"{killed} of {mutated} mutants killed ({killed / max(mutated, 1):.1%})")
    tell(f"{killed} of {with_all} were those left out counted as living ({killed / max(with_all, 1):.1%})")
    return any(not explained(module, told) for module, told in living)


if __name__ == "__main__":
    sys.exit(main())
