"""Notes of a run are written down piece by piece while it is made, and taken back when a sandbox starts again."""

from __future__ import annotations

import json

import pytest

from kustomer_sandbox.simulator.world.spending import run
from kustomer_sandbox.simulator.world.spending.run import RunCall, RunNotes

ROOM = 14


def noted(notes: RunNotes, *calls: tuple[str, str, str]) -> None:
    """Calls by what they ask, what they are answered, and for whom they take a unit."""
    for asked, answered, whom in calls:
        draws = (("org", "org"), ("notes_created", f"notes_created:user:{whom}"))
        made = RunCall(at="now", key="key", method="POST", path="/", operation="", status=201, draws=draws)
        notes.note(made, asked=asked.encode(), answered=answered.encode())


PIECES = [
    [("b", "z", "email=jane"), ("a", "z", "email=jane"), ("c", "z", "email=jane")],
    [],
    [("h", "z", "email=joe"), ("g", "y", "email=jim"), ("f", "x", "email=al"), ("e", "z", "email=al"), ("d", "w", "x")],
    [("b", "v", "email=jo"), ("h", "u", "email=jane"), ("i", "u", "email=joe"), ("b", "z", "email=jane")],
    [("k", "t", "email=ed"), ("b", "z", "x"), ("j", "s", "email=cy"), ("b", "z", "x"), ("b", "z", "x")],
    [("l", "z", "x"), ("m", "r", "x")],
    [("n", "q", "email=bo")] * 3,
]


def test_notes_that_were_written_down_piece_by_piece_go_on_as_if_nothing_had_been(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Numbers stay those of the same questions, answers and counters; what was too much is counted on."""
    monkeypatch.setattr(run, "MOST_CALLS", ROOM)
    made, again = RunNotes(), RunNotes()
    for piece in PIECES:
        marks = made.marks()
        noted(made, *piece)
        again.take_back(json.loads(json.dumps(made.since(marks))))
        assert again == made
        assert (made.marks() == marks) is (not piece)
    assert (len(again.calls), again.left_out) == (ROOM, sum(map(len, PIECES)) - ROOM)
    assert again.since(again.marks()) == {"calls": [], "asked": [], "answered": [], "counters": [], "left_out": []}
