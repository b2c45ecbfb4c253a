"""The shipped suite run against the simulator in process: the fake keeps what it promises."""

from __future__ import annotations

from typing import get_args

import pytest

from kustomer_sandbox.contracts.suite.catalogue import catalogue
from kustomer_sandbox.contracts.suite.target import Broken, Check, TargetAnswer, expect, expect_status
from kustomer_sandbox.simulator.values.errors import ErrorVocabulary
from tests.suite_target import SimulatedTarget

CHECKS = catalogue()


@pytest.mark.parametrize("words", get_args(ErrorVocabulary))
@pytest.mark.parametrize("check", CHECKS.values(), ids=CHECKS.keys())
def test_the_simulator_keeps_the_promise(check: Check, words: ErrorVocabulary, simulated: SimulatedTarget) -> None:
    """Each shipped check holds in a world of its own, whichever words its errors are in."""
    simulated.client.world.errors = words
    check.run(simulated)
    assert simulated.client.faults() == []


def test_a_broken_promise_is_told() -> None:
    """A check that cannot fail would prove nothing."""
    with pytest.raises(Broken, match="the code is"):
        expect(held=False, promise="the code is forbidden")
    refused = TargetAnswer(status=403, headers={}, body={"errors": [{"code": "forbidden"}]})
    with pytest.raises(Broken, match="status 200 was due, 403 came \\['forbidden'\\]"):
        expect_status(refused, 200)
