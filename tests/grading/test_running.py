"""`run`: programs as agents, what they leave, and the commands that look at it."""

from __future__ import annotations

import json
import shlex
import sys
from pathlib import Path

import pytest

from kustomer_sandbox.grading.reports.passing import pass_at
from tests.grading.commands import call

PROGRAM = Path(__file__).with_name("agent_program.py")
AGENT = shlex.join([sys.executable, str(PROGRAM)])
SCENARIO = "verify-a-phone"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory of the test's own."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_program_is_run_graded_and_leaves_a_report_that_can_be_verified(home: Path) -> None:
    """A careful one passes, a forgetful one fails, and both runs can be recomputed."""
    good = call("run", SCENARIO, "--agent", AGENT, "--label", "careful", "--json")
    assert (good.exit_code, json.loads(good.stdout)["passed"]) == (0, True), good.stdout + good.stderr
    bad = call("run", SCENARIO, "--agent", f"{AGENT} forget", "--label", "forgetful", "--json")
    unmet = [each["criterion"] for each in json.loads(bad.stdout)["criteria"] if not each["met"]]
    assert (bad.exit_code, unmet) == (1, ["window_only_for"])
    folder = home / "kustomer-runs" / f"{SCENARIO}-forgetful-1"
    names = {"agent.txt", "bundle.jsonl", "diff.json", "label.txt", "report.html", "spans.json", "trace.jsonl"}
    assert {file.name for file in folder.iterdir()} == names | {"verdict.json", "verdict.xml"}
    (resource,) = json.loads((folder / "spans.json").read_text("utf-8"))["resourceSpans"]
    assert len(resource["scopeSpans"][0]["spans"]) == len((folder / "trace.jsonl").read_text("utf-8").splitlines()) + 1
    page = (folder / "report.html").read_text("utf-8")
    assert 'class="open"' in page
    assert "http://" not in page
    bundles = [str(file) for file in (home / "kustomer-runs").rglob("bundle.jsonl")]
    assert call("verify", *bundles).exit_code == 0
    rows = json.loads(call("grade", "kustomer-runs", "--json").stdout)["rows"]
    assert [(row["label"], row["passed"]) for row in rows] == [("careful", 1), ("forgetful", 0)]
    damaged = Path(bundles[0])
    damaged.write_bytes(damaged.read_bytes().replace(b"/v1/customers", b"/v1/custOmers", 1))
    found = call("verify", str(damaged))
    assert found.exit_code == 1
    assert "line 2, field path: is not what was written" in found.stdout


def test_an_agent_whose_time_is_over_is_stopped_and_graded_as_it_stands(home: Path) -> None:
    """With all that it has started. `{prompt}` in the command is the task."""
    # A shell that waits for another program: this one, too, has to end.
    sleeper = shlex.join(["sh", "-c", "echo $0; sleep 60; echo late"])
    done = call("run", SCENARIO, "--agent", f"{sleeper} {{prompt}}", "--limit", "2", "--json")
    told = json.loads(done.stdout)
    assert (done.exit_code, told["exit_code"], told["passed"]) == (1, None, False)
    assert (home / told["report"] / "agent.txt").read_text("utf-8").startswith("A caller says she is Jane Doe")


@pytest.mark.usefixtures("home")
def test_what_cannot_be_run_is_refused_in_a_line() -> None:
    for words in (["no-such", "--agent", "true"], [SCENARIO, "--agent", "no-such-program"], [SCENARIO, "--agent", "'"]):
        done = call("run", *words)
        assert (done.exit_code, len(done.stderr.splitlines())) == (2, 1), done.stderr


@pytest.mark.parametrize(("k", "chance"), [(1, 0.75), (2, 0.5), (3, 0.25), (4, 0.0)])
def test_pass_at_k_is_the_share_of_choices_that_all_passed(k: int, chance: float) -> None:
    assert pass_at(k, 4, 3) == chance
