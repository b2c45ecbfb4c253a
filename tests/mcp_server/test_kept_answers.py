"""What a state in memory remembers of its answers is never older than its last change."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from kustomer_sandbox.mcp_server.clock import iso
from kustomer_sandbox.mcp_server.state.call_log import CallLog, CallLogLine
from kustomer_sandbox.mcp_server.state.database import StateDatabase, StateUnavailable
from kustomer_sandbox.mcp_server.state.opening import open_state
from tests.mcp_server.fakes import Counted

NAMES = "SELECT id FROM accounts WHERE key_env = ? ORDER BY id"
ADD = "INSERT INTO accounts VALUES (?, 'https://acme.api.example', 'KEY')"
LINE = CallLogLine(*("",) * 13, None, None, 0.0, "")
START, DAY = datetime(2026, 6, 9, tzinfo=UTC), timedelta(days=1)


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
        log = CallLog(state)
        log.add(LINE)
        log.find(START, START, filters={}, limit=1)  # which writes what waits
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


def lines(state: StateDatabase) -> list[str]:
    """The ids of all calls in a log that somebody else reads."""
    return [line.call_id for _, line in CallLog(state).find(START, START + DAY, filters={}, limit=1000)]


def test_a_line_of_a_file_is_there_for_other_processes_at_once(tmp_path: Path) -> None:
    """Two servers may share a state, and one may be killed."""
    ours, theirs = (open_state(tmp_path, random_hex=Counted()) for _ in range(2))
    log = CallLog(ours)
    for number in range(3):
        log.add(LINE._replace(call_id=str(number), at=iso(START)))
        assert len(lines(theirs)) == number + 1


def test_lines_in_memory_are_there_when_they_are_asked_for(state: StateDatabase) -> None:
    """They go in together, in the order in which the calls ended; those that are too old go with the others."""
    log = CallLog(state)
    for number in range(600):
        log.add(LINE._replace(call_id=str(number), at=iso(START)))
    found = log.find(START, START + DAY, filters={}, limit=1000)
    assert [line.call_id for _, line in found] == [str(number) for number in reversed(range(600))]
    log.add(LINE._replace(at=iso(START)))
    log.prune(START + 100 * DAY)
    assert log.find(START, START + DAY, filters={}, limit=1000) == []
