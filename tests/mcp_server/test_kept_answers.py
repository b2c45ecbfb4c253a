"""What a state in memory remembers of its answers is never older than its last change."""

from __future__ import annotations

from pathlib import Path

import pytest

from kustomer_sandbox.mcp_server.state.call_log import CallLog, CallLogLine
from kustomer_sandbox.mcp_server.state.database import StateDatabase, StateUnavailable
from kustomer_sandbox.mcp_server.state.opening import open_state
from tests.mcp_server.fakes import Counted

NAMES = "SELECT id FROM accounts WHERE key_env = ? ORDER BY id"
ADD = "INSERT INTO accounts VALUES (?, 'https://acme.api.example', 'KEY')"
LINE = CallLogLine(*("",) * 13, None, None, 0.0, "")


@pytest.fixture
def state() -> StateDatabase:
    return open_state(None, random_hex=Counted())


def names(state: StateDatabase) -> list[str]:
    return [row["id"] for row in state.read(NAMES, "KEY")]


def test_whatever_changes_a_row_is_seen_by_the_next_question(state: StateDatabase) -> None:
    """Added, renamed and deleted, within a transaction and past it: a revoked token must not be let in."""
    assert names(state) == []
    with state.transaction() as db:
        db.execute(ADD, ("a",))
        assert names(state) == ["a"]
    assert names(state) == ["a"]
    state.durable.execute(ADD, ("b",))
    assert names(state) == ["a", "b"]
    state.durable.execute("UPDATE accounts SET id = 'c' WHERE id = 'b'")
    assert names(state) == ["a", "c"]
    state.durable.execute("DELETE FROM accounts")
    assert names(state) == []


def test_what_is_undone_was_never_there(state: StateDatabase) -> None:
    """A question within a transaction sees what is about to be undone."""
    assert names(state) == []

    def fail() -> None:
        with state.transaction() as db:
            db.execute(ADD, ("a",))
            assert names(state) == ["a"]
            raise LookupError

    with pytest.raises(LookupError):
        fail()
    assert names(state) == []


def test_a_line_of_the_log_makes_no_question_be_asked_again(state: StateDatabase) -> None:
    """Each call adds one: what is kept would otherwise be of use to none."""
    asked: list[str] = []
    state.durable.execute(ADD, ("a",))
    state.durable.set_trace_callback(asked.append)
    for _ in range(3):
        state.read(NAMES, "KEY").clear()
        CallLog(state).add(LINE)
    assert len([sql for sql in asked if "FROM accounts" in sql]) == 1
    assert names(state) == ["a"]


def test_a_state_on_disk_is_asked_each_time(tmp_path: Path) -> None:
    """Another process may have changed it."""
    ours, theirs = (open_state(tmp_path, random_hex=Counted()) for _ in range(2))
    assert names(ours) == []
    theirs.durable.execute(ADD, ("a",))
    assert names(ours) == ["a"]
    ours.close()
    theirs.close()


def test_a_closed_state_gives_no_answer_from_memory(state: StateDatabase) -> None:
    """Whoever asks is told that there is nobody to ask."""
    assert names(state) == []
    state.close()
    with pytest.raises(StateUnavailable):
        names(state)
