"""What runs with `--keep` found, a line each in `history.jsonl`; and the page that shows it against the targets.

python -m bench.history > docs/speed.md
"""

from __future__ import annotations

import json
import platform
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from bench.figures import Figure
from bench.processes import ROOT
from bench.targets import TARGETS, Target

FILE = Path(__file__).parent / "history.jsonl"
CHARTED = (
    "GET different customers / floor",
    "list of 100 customers / floor",
    "POST conversation / floor",
    "GET, SQLite store / memory",
    "POST conversation, SQLite store / memory",
)
_HEAD = """# Speed

`nox -s bench` measures the sandbox against two floors, in turns, in the same run and on the same core: a bare FastAPI
application with pydantic answer models that gives the same documents, and a protocol that answers constant bytes
without reading what is asked. Such a ratio says more than requests a second, which are those of one machine.
`nox -s bench -- throughput stores` runs cases by name; `--json` prints each figure with its rounds, and with p50 and
p99 where it is a rate over HTTP. The case `peers` measures Prism, WireMock, moto and json-server, where they are
installed.

The goals stand in `bench/targets.py`. One that is not met is listed as missed; none is lowered. `--keep NOTE` adds a
line to `bench/history.jsonl`, and `python -m bench.history > docs/speed.md` makes this page of it.
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Run:
    """One kept run: its judged figures and all its ratios, by name."""

    date: str
    commit: str
    python: str
    note: str
    figures: dict[str, float]


def keep(figures: Iterable[Figure], note: str, file: Path = FILE) -> None:
    """Add a line to the history."""
    run = Run(
        date=datetime.now(UTC).date().isoformat(),
        commit=_git("describe", "--always", "--dirty"),
        python=platform.python_version(),
        note=note,
        figures={
            figure.name: float(f"{figure.value:.4g}") for figure in figures if figure.target or figure.unit == "x"
        },
    )
    with file.open("a", encoding="utf-8") as lines:
        lines.write(json.dumps(asdict(run)) + "\n")


def kept(file: Path = FILE) -> list[Run]:
    """All kept runs, the oldest first."""
    return [Run(**json.loads(line)) for line in file.read_text("utf-8").splitlines()]


def page(runs: Sequence[Run]) -> str:
    """The whole page: the goals with the newest value of each, the runs, and how some of them went on."""
    newest = {name: (run, value) for run in runs for name, value in run.figures.items()}
    rows = [_row(name, target, *newest.get(name, (None, 0.0))) for name, target in TARGETS.items()]
    told = [f"| {run.date} | `{run.commit}` | {run.python} | {len(run.figures)} | {run.note} |\n" for run in runs]
    charts = [_chart(name, [run for run in runs if name in run.figures]) for name in CHARTED if name in newest]
    return (
        f"{_HEAD}\n## Goals\n\n| figure | goal | newest kept | | of |\n| --- | --- | --- | --- | --- |\n{''.join(rows)}"
        "\n## Kept runs\n\n| date | commit | Python | figures | machine |\n| --- | --- | --- | --- | --- |\n"
        f"{''.join(told)}\nBars are what was measured, the line is the goal.\n{''.join(charts)}"
    )


def _row(name: str, target: Target, run: Run | None, value: float) -> str:
    goal = str(target).replace(">=", "≥").replace("<=", "≤")
    if run is None:
        return f"| {name} | {goal} | | not kept yet | |\n"
    return f"| {name} | {goal} | {value:g} | {'missed' if target.is_missed_by(value) else 'met'} | {run.date} |\n"


def _chart(name: str, runs: Sequence[Run]) -> str:
    days = ", ".join(f'"{run.date} {run.commit[:7]}"' for run in runs)
    values = ", ".join(f"{run.figures[name]:g}" for run in runs)
    bound = TARGETS[name].bound
    goals = ", ".join(f"{bound:g}" for _ in runs)
    top = max(bound, *(run.figures[name] for run in runs)) * 1.2
    return (
        f'\n```mermaid\nxychart-beta\n    title "{name}"\n    x-axis [{days}]\n    y-axis "x" 0 --> {top:.2g}\n'
        f"    bar [{values}]\n    line [{goals}]\n```\n"
    )


def _git(*words: str) -> str:
    run = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S607
    return run.stdout.strip() or "unknown"


if __name__ == "__main__":
    sys.stdout.write(page(kept()))
