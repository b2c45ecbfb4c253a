"""The folder that a run leaves, and the verdicts of many such folders."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import orjson

from kustomer_sandbox.grading.reports.junit import as_junit
from kustomer_sandbox.grading.reports.page import run_page
from kustomer_sandbox.grading.reports.spans import spans
from kustomer_sandbox.grading.running import ProgramRun
from kustomer_sandbox.grading.stored import verdict_of
from kustomer_sandbox.grading.verdict import Verdict

VERDICT, LABEL = "verdict.json", "label.txt"


def leave(folder: Path, run: ProgramRun, *, prompt: str, label: str) -> Path:
    """Write a run into a new folder below `folder`, named by scenario, label and number; gives it. Raises `OSError`."""
    home = _free(folder, "-".join(filter(None, [run.verdict.scenario, label])))
    for name, data in _files(run, prompt, label, home.name):
        (home / name).write_bytes(data)
    return home


def _files(run: ProgramRun, prompt: str, label: str, name: str) -> Iterator[tuple[str, bytes]]:
    yield VERDICT, run.verdict.as_json() + b"\n"
    yield LABEL, label.encode()
    yield "bundle.jsonl", run.bundle.written()
    yield "trace.jsonl", b"".join(orjson.dumps(call.entry.shown()) + b"\n" for call in run.trace.calls)
    yield "spans.json", orjson.dumps(spans(run.verdict, run.trace, run=name))
    yield "diff.json", json.dumps(asdict(run.diff)["types"], default=list, indent=1).encode()
    yield "verdict.xml", as_junit({label: [run.verdict]}).encode()
    yield "report.html", run_page(run.verdict, run.trace, prompt).encode()
    yield "agent.txt", run.printed.encode()


def _free(folder: Path, name: str) -> Path:
    for number in range(1, _MOST):
        home = folder / f"{name}-{number}"
        try:
            home.mkdir(parents=True)
        except FileExistsError:
            continue
        return home
    raise FileExistsError(name)


_MOST = 1_000_000


def read_verdicts(folder: Path) -> dict[str, list[Verdict]]:
    """The verdicts of all runs below a folder, by label. Raises `OSError`, `KeyError` or `ValueError`."""
    found: dict[str, list[Verdict]] = defaultdict(list)
    for file in sorted(folder.rglob(VERDICT)):
        label = file.with_name(LABEL)
        found[label.read_text("utf-8") if label.exists() else ""].append(verdict_of(orjson.loads(file.read_bytes())))
    return dict(found)
