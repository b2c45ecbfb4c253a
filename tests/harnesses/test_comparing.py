"""What `nox -s harnesses` calls a difference."""

from __future__ import annotations

import copy

from tests.harnesses.__main__ import differences, table
from tests.harnesses.scripted import Scripted

MET = {"number": 1, "criterion": "called", "met": True, "reason": "it was", "calls": [3]}
GRADE = {"scenario": "a", "passed": True, "criteria": [MET], "cost": {"calls": 3, "refused": 0, "tokens": 70}}
RUN = Scripted(scenario="a", agent="oracle", calls=[], grade=GRADE)


def test_a_grade_that_differs_in_one_word_is_a_difference() -> None:
    """Even with the same score: it is marked in the table, and counted."""
    other = copy.deepcopy(GRADE)
    other["criteria"] = [MET | {"reason": "it was once"}]
    grades = {"run": [GRADE, GRADE], "inspect": [GRADE, other]}
    assert differences([RUN, RUN], grades) == [("inspect", 1)]
    shown = table([RUN, RUN], grades)
    assert shown.count("1/1!") == 1
    assert "3 grades of 4 are the same" in shown


def test_the_second_in_which_a_record_was_made_is_none() -> None:
    """An id begins with it; its other digits count."""
    ids = ("6a2800406ededc0f55000008", "6a2800416ededc0f55000008", "6a2800406ededc0f55000009")
    first, later, other = (GRADE | {"criteria": [MET | {"reason": f"draft/{id}"}]} for id in ids)
    run = Scripted(scenario="a", agent="oracle", calls=[], grade=first)
    assert differences([run], {"run": [later], "inspect": [other]}) == [("inspect", 0)]
