"""A state in PostgreSQL that two tool servers share: what one does the other knows at once, and one may die."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from kustomer_sandbox.mcp_server.clock import iso
from kustomer_sandbox.mcp_server.model import Account, Scope, UpstreamIdentity
from kustomer_sandbox.mcp_server.state.call_log import CallLog, CallLogLine
from kustomer_sandbox.mcp_server.state.database import Conflict, StateUnavailable
from kustomer_sandbox.mcp_server.state.defaults import Defaults
from kustomer_sandbox.mcp_server.state.migrations import MIGRATIONS
from kustomer_sandbox.mcp_server.state.opening import CannotOpenState, open_attended
from kustomer_sandbox.mcp_server.state.provisioning import Provisioning
from kustomer_sandbox.mcp_server.unmasking.book import LeaseBook
from kustomer_sandbox.mcp_server.unmasking.leases import Opener
from tests.keeping.conftest import POSTGRES, Server, connected
from tests.mcp_server.fakes import Counted

pytestmark = POSTGRES
ACCOUNT = Account(id="acme", base_url="https://acme.api.example", key_env="ACME_KEY")
NOW = datetime(2026, 6, 9, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)
HERE = UpstreamIdentity(origin="https://acme.example", organisation="acme")
LINE = CallLogLine(**{**dict.fromkeys(CallLogLine._fields, ""), "at": iso(NOW), "duration_ms": 0.5})  # type: ignore[arg-type]
LINE = LINE._replace(upstream_status=200, result_count=None)


class Process:
    """One tool server's hold on the state; its name is as long as a real one's."""

    def __init__(self, url: str, name: str) -> None:
        self.owner, self.random = name * 16, Counted()
        self.state, self.attendance = open_attended(url, random_hex=self.random, owner=self.owner)
        self.provisioning = Provisioning(self.state, random_hex=self.random)
        self.book = LeaseBook(self.state, owner=self.owner, random_hex=self.random)
        self.log = CallLog(self.state)

    def logged(self) -> list[str]:
        return [line.call_id for _, line in self.log.find(NOW, NOW + DAY, filters={"upstream_status": 200}, limit=100)]


@pytest.fixture
def url(new_database: Callable[[str], str]) -> str:
    return new_database("shared")


@pytest.fixture
def pair(url: str) -> Iterator[tuple[Process, Process]]:
    both = Process(url, "a1"), Process(url, "b2")
    yield both
    for process in both:
        process.attendance.end()


def test_a_token_made_at_one_works_at_the_other_and_is_refused_as_soon_as_it_is_revoked(
    pair: tuple[Process, Process],
) -> None:
    """Both of an MCP server and of the management API; the defaults are the same for both."""
    one, other = pair
    one.provisioning.put_account(ACCOUNT)
    server, token = one.provisioning.create_server("acme", NOW, name="x", scope=Scope(tags=("a",)), created_by="me")
    grant = other.provisioning.grant(token, NOW)
    assert grant is not None
    assert (grant.server_id, grant.account, grant.scope) == (server.id, ACCOUNT, Scope(tags=("a",)))
    other.provisioning.delete_server(server.id)
    assert one.provisioning.grant(token, NOW) is None
    both = [Defaults(process.state, process.provisioning) for process in pair]
    assert both[0].working_server_token(ACCOUNT, NOW) == both[1].working_server_token(ACCOUNT, NOW)
    api_tokens = [defaults.working_api_token(NOW) for defaults in both]
    assert api_tokens[0] == api_tokens[1]
    assert [found.name for found in one.provisioning.api_tokens()] == ["default"]
    (made,) = other.provisioning.api_tokens()
    assert other.provisioning.delete_api_token(made.id)
    assert one.provisioning.api_token_id(api_tokens[0]) is None


def test_no_token_is_in_the_database(pair: tuple[Process, Process], url: str) -> None:
    one, _ = pair
    one.provisioning.put_account(ACCOUNT)
    _, token = one.provisioning.create_server("acme", NOW, name="x", scope=Scope(), created_by="me")
    api_token = one.provisioning.create_api_token("x", NOW)
    with connected(url.replace("+psycopg", "")) as connection:
        rows = [
            connection.execute(f"SELECT * FROM kustomer_tool_server.{table}").fetchall()  # noqa: S608 - our own names
            for table in ("servers", "api_tokens", "defaults", "facts")
        ]
    assert token not in str(rows)
    assert api_token not in str(rows)


def test_the_log_has_the_calls_of_both_newest_first(pair: tuple[Process, Process]) -> None:
    """Those that are too old go with either's pruning."""
    for number in range(6):
        pair[number % 2].log.add(LINE._replace(call_id=str(number)))
    assert [process.logged() for process in pair] == [[str(number) for number in reversed(range(6))]] * 2
    pair[0].log.prune(NOW + 100 * DAY)
    assert pair[1].logged() == []


