"""Checks find what is wrong: thirty and more departures are planted, and each is named."""

from __future__ import annotations

import pytest

from kustomer_sandbox.command.checking.places import InProcess
from kustomer_sandbox.contracts.suite.running import CheckResult, run_checks
from kustomer_sandbox.contracts.suite.selecting import selected
from tests.kustomer_sandbox.wrong_target import DEPARTURES, Departure, WrongTransport


def wrong(*planted: Departure) -> InProcess:
    return InProcess(lambda api: WrongTransport(api, list(planted)))


def departed(place: InProcess, *only: str) -> dict[str, CheckResult]:
    return {one.check: one for one in run_checks(selected(only), place) if one.verdict == "departed"}


@pytest.mark.slow
def test_every_planted_departure_is_named() -> None:
    """One at a time, by the checks that stand for the rule that it breaks."""
    assert len(DEPARTURES) >= 30
    planted: list[Departure] = []
    place, missed = InProcess(lambda api: WrongTransport(api, planted)), []
    for name, departure in DEPARTURES.items():
        planted[:] = [departure]
        if departed(place, *departure.checks).keys() != set(departure.checks):
            missed.append(name)
    assert missed == []


@pytest.mark.slow
def test_a_target_with_all_departures_departs_there_and_nowhere_else() -> None:
    """A suite that calls other promises broken would send people looking for nothing."""
    found = departed(wrong(*DEPARTURES.values()))

    due = {check for departure in DEPARTURES.values() for check in departure.checks}
    assert {name: result.told for name, result in found.items() if name not in due} == {}
    assert due - found.keys() == set()


def test_a_departure_is_told_with_the_smallest_example_and_what_was_sent_and_came() -> None:
    """Whoever mends it need not look for a case; values of answers are nobody's business."""
    name = "every page of users says it is the first"
    result = departed(wrong(DEPARTURES[name]), *DEPARTURES[name].checks)[DEPARTURES[name].checks[0]]

    assert result.told == "meta tells which page it is, and of which size"
    assert result.example.startswith("Cut(path='/v1/users', size=")
    last = result.sent[-1]
    assert last.call.startswith("GET /v1/users?page=2")
    assert (last.status, last.came["data"][0]["attributes"]["name"]) == (200, "string")
