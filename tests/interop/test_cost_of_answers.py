"""The answers of both scenarios are few enough for a model that has more to do; the bench counts their tokens."""

from __future__ import annotations

import pytest

from bench.scenarios import played
from bench.targets import TARGETS

LETTERS_A_TOKEN = 2.75
"""Answers are full of ids and times: o200k makes a token of 2.79 of their letters, of more where there are words."""


@pytest.mark.anyio
async def test_both_scenarios_cost_little_with_fields_and_a_third_of_what_they_cost_without() -> None:
    """A model that reads names only where it looks for names goes on working in the same conversation."""
    frugal, plain = [sum(map(len, await played(mode))) for mode in (True, False)]
    assert frugal <= TARGETS["tokens of both scenarios, with fields"].bound * LETTERS_A_TOKEN
    assert frugal * 3 < plain
