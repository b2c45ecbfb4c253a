"""Twenty scripted runs through our own `run`, OpenEnv, Inspect and Harbor's scripts: all score them the same.

`python -m tests.harnesses FOLDER` prints a table, and ends with 1 where they do not. Environments of the harnesses are
kept in the folder. One that no Python here can have is told of, and is no failure: Harbor wants 3.12.
"""

from __future__ import annotations

import json
import re
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.harnesses import through
from tests.harnesses.places import HERE, installed, run, sandbox
from tests.harnesses.scripted import Scripted, scripted_runs
from tests.harnesses.through import Grade


def main(environments: Path) -> int:
    runs = scripted_runs()
    pythons = {name: installed(name, environments) for name in ("openenv", "inspect", "harbor")}
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        calls = through.calls_written(runs, folder)
        grades = {"run": through.ours(runs, calls, folder / "bundles")}
        with sandbox() as url:
            for name in ("openenv", "inspect"):
                if python := pythons[name]:
                    grades[name] = through.exported(runs, calls, name, python, url, folder)
        grades["harbor"] = through.harbor(runs, calls, folder / "bundles", folder)
        if python := pythons["harbor"]:
            run([python, HERE / "runners" / "harbor_reads.py", *sorted(folder.glob("harbor-*"))])
    sys.stdout.write(table(runs, grades))
    for way, number in differences(runs, grades):
        told = f"{json.dumps(runs[number]['grade'])}\n{json.dumps(grades[way][number])}"
        sys.stdout.write(
            f"{runs[number]['scenario']}, {runs[number]['agent']}, in this process and by {way}:\n{told}\n"
        )
    sys.stdout.writelines(f"{name} has no Python here: not tried\n" for name, found in pythons.items() if not found)
    return 1 if differences(runs, grades) else 0


def differences(runs: Sequence[Scripted], grades: Mapping[str, Sequence[Grade]]) -> list[tuple[str, int]]:
    """Way and number of each run whose grade is not, to the last word, what it is without any harness.

    But for the beginnings of ids, which are the second in which a record was made: time goes on where others call.
    """
    return [
        (way, number)
        for way, found in grades.items()
        for number, (scripted, grade) in enumerate(zip(runs, found, strict=True))
        if _timeless(grade) != _timeless(scripted["grade"])
    ]


def _timeless(grade: Grade) -> str:
    return re.sub(r"\b[0-9a-f]{8}([0-9a-f]{16})\b", r"\1", json.dumps(grade, sort_keys=True))


def table(runs: Sequence[Scripted], grades: Mapping[str, Sequence[Grade]]) -> str:
    """A line for each run: criteria met of all, in this process and by each way, with a `!` where the grade differs."""
    wrong = set(differences(runs, grades))
    lines = [f"{'scenario':<30}{'agent':<8}{'arena':>8}" + "".join(f"{way:>10}" for way in grades)]
    for number, scripted in enumerate(runs):
        cells = [f"{_score(found[number])}{'!' * ((way, number) in wrong)}" for way, found in grades.items()]
        start = f"{scripted['scenario']:<30}{scripted['agent']:<8}{_score(scripted['grade']):>8}"
        lines.append(start + "".join(f"{cell:>10}" for cell in cells))
    same = len(runs) * len(grades) - len(wrong)
    return "\n".join([*lines, f"{same} grades of {len(runs) * len(grades)} are the same as without a harness", ""])


def _score(grade: Grade) -> str:
    met = sum(each["met"] for each in grade["criteria"])
    return f"{met}/{len(grade['criteria'])}"


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
