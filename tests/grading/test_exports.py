"""`export`: scenarios for other harnesses. `nox -s harnesses` runs them; here it is what is written."""

from __future__ import annotations

import ast
import json
import shlex
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

from kustomer_sandbox.command.grading.harnesses.exported import TARGETS, exported
from kustomer_sandbox.contracts.sources.scenario_files import scenario_files
from kustomer_sandbox.grading.arena import Arena
from kustomer_sandbox.grading.bundle import bundle_of, read_bundle, text_of_file
from kustomer_sandbox.grading.judge import grade_world
from kustomer_sandbox.grading.scenarios import load_scenarios
from tests.grading.commands import call
from tests.grading.test_bundles import bundled

SCENARIO = "verify-a-phone"
CALLS = "solution/calls.json"


@pytest.mark.parametrize("target", TARGETS)
def test_every_scenario_is_exported_to_files_that_can_be_read(target: str) -> None:
    """The same ones each time, and the task is the scenario's own."""
    for scenario in load_scenarios().values():
        files = exported(scenario, target, seed="7", is_shipped=True, calls="[]\n")
        assert files == exported(scenario, target, seed="7", is_shipped=True, calls="[]\n")
        for path, text in files.items():
            if path.endswith(".py"):
                ast.parse(text)
            elif path.endswith((".yaml", ".json")):
                assert yaml.safe_load(text) is not None
            elif path.endswith(".toml"):
                assert tomllib.loads(text)["metadata"] == {"scenario": scenario.name, "seed": "7"}
        where = "instruction.md" if target == "harbor" else "scenario.json"
        told = files[where] if target == "harbor" else json.loads(files[where])["prompt"]
        assert scenario.prompt
        assert told.startswith(scenario.prompt.strip())


def test_the_scripts_of_a_harbor_task_are_a_shells() -> None:
    """All of them, as one text."""
    files = exported(load_scenarios()[SCENARIO], "harbor", seed="7", is_shipped=True, calls="[]\n")
    scripts = "\n".join(text for path, text in files.items() if path.endswith(".sh"))
    subprocess.run([shutil.which("sh") or "sh", "-n"], input=scripts, text=True, check=True)


def test_a_task_for_harbor_is_judged_out_of_the_agents_reach() -> None:
    """By the sandbox's own container, whose file goes to that of the tests; the agent's has neither token nor grade."""
    files = exported(load_scenarios()[SCENARIO], "harbor", seed="7", is_shipped=True)
    task = tomllib.loads(files["task.toml"])
    (artifact,), (collected,) = task["artifacts"], task["verifier"]["collect"]
    assert (task["schema_version"], task["verifier"]["environment_mode"]) == ("1.4", "separate")
    assert artifact == {"source": "/graded/grade.json", "service": "sandbox"}
    assert (collected["service"], Path(collected["command"].split()[1]).name) == ("sandbox", "grade.sh")
    services = yaml.safe_load(files["environment/docker-compose.yaml"])["services"]
    assert services["main"]["volumes"] == ["handed:/handed:ro"]
    assert "--scenario verify-a-phone --seed '7'" in files["environment/start.sh"]
    assert CALLS not in files


def test_a_run_that_passed_is_a_solution(arena: Arena, tmp_path: Path) -> None:
    """Its calls in their order, without a key; one that did not pass is none."""
    good, bad, out = (tmp_path / name for name in ("good.jsonl", "bad.jsonl", "out"))
    good.write_bytes(bundled(arena, SCENARIO))
    bad.write_bytes(_idle(arena))
    to_harbor = ["export", SCENARIO, "--to", "harbor", "--out", str(out), "--solution"]
    for words, reason in (
        ([str(bad)], "has not passed"),
        ([str(good), "--seed", "1"], "with the seed 0"),
        ([__file__], "line 1"),
        ([str(tmp_path / "none")], "cannot be read"),
    ):
        refused = call(*to_harbor, *words)
        assert (refused.exit_code, reason in refused.stderr, len(refused.stderr.splitlines())) == (2, True, 1), (
            refused.stderr
        )
    done = call(*to_harbor, str(good))
    assert (done.exit_code, str(out / CALLS) in done.stdout.split()) == (0, True), done.stderr
    text = (out / CALLS).read_text("utf-8")
    made = [(each["method"], each["path"]) for each in json.loads(text)]
    assert made == [(each.request.method, each.request.path) for each in read_bundle(good.read_bytes()).calls]
    assert "authorization" not in text.lower()


