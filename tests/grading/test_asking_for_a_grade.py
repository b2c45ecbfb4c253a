"""Where a grade can be had: of an episode that ends, of a world that runs, in a test, on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kustomer_sandbox.grading.judge import NothingToGrade
from kustomer_sandbox.grading.scenarios import scenario_named
from kustomer_sandbox.simulator.scenarios.files.sections import ScenarioError
from kustomer_sandbox.testkit.kustomer import Kustomer
from kustomer_sandbox.testkit.tools import KustomerMcp
from tests.kustomer_sandbox.episode_stage import running
from tests.kustomer_sandbox.test_command_line import call, home  # noqa: F401 - a fixture
from tests.kustomer_sandbox.test_command_line import running as up

SCENARIO = "verify-a-phone"
JANE = "/v1/customers/email=jane.doe@example.com"


async def test_an_episode_that_ends_tells_its_grade() -> None:
    """With the prompt at its beginning that is all that a harness needs."""
    async with running() as stage:
        episode = await stage.begin(scenario=SCENARIO)
        assert episode["prompt"].startswith("A caller says she is Jane Doe")
        await stage.rest(episode, "GET", JANE)
        grade = (await stage.end(episode))["grade"]
        assert (grade["passed"], grade["cost"]["calls"]) == (False, 1)
        assert [each["number"] for each in grade["criteria"] if not each["met"]] == [1, 3]
        assert (await stage.end(await stage.begin()))["grade"] is None


async def test_a_world_is_graded_while_it_runs() -> None:
    """As often as wanted, and nothing is changed by it."""
    async with running() as stage:
        episode = await stage.begin(scenario=SCENARIO)
        path = f"/_sandbox/worlds/{episode['episode']}/grade"
        grades = [(await stage.http.get(path)).text for _ in range(2)]
        assert grades[0] == grades[1]
        assert (await stage.http.get("/_sandbox/worlds/main/grade")).status_code == 400


@pytest.mark.kustomer(scenario=SCENARIO)
def test_a_test_asks_for_the_grade_of_its_world(kustomer: Kustomer, kustomer_mcp: KustomerMcp) -> None:
    """The same judge, with the calls of the test as the trace."""
    jane = kustomer_mcp.call("kustomer_customers_using_email", email="jane.doe@example.com")["id"]
    kustomer_mcp.call("kustomer_customers_read_unmasked", customer_id=jane, reason="to verify the caller")
    tags = {tag["attributes"]["name"]: tag["id"] for tag in kustomer_mcp.call("list_all_kustomer_tags")["result"]}
    assert [result.number for result in kustomer.grade().unmet] == [1]
    kustomer_mcp.call("update_a_kustomer_customer_by_id", id=jane, tags=[tags["VIP"], tags["Verified"]])
    verdict = kustomer.grade()
    assert verdict.has_passed, verdict


def test_a_world_without_criteria_has_no_grade(kustomer: Kustomer) -> None:
    """Nothing is made up."""
    with pytest.raises(NothingToGrade):
        kustomer.grade()


def test_the_command_grades_what_runs(home: Path) -> None:  # noqa: F811 - the fixture
    """`up` tells the task, `grade` whether it is done."""
    with up(home, "--scenario", SCENARIO) as facts:
        assert facts["prompt"].startswith("A caller says")
        done = call(home, "grade", SCENARIO, "--json", "--junit", str(home / "grade.xml"))
        assert (done.returncode, json.loads(done.stdout)["passed"]) == (1, False)
        assert "failure" in (home / "grade.xml").read_text("utf-8")
        assert "UNMET" in call(home, "grade").stdout
        assert call(home, "grade", "another").returncode == 2


@pytest.mark.parametrize(
    ("criterion", "complaint"),
    [
        ("recrod_has: {}", "is no criterion; did you mean 'record_has'?"),
        ("record_has: {record: '@customers.jane'}", "values is required"),
        ("called: {call: {operation: GetCustomers2}}", "is no operation of the API; did you mean 'GetCustomers'?"),
        ("made: {type: drafft}", "is no type of record; did you mean 'draft'?"),
        ("record_has: {record: '@customers.jane', values: {name: {has: Jane}}}", "must be a value, or a mapping"),
        ("calls: {at_most: many}", "at_most"),
    ],
)
def test_a_criterion_that_cannot_be_judged_by_is_refused_with_its_line(
    tmp_path: Path, kustomer: Kustomer, criterion: str, complaint: str
) -> None:
    """When the file is read, and not once an agent has worked for an hour."""
    file = tmp_path / "own.yaml"
    file.write_text(f"prompt: Do it.\ncustomers:\n  jane: {{name: Jane}}\ncriteria:\n  - {criterion}\n", "utf-8")
    with pytest.raises(ScenarioError, match=r"own\.yaml:5: ") as refusal:
        scenario_named(str(file), kustomer.world.contracts)
    assert complaint in str(refusal.value)


@pytest.mark.kustomer(scenario=SCENARIO)
def test_calls_that_are_forgotten_are_not_taken_for_none(kustomer: Kustomer) -> None:
    """A journal keeps its last ten thousand entries: what it no longer has cannot be judged."""
    kustomer.client().get("/v1/tags")
    kustomer.journal.total += 1
    assert kustomer.grade().unmet[0].criterion == "trace"
