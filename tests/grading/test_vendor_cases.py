"""`scenarios import`: the vendor's test cases become skeletons, and `lint` says what these are without."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from kustomer_sandbox.command.grading.harnesses.vendor_cases import MOST_CASES
from kustomer_sandbox.contracts.load import load
from kustomer_sandbox.grading.scenarios import scenario_named
from tests.grading.commands import call

CASE = {
    "input": "Where is my order?\nIt was: urgent # really",
    "resourceType": "conversation",
    "resourceId": "5f1b2c3d4e5f6a7b8c9d0e1f",
    "expectedOutput": 'A draft that says\n"Friday"',
    "toolCalls": [{"name": "list_all_kustomer_tags", "arguments": {"limit": 5}}, "look_up_an_order"],
}


def imported(folder: Path, told: Any) -> Any:
    """What the command says of a file."""
    file = folder / "cases.json"
    file.write_text(told if isinstance(told, str) else json.dumps(told), "utf-8")
    return call("scenarios", "import", str(file), "--out", str(folder / "own"))


def test_a_case_becomes_a_scenario_that_says_what_is_missing(tmp_path: Path) -> None:
    """The input is the prompt, a tool that is known a criterion; whatever else stood there is in the comments."""
    done = imported(tmp_path, [CASE, {"input": "Say hello."}])
    files = [Path(line) for line in done.stdout.split()]
    assert [file.name for file in files] == ["case-01.yaml", "case-02.yaml"], done.stderr
    made = scenario_named(str(files[0]), load())
    assert made.prompt == CASE["input"]
    assert made.criteria == ({"called": {"call": {"tool": "list_all_kustomer_tags"}}},)
    text = files[0].read_text("utf-8")
    for part in ("conversation 5f1b2c3d4e5f6a7b8c9d0e1f", r"A draft that says\n\"Friday\"", "look_up_an_order"):
        assert part in text
    assert {line[0] for line in text[: text.index("prompt:")].splitlines()} == {"#"}
    linted = call("scenarios", "lint", *map(str, files))
    assert (linted.exit_code, linted.stdout.splitlines()) == (
        1,
        [
            "case-01: it has no records: the agent works in an empty world",
            "case-01: no criterion looks at the world in the end (made, nothing_else_changed, record_gone, record_has)",
            "case-02: it has no records: the agent works in an empty world",
            "case-02: it has no criteria: there is nothing to grade",
        ],
    )
    again = imported(tmp_path, [CASE])
    assert (again.exit_code, "is there already" in again.stderr) == (2, True)


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        ("[", "is no JSON"),
        ({"cases": []}, "must be a list of test cases"),
        ([], "must be a list of test cases"),
        ([CASE] * (MOST_CASES + 1), "at most 30"),
        (["Say hello."], "test case 1 must be an object"),
        ([CASE, {"input": "A", "score": 5}], "test case 2 has 'score'"),
        ([{"input": " "}], "input must say something"),
        ([CASE | {"resourceId": 5}], "resourceId must be a text"),
        ([CASE | {"toolCalls": "a"}], "toolCalls must be a list"),
        ([CASE | {"toolCalls": [{"tool": "a"}]}], "must be the name of a tool"),
    ],
)
def test_what_holds_no_cases_is_refused_in_a_line(tmp_path: Path, told: Any, reason: str) -> None:
    done = imported(tmp_path, told)
    assert (done.exit_code, reason in done.stderr, len(done.stderr.splitlines())) == (2, True, 1), done.stderr
    assert not (tmp_path / "own").exists()
