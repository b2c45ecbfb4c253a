"""Every fault of the table is caught by the everyday test that stands beside it."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import pytest

from kustomer_sandbox.contracts import load
from tests import conftest
from tests.proofs.faults import PROOFS, Proof
from tests.proofs.nearest import NEAREST, ROOT
from tests.proofs.page import PAGE, page

QUIETLY = ("-q", "-x", "--tb=no", "--assert=plain", "-p", "no:cacheprovider", "-p", "no:unraisableexception")
"""Whether it fails is all there is to know: what explains a failure is left out, and is half of a session's time."""

_loaded = cache(load)


def outcome(test: str) -> pytest.ExitCode | int:
    """A session of its own for one test, in this process and with what is planted in it."""
    return pytest.main([*QUIETLY, f"tests/{test}"])


@pytest.mark.properties
@pytest.mark.parametrize("proof", PROOFS, ids=str)
def test_the_fault_is_caught(
    proof: Proof, monkeypatch: pytest.MonkeyPatch, record_property: Callable[[str, object], None]
) -> None:
    """A test that is not there, or does not run, catches nothing."""
    monkeypatch.setattr(conftest, "load", _loaded)  # what no fault touches is loaded once
    proof.fault.plant(monkeypatch)
    assert outcome(proof.test) == pytest.ExitCode.TESTS_FAILED, f"{proof.test} passes although {proof}"
    record_property(conftest.FIGURE, f"{proof.area}: {proof} -> {proof.test}")


def test_the_table_is_long_enough_and_names_each_fault_once() -> None:
    assert len({str(proof) for proof in PROOFS}) == len(PROOFS) >= 40


def test_the_page_tells_the_table_and_the_scores() -> None:
    """`python -m tests.proofs.page > docs/proofs.md` writes it anew."""
    assert PAGE.read_text(encoding="utf-8") == page()


def test_a_score_that_was_measured_on_another_text_of_its_module_is_marked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else a page would go on praising code that nobody has tried."""
    monkeypatch.setattr("tests.proofs.page.source_of", str.upper)
    assert page().count("` (has changed since) |") == len(NEAREST)


def test_the_modules_and_tests_of_the_mutation_run_are_there() -> None:
    """A module that has moved would no longer be tried."""
    modules = [ROOT / f"kustomer_sandbox/{module.replace('.', '/')}.py" for module in NEAREST]
    tests = [ROOT / "tests" / test.partition("::")[0] for tests in NEAREST.values() for test in tests]
    assert [path for path in (*modules, *tests) if not path.is_file()] == []
