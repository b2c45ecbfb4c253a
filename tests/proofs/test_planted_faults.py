"""Every fault of the table is caught by the everyday test that stands beside it."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import pytest

from kustomer_sandbox.contracts import load
from tests import conftest
from tests.proofs.faults import PROOFS, Proof

QUIETLY = ("-q", "-x", "--tb=no", "-p", "no:cacheprovider")
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