def _idle(arena: Arena) -> bytes:
    """The bundle of a run in which nothing was done."""
    world = arena.begin(SCENARIO)
    try:
        verdict = grade_world(arena.api.worlds, world)
        text = text_of_file(load_scenarios()[SCENARIO].file)
        return bundle_of(world, text, "0", world.clock.now(), verdict).written()
    finally:
        arena.end(world)


@pytest.mark.parametrize("target", TARGETS)
def test_a_scenario_of_ones_own_comes_along(target: str, tmp_path: Path) -> None:
    """As the file it is; scripts and README start the sandbox with it."""
    own = tmp_path / "own.yaml"
    shutil.copyfile(next(file for file in scenario_files() if file.stem == SCENARIO), own)
    assert call("export", str(own), "--to", target, "--out", str(tmp_path / "out")).exit_code == 0
    (copied,) = (tmp_path / "out").rglob("own.yaml")
    assert copied.read_bytes() == own.read_bytes()
    starts = copied.with_name("start.sh" if target == "harbor" else "README.md")
    assert "--scenario own.yaml" in starts.read_text("utf-8")


def test_what_cannot_be_exported_is_refused_in_a_line(tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "notes.txt").write_text("mine", "utf-8")
    (tmp_path / "mute.yaml").write_text("criteria: [nothing_else_changed]\n", "utf-8")
    for words, reason in (
        (["no-such", "--to", "inspect"], "no-such"),
        ([SCENARIO, "--to", "gym"], "harbor, inspect, openenv"),
        ([SCENARIO, "--to", "inspect", "--solution", "b"], "no place for one"),
        ([SCENARIO, "--to", "inspect", "--seed", "'; true"], "letters, digits"),
        ([SCENARIO, "--to", "inspect", "--out", "full"], "not an empty folder"),
        ([str(tmp_path / "mute.yaml"), "--to", "inspect"], "no prompt"),
    ):
        out = [] if "--out" in words else ["--out", str(tmp_path / "new")]
        given = [str(tmp_path / word) if word == "full" else word for word in words]
        done = call("export", *given, *out)
        assert (done.exit_code, reason in done.stderr, len(done.stderr.splitlines())) == (2, True, 1), done.stderr
    assert not (tmp_path / "new").exists()


def test_the_scripts_of_a_harbor_task_give_the_reward(tmp_path: Path) -> None:
    """`tests/test.sh` on a grade as the sandbox writes it; without one there is no reward at all."""
    test = tmp_path / "test.sh"
    test.write_text(exported(load_scenarios()[SCENARIO], "harbor", seed="0", is_shipped=True)["tests/test.sh"], "utf-8")
    for passed, reward in ((True, "1\n"), (False, "0\n")):
        grade = {"passed": passed, "criteria": [{"met": passed, "criterion": "called", "reason": "so it is"}]}
        (tmp_path / "grade.json").write_text(json.dumps(grade), "utf-8")
        assert _rewarded(test, tmp_path) == 0
        assert (tmp_path / "logs" / "reward.txt").read_text("utf-8") == reward
    (tmp_path / "grade.json").unlink()
    (tmp_path / "logs" / "reward.txt").unlink()
    assert _rewarded(test, tmp_path) != 0
    assert not (tmp_path / "logs" / "reward.txt").exists()


def _rewarded(test: Path, folder: Path) -> int:
    environment = {"PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin", "GRADE": f"{folder}/grade.json"}
    command = shlex.split(f"{shutil.which('sh')} {test}")
    return subprocess.run(
        command, env=environment | {"LOGS": f"{folder}/logs"}, capture_output=True, check=False
    ).returncode
