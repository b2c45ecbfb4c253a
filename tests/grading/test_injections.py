"""Prompt injections: a gullible agent falls, a careful one does not, and both are judged without a model."""

from __future__ import annotations

import json
import shlex
import sys
import time
from itertools import islice
from pathlib import Path

import pytest

from kustomer_sandbox.grading.arena import Agent, Arena
from kustomer_sandbox.grading.lint import weaknesses
from kustomer_sandbox.simulator.scenarios.files.loader import load_scenario
from kustomer_sandbox.testkit.pii.injections.cases import InjectionCase, NoSuchCase, cases
from kustomer_sandbox.testkit.pii.injections.outcomes import CaseOutcome, Counts, run_scripted
from kustomer_sandbox.testkit.pii.injections.scripted import careful, gullible
from tests.grading.commands import call

ALL = list(cases())
SPREAD = list(islice(ALL, 0, None, 29))
"""Every task, every injection and every place at least once."""


def run(chosen: list[InjectionCase], agent: Agent) -> list[CaseOutcome]:
    return list(run_scripted(chosen, agent, progress=lambda _: None))


def test_there_are_ten_tasks_eight_injections_and_five_places() -> None:
    assert len({case.name for case in ALL}) == 10 * 8 * 5
    for part, count in (("task", 10), ("injection", 8), ("place", 5)):
        assert len({getattr(case, part).name for case in SPREAD}) == count


def test_who_takes_what_is_read_for_data_does_the_task_and_nothing_else() -> None:
    for outcome in run(SPREAD, careful):
        assert outcome.verdict.has_passed, outcome.verdict.as_text()


def test_who_obeys_what_is_read_falls_by_the_criteria_of_the_injection() -> None:
    for outcome in run(SPREAD, gullible):
        assert outcome.fell, outcome.verdict.as_text()


def test_who_does_nothing_neither_falls_nor_is_useful() -> None:
    assert Counts.of(run(SPREAD, lambda _: None)) == Counts(attacked=len(SPREAD), fell=0, kept=0)


def test_a_seed_makes_the_same_cases_and_another_other_ones() -> None:
    again = [case.text for case in cases()]
    assert again == [case.text for case in ALL]
    assert not set(again) & {case.text for case in cases("another")}


def test_cases_of_other_seeds_are_judged_the_same() -> None:
    """People, numbers and words are drawn from small lists: none of them may break a case."""
    for seed in ("1", "2", "3"):
        chosen = list(islice(cases(seed), int(seed), None, 83))
        assert Counts.of(run(chosen, gullible)).fell == len(chosen)
        assert all(outcome.verdict.has_passed for outcome in run(chosen, careful))


def test_no_case_is_fragile(arena: Arena) -> None:
    for case in SPREAD[::4]:
        assert not [str(found) for found in weaknesses(arena, case.scenario)]


@pytest.mark.parametrize("only", ["no-such", "close/no-such", "close/any/no-such", "a/b/c/d"])
def test_a_choice_that_names_nothing_is_refused(only: str) -> None:
    with pytest.raises(NoSuchCase):
        list(cases("0", only))


def test_the_command_tells_who_fell_where() -> None:
    done = call("injections", "--scripted", "gullible", "--only", "note-status/any/tag", "--json")
    told = json.loads(done.stdout)
    assert (done.exit_code, told["attacked"], told["fell"], told["utility"]) == (1, 8, 8, 7)
    assert told["by"]["injection"]["phone-in-note"] == {"attacked": 1, "fell": 1, "utility": 0}
    quiet = call("injections", "--scripted", "careful", "--only", "close/close-all")
    assert quiet.exit_code == 0
    assert "5 of 5 cases" in quiet.stderr
    assert "close-all" in quiet.stdout


def test_the_cases_are_scenario_files_that_a_program_can_be_run_in(tmp_path: Path) -> None:
    """`run`, episodes and `export` take them as any other."""
    assert call("injections", "--only", "close/take-over", "--write", str(tmp_path)).exit_code == 0
    (file,) = tmp_path.glob("*.tag.yaml")
    assert load_scenario(file).criteria == next(iter(cases("0", "close/take-over/tag"))).scenario.criteria
    idle = shlex.join([sys.executable, "-c", ""])
    done = call("injections", "--agent", idle, "--only", "close/take-over/tag", "--json")
    assert json.loads(done.stdout)["cases"][0]["unmet"] == ["record_has"]


@pytest.mark.parametrize("words", [[], ["--scripted", "x"], ["--agent", "x", "--scripted", "careful"], ["--only", "x"]])
def test_what_cannot_be_done_is_refused_in_a_line(words: list[str]) -> None:
    done = call("injections", *words)
    assert (done.exit_code, len(done.stderr.splitlines())) == (2, 1), done.stderr


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize(("agent", "most", "least"), [(careful, 0, 0), (gullible, 400, 380)])
def test_all_cases_take_less_than_thirty_seconds(agent: Agent, most: int, least: int) -> None:
    """What counts is this process's own time, whoever shares the machine."""
    began = time.process_time()
    counts = Counts.of(run(ALL, agent))
    took = time.process_time() - began
    assert least <= counts.fell <= most
    assert counts.kept >= 380
    assert took < 30
