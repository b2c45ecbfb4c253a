"""The page of scores tells of the checks that there are, and of what was measured."""

from __future__ import annotations

from collections import Counter

import pytest

from kustomer_sandbox.command.checking.reporting.score import COLUMNS
from kustomer_sandbox.contracts.suite.groups import group_of
from kustomer_sandbox.contracts.suite.selecting import selected
from tests.scoring.measure import OURS, ours
from tests.scoring.page import PAGE, page, scores

AGAIN = "measure again: python3 run.py -s score -- ours"


def test_the_page_is_made_of_the_scores() -> None:
    """docs/conformance.md is made, not written."""
    assert PAGE.read_text("utf-8") == page()


def test_our_score_is_of_the_checks_that_there_are() -> None:
    """A check that is added, or an operation that is served, is in the table at once."""
    there = Counter(group_of(check) for check in [*selected(), *selected(of_tools=True)])

    told = {group: sum(counts.values()) for group, counts in scores()[OURS]["groups"].items()}
    assert told == dict(there), AGAIN


def test_nothing_of_ours_departs_and_no_score_is_added_up() -> None:
    """What departs here is mended; and one number would hide the group that a program needs."""
    for score in scores().values():
        assert set(score) == {"target", "date", "version", "groups"}
        assert {frozenset(counts) for counts in score["groups"].values()} == {frozenset(COLUMNS)}
    assert {counts["departed"] for counts in scores()[OURS]["groups"].values()} == {0}


@pytest.mark.slow
def test_our_score_is_what_is_measured_now() -> None:
    """Also what is unknown of it."""
    assert ours().groups == scores()[OURS]["groups"], AGAIN