def opener(customer: str = "jane", **facts: Any) -> Opener:
    usual = {"account_id": "acme", "server_id": "server", "tool": "open", "connection": "line", "upstream": HERE}
    return Opener(customer_id=customer, **{**usual, **facts})


def test_a_lease_is_closed_once_however_many_confirm_it(pair: tuple[Process, Process]) -> None:
    """The other reads what the first made of it, since only one writes at a time."""
    one, other = pair
    lease = one.book.mark_opened(one.book.begin(opener(), NOW), NOW)
    one.book.answered(lease)
    assert [found.id for found in other.book.live()] == [lease.id]
    (closing,), same = (process.book.begin_closing([lease], NOW, reason="deleted") for process in pair)
    assert same == [closing]
    assert closing.is_closing
    for process in pair:
        ended = process.book.confirm_closed(closing, NOW, asked_at=NOW, is_alive=lambda _: True, upstream_status=204)
        assert ended.is_closed
    ((_, events),) = one.book.history("acme", limit=9)
    assert [event["event"] for event in events] == ["opening", "opened", "closing", "closed"]


def test_a_process_lives_as_long_as_its_connection(pair: tuple[Process, Process], postgres: Server) -> None:
    """Where PostgreSQL restarts, whoever lives is there again with its next question; nobody need start anew."""
    one, other = pair
    assert (one.attendance.is_alive(other.owner), one.attendance.is_alive("c3" * 16)) == (True, False)
    postgres.restart()
    for process in pair:
        assert process.provisioning.accounts() == []
    assert (one.attendance.is_alive(other.owner), other.attendance.is_alive(one.owner)) == (True, True)
    with other.state.transaction():
        assert one.attendance.is_alive(other.owner)
    other.attendance.end()
    while one.attendance.is_alive(other.owner):  # the server notices in its own time; the test's timeout ends it
        pass
    with pytest.raises(StateUnavailable):
        other.provisioning.accounts()


def write(process: Process, sql: str, *rows: tuple[str, ...], between: Callable[[], None] = lambda: None) -> None:
    """Rows in one transaction; `between` is done after each."""
    with process.state.transaction() as db:
        for row in rows:
            db.execute(sql, row)
            between()


def test_a_transaction_that_fails_changes_nothing(pair: tuple[Process, Process]) -> None:
    """Neither what breaks a rule, nor what could not wait for another's; the next one goes on as ever."""
    one, other = pair
    one.provisioning.put_account(ACCOUNT)
    add = "INSERT INTO accounts VALUES (?, ?, ?)"
    with pytest.raises(Conflict):
        write(one, add, ("other", "x", "x"), ("acme", "x", "x"))
    assert other.provisioning.accounts() == [ACCOUNT]
    with one.state.transaction() as db:
        db.execute(add, ("nul", "with\0in", "100%"))
        with pytest.raises(StateUnavailable, match="locked by another"), other.state.transaction(patience=0.05):
            pytest.fail("two write at once")
    assert [account.key_env for account in other.provisioning.accounts()] == ["ACME_KEY", "100%"]


def test_a_transaction_that_loses_its_connection_is_undone(pair: tuple[Process, Process], postgres: Server) -> None:
    one, other = pair
    with pytest.raises(StateUnavailable):
        write(one, "INSERT INTO accounts VALUES (?, 'b', 'c')", ("a",), ("b",), between=postgres.restart)
    assert one.provisioning.accounts() == other.provisioning.accounts() == []
    one.provisioning.put_account(ACCOUNT)
    assert other.provisioning.accounts() == [ACCOUNT]


def test_a_state_of_a_newer_version_or_of_another_program_is_refused(new_database: Callable[[str], str]) -> None:
    """Rather than damaged; one of an older version is brought up to date."""
    newer, older, foreign = (new_database(name) for name in ("newer", "older", "foreign"))
    Process(newer, "a1").state.close()
    with connected(newer.replace("+psycopg", "")) as connection:
        connection.execute("UPDATE kustomer_tool_server.facts SET value = '999' WHERE name = 'version'")
    with connected(foreign.replace("+psycopg", "")) as connection:
        connection.execute("CREATE SCHEMA kustomer_tool_server")
    for url, reason in ((newer, "newer version"), (foreign, "another program")):
        with pytest.raises(CannotOpenState, match=reason):
            Process(url, "a1")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("kustomer_sandbox.mcp_server.state.postgresql.opening.MIGRATIONS", MIGRATIONS[:-1])
        Process(older, "a1").state.close()
    process = Process(older, "a1")
    process.log.add(LINE._replace(call_id="x", coerced="page"))
    assert process.logged() == ["x"]
    process.state.close()
    with pytest.raises(CannotOpenState, match="cannot be reached") as refused:
        Process("postgresql+psycopg://me:secret@127.0.0.1:1/none", "a1")
    assert "secret" not in str(refused.value)
