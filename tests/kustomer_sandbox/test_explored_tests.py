"""`pytest --kustomer-explore`: marked tests of a project, run again under every fault."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
pytest_plugins = ["pytester"]

PROJECT = """
    import pytest

    MADE = []

    @pytest.fixture(scope="module")
    def wide():
        MADE.append("wide")

    @pytest.fixture
    def team(kustomer):
        return kustomer.client()

    @pytest.mark.kustomer_explore
    def test_swallows(team, wide):
        team.post("/v1/customers", json={"externalId": "shop-1"})

    @pytest.mark.kustomer_explore
    def test_careful(team, wide):
        team.get("/v1/teams").raise_for_status()

    @pytest.mark.kustomer_explore
    def test_no_world():
        pass

    def test_unmarked(team, wide):
        assert MADE == ["wide"]
        team.post("/v1/customers", json={"externalId": "shop-1"})
"""


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    pytester.makepyfile(PROJECT)
    return pytester


def run(project: pytest.Pytester, *options: str) -> pytest.RunResult:
    return project.runpytest_subprocess(
        "-p", "kustomer_sandbox.pytest_plugin", "-p", "no:cacheprovider", "-W", "error", *options
    )


def test_marked_tests_are_explored_when_asked_for(project: pytest.Pytester) -> None:
    """A finding fails the test it belongs to; fixtures of wider scopes are made once."""
    run(project).assert_outcomes(passed=4)
    result = run(project, "--kustomer-explore")
    result.assert_outcomes(passed=2, failed=2)
    told = result.stdout.str()
    assert re.search(r"1 +CreateCustomer +refused_429 +half_done: .*missing: 1 x customer made", told)
    assert "--kustomer-explore-at 1:refused_429" in told
    assert "kustomer_explore: only tests with the fixture kustomer, and no further world, are explored" in told


def test_one_point_is_tried_again(project: pytest.Pytester) -> None:
    """What the failure says can be typed."""
    run(project, "-k", "swallows", "--kustomer-explore-at", "1:page").assert_outcomes(failed=1)
    run(project, "-k", "swallows", "--kustomer-explore-at", "1:timeout").assert_outcomes(passed=1)
    assert "one is a call and a fault, such as 3:timeout" in run(project, "--kustomer-explore-at", "page").stderr.str()
