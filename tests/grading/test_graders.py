"""The graders themselves: who is idle fails, good paths pass, every criterion has a run that fails on it alone."""

from __future__ import annotations

import pytest

from kustomer_sandbox.grading.arena import Arena
from kustomer_sandbox.grading.scenarios import load_scenarios
from tests.grading.all_runs import ALL
from tests.grading.steps import nothing

GOOD = [(name, number) for name, runs in ALL.items() for number in range(len(runs.good))]
BAD = [(name, number) for name, runs in ALL.items() for number in runs.bad]


def test_every_shipped_scenario_has_runs_for_every_criterion() -> None:
    """No criterion is without a run that fails on it."""
    wanted = {name: set(range(1, len(scenario.criteria) + 1)) for name, scenario in load_scenarios().items()}
    assert {name: set(runs.bad) for name, runs in ALL.items()} == wanted


@pytest.mark.parametrize("name", ALL)
def test_who_does_nothing_fails(arena: Arena, name: str) -> None:
    """Else a scenario would be passed by an agent that does not even start."""
    assert not arena.run(name, nothing).verdict.has_passed


@pytest.mark.parametrize(("name", "number"), GOOD)
def test_a_good_path_passes(arena: Arena, name: str, number: int) -> None:
    """The oracle, and other ways that are as good."""
    verdict = arena.run(name, ALL[name].good[number]).verdict
    assert verdict.has_passed, verdict.as_text()


@pytest.mark.parametrize(("name", "number"), BAD)
def test_a_bad_path_fails_on_one_criterion_alone(arena: Arena, name: str, number: int) -> None:
    """So each criterion sees what it is there for, and no more."""
    verdict = arena.run(name, ALL[name].bad[number]).verdict
    assert [result.number for result in verdict.unmet] == [number], verdict.as_text()


@pytest.mark.parametrize("name", ALL)
def test_the_same_run_gives_the_same_bytes(arena: Arena, name: str) -> None:
    """Nothing of a verdict depends on when and how often it was asked for."""
    verdicts = {arena.run(name, ALL[name].good[0]).verdict.as_json() for _ in range(2)}
    assert len(verdicts) == 1


@pytest.mark.parametrize("name", ALL)
def test_a_world_of_another_seed_is_judged_the_same(arena: Arena, name: str) -> None:
    """No id is hard-wired."""
    verdict = arena.run(name, ALL[name].good[0], seed="another").verdict
    assert verdict.has_passed, verdict.as_text()
