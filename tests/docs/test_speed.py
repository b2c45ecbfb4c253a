"""The page on speed is made of the kept runs; a figure is judged by the one table of targets."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.figures import Figure, table
from bench.history import CHARTED, keep, kept, page
from bench.targets import TARGETS
from tests.architecture_rules import ROOT


def test_the_page_is_made_of_the_history() -> None:
    """`python -m bench.history > docs/speed.md` after a kept run."""
    assert (ROOT / "docs" / "speed.md").read_text("utf-8") == page(kept())


def test_what_is_charted_has_a_goal() -> None:
    assert TARGETS.keys() >= set(CHARTED)


@pytest.mark.parametrize(
    ("name", "value", "verdict"),
    [
        ("list of 100 customers / floor", 1.99, "MISSED"),
        ("list of 100 customers / floor", 2.0, "ok"),
        ("cold start of `up` / floor", 2.01, "MISSED"),
        ("cold start of `up` / floor", 2.0, "ok"),
        ("PUT customer / floor", 0.1, ""),
    ],
)
def test_a_goal_is_held_without_a_margin(name: str, value: float, verdict: str) -> None:
    figure = Figure(name=name, rounds=(value,), unit="x")
    assert figure.is_missed == (verdict == "MISSED")
    assert (verdict or "x  ") in table([figure]).splitlines()[1]


def test_a_rate_tells_what_half_and_nearly_all_waited() -> None:
    figure = Figure(name="PUT customer / floor", rounds=(1.0,), unit="x", waits=tuple(map(float, range(200, 0, -1))))
    assert {name: figure.shown()[name] for name in ("p50_ms", "p99_ms")} == {"p50_ms": 101.0, "p99_ms": 199.0}


def test_a_kept_run_is_one_line_of_ratios_and_judged_figures(tmp_path: Path) -> None:
    file = tmp_path / "history.jsonl"
    ratio, absolute = (Figure(name=name, rounds=(0.5,), unit=unit) for name, unit in (("one", "x"), ("other", "ms")))
    goal = Figure(name=CHARTED[0], rounds=(2.0, 3.0, 2.6), unit="x")
    for _ in range(2):
        keep([ratio, absolute, goal], "quiet", file)
    assert [run.figures for run in kept(file)] == [{"one": 0.5, CHARTED[0]: 2.6}] * 2
    assert f"| {CHARTED[0]} | ≥ 2.5 | 2.6 | met |" in page(kept(file))
