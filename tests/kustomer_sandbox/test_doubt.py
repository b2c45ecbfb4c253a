"""`pytest --kustomer-doubt` names the tests that depend on what nobody has verified, and no other."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from kustomer_sandbox.contracts.sources.ledger import ledger

pytest_plugins = ["pytester"]

ROOT = Path(__file__).parents[2]
OPTIONS = ("-p", "kustomer_sandbox.pytest_plugin", "-p", "no:cacheprovider")
PROJECT = """
    import pytest
    import kustomer_sandbox

    def rows(kustomer, size):
        return kustomer.client().get("/v1/customers", params={"pageSize": size}).json()["data"]

    def test_a_page_can_be_as_large_as_one_likes(kustomer):
        assert rows(kustomer, 5000)

    def test_too_large_a_page_is_answered_somehow(kustomer):
        assert kustomer.client().get("/v1/customers", params={"pageSize": 5000}).status_code in (200, 400)

    @pytest.mark.parametrize("size", range(1, 8))
    def test_a_page_has_the_size_it_was_asked_for(kustomer, size):
        assert len(rows(kustomer, size)) == size

    @pytest.mark.kustomer(readings={"page-size-clamped": "refused"})
    def test_whoever_says_what_is_to_hold_depends_on_nothing(kustomer):
        assert kustomer.client().get("/v1/customers", params={"pageSize": 5000}).status_code == 400

    def test_nothing_of_the_api():
        assert True
"""
NAME = "test_a_page_can_be_as_large_as_one_likes"


@pytest.fixture(autouse=True)
def _no_other_plugins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))


def doubted(pytester: pytest.Pytester, source: str) -> pytest.RunResult:
    """A run of somebody's tests under doubt."""
    pytester.makepyfile(source)
    return pytester.runpytest_subprocess("--kustomer-doubt", *OPTIONS)


def test_the_one_test_that_depends_on_an_assumed_rule_is_named_and_ten_are_not(pytester: pytest.Pytester) -> None:
    """Who reads the report looks after this test alone, and knows what to ask a real organisation."""
    result = doubted(pytester, PROJECT)
    result.assert_outcomes(passed=11)
    test_file = next(pytester.path.glob("test_*.py")).name
    rule = ledger()["page-size-clamped"]
    report = result.outlines[next(at for at, line in enumerate(result.outlines) if "kustomer doubt" in line) :]
    assert re.fullmatch(r"these runs took \d+\.\d s, the tests themselves \d+\.\d s", report.pop(2))
    assert report[1:8] == [
        "1 of 11 tests depends on unverified behaviour (3 runs under doubt)",
        "",
        f"page-size-clamped: {rule.readings['clamped']}",
        f"  fail if refused: {rule.readings['refused']}",
        f"  source: assumed. {rule.source.note}",
        f"  to verify on a real organisation: {rule.verify}",
        f"  {test_file}::{NAME}",
    ]


def test_worlds_of_every_way_are_doubted(pytester: pytest.Pytester) -> None:
    """A dependence must not hide in a wider fixture, a decorated function, a further world or one made over HTTP."""
    result = doubted(
        pytester,
        """
        import httpx
        import kustomer_sandbox

        def reads(kustomer):
            assert kustomer.client().get("/v1/customers", params={"pageSize": 5000}).status_code == 200

        def test_of_a_module(kustomer_module):
            reads(kustomer_module)

        def test_of_a_run(kustomer_session):
            reads(kustomer_session)

        def test_of_a_further_world(make_kustomer):
            reads(make_kustomer())

        @kustomer_sandbox.world()
        def test_of_a_decorated_function(kustomer):
            reads(kustomer)

        def test_of_a_fork(kustomer):
            before = kustomer.snapshot()
            reads(kustomer)
            kustomer.restore(before)
            reads(kustomer)

        def test_over_http(kustomer_server):
            made = httpx.post(f"{kustomer_server.base_url}/_sandbox/worlds", json={"scenario": "demo"}).json()
            key = {"Authorization": f"Bearer {made['api_key']}"}
            asked = httpx.get(f"{kustomer_server.base_url}/v1/customers", params={"pageSize": 5000}, headers=key)
            assert asked.status_code == 200
        """,
    )
    result.assert_outcomes(passed=6)
    result.stdout.fnmatch_lines(["6 of 6 tests depend on unverified behaviour (6 runs under doubt)"])


def test_of_several_rules_that_touch_a_test_the_one_it_rests_on_is_named(pytester: pytest.Pytester) -> None:
    """Two rules are doubted at once, and then each by itself where that broke something."""
    result = doubted(
        pytester,
        """
        def closed(kustomer):
            client = kustomer.client()
            found = client.get("/v1/customers", params={"pageSize": 5000}).json().get("data", [{"id": "1" * 24}])
            customer = found[0]["id"]
            return client.delete(f"/v1/customers/{customer}/unmasking-windows").status_code

        def test_rests_on_the_first(kustomer):
            assert closed(kustomer) in (204, 404) and kustomer.journal.entries[-2].status == 200

        def test_rests_on_none(kustomer):
            assert closed(kustomer)
        """,
    )
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(["1 of 2 tests depends on unverified behaviour (4 runs under doubt)"])
    assert "page-size-clamped: " in result.stdout.str()
    assert "window-delete-without-window" not in result.stdout.str()


def test_what_fails_without_doubt_is_left_out(pytester: pytest.Pytester) -> None:
    """A test that is broken says nothing of rules."""
    result = doubted(
        pytester, "def test_it(kustomer):\n    kustomer.client().get('/v1/customers?pageSize=999')\n    assert 0"
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["0 of 1 tests depend*(0 runs under doubt)", "1 that failed or were skipped*"])


def test_a_run_in_several_processes_is_refused(pytester: pytest.Pytester) -> None:
    """No process would know what the others have found."""
    pytester.makepyfile("def test_it(): pass")
    result = pytester.runpytest_subprocess("--kustomer-doubt", "-p", "xdist", "-n", "2", *OPTIONS)
    result.stderr.fnmatch_lines(["*--kustomer-doubt runs in one process: leave out -n"])
    assert result.ret == pytest.ExitCode.USAGE_ERROR


@pytest.mark.parametrize(
    ("readings", "words"),
    [
        ("{'page-size': 'refused'}", "*readings: page-size has no readings; those that have some: *"),
        ("'page-size-clamped=both'", "*page-size-clamped can be read as clamped or refused, not as both*"),
    ],
)
def test_a_reading_that_is_none_is_refused_with_those_there_are(
    pytester: pytest.Pytester, readings: str, words: str
) -> None:
    """A test that believes to doubt a rule and does not proves nothing."""
    pytester.makepyfile(f"import pytest\n@pytest.mark.kustomer(readings={readings})\ndef test_it(kustomer): pass")
    pytester.runpytest_subprocess(*OPTIONS).stdout.fnmatch_lines([words])
