"""Fragile scenarios are found, and ours are none of them."""

from __future__ import annotations

import pytest

from kustomer_sandbox.grading.arena import Arena
from kustomer_sandbox.grading.lint import weaknesses
from kustomer_sandbox.grading.scenarios import load_scenarios
from kustomer_sandbox.simulator.scenarios.files.loader import scenario_of
from tests.grading.all_runs import ALL

WORLD = "prompt: Close it.\ncustomers: {jane: {name: Jane}}\nconversations: {parcel: {customer: jane, name: A}}\n"
DONE = 'record_has: {record: "@conversations.parcel", values: {status: done}}'


@pytest.mark.parametrize("name", ALL)
def test_no_shipped_scenario_is_fragile(arena: Arena, name: str) -> None:
    """With all its runs: each criterion fails in one of them, and by itself."""
    runs = ALL[name]
    assert [str(one) for one in weaknesses(arena, load_scenarios()[name], [*runs.good, *runs.bad.values()])] == []


@pytest.mark.parametrize(
    ("criteria", "complaint"),
    [
        ("calls: {at_most: 5}", "an agent that does nothing passes"),
        ("called: {call: {tool: list_all_kustomer_tags}}", "no criterion looks at the world in the end"),
        (f"{DONE}\n  - {DONE}", "criterion 2: is the same as criterion 1"),
        ("record_has: {record: 6a27e420e32840bb65000009, values: {status: open}}", "an id is hard-wired"),
        ("made: {type: note, values: {createdAt: '2026-06-09T12:00:00.000Z'}}", "an instant is hard-wired"),
        (
            'nothing_else_changed\n  - record_has: {record: "@conversations.parcel", values: {status: open}}',
            "criterion 2: is true from the beginning",
        ),
    ],
)
def test_what_is_fragile_is_named(criteria: str, complaint: str) -> None:
    with Arena() as arena:
        found = weaknesses(arena, scenario_of(f"{WORLD}criteria:\n  - {criteria}\n", file="fragile.yaml"))
    assert any(complaint in str(one) for one in found), found


def test_a_criterion_that_no_run_fails_on_is_named() -> None:
    """And one that never fails by itself."""
    text = f"{WORLD}criteria:\n  - {DONE}\n  - made: {{type: note}}\n  - calls: {{at_most: 50}}\n"
    with Arena() as arena:
        found = weaknesses(arena, scenario_of(text, file="fragile.yaml"), [lambda _: None])
    assert [str(one) for one in found] == [
        "fragile, criterion 1: never fails without criterion 2",
        "fragile, criterion 2: never fails without criterion 1",
        "fragile, criterion 3: no run fails on it",
    ]
