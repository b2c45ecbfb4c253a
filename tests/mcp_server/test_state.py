"""What is kept between runs, and what is not."""

from __future__ import annotations

import os
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kustomer_sandbox.mcp_server.clock import iso
from kustomer_sandbox.mcp_server.model import Account, Cause, Scope
from kustomer_sandbox.mcp_server.state.database import Conflict
from kustomer_sandbox.mcp_server.state.migrations import MIGRATIONS
from kustomer_sandbox.mcp_server.state.opening import CannotOpenState, open_state
from kustomer_sandbox.mcp_server.state.presence import Presence
from kustomer_sandbox.mcp_server.state.provisioning import Provisioning
from kustomer_sandbox.mcp_server.unmasking.book import LeaseBook
from tests.mcp_server.fakes import Counted

ACCOUNT = Account(id="acme", base_url="https://acme.api.example", key_env="ACME_KEY")
NOW = datetime(2026, 6, 9, 12, 0, tzinfo=UTC)


def test_a_token_survives_a_restart_and_is_nowhere_on_disk(tmp_path: Path) -> None:
    """Whoever copies the directory's database gets no token from it."""
    random_hex = Counted()
    state = open_state(tmp_path / "state", random_hex=random_hex)
    before = Provisioning(state, random_hex=random_hex)
    before.put_account(ACCOUNT)
    server, token = before.create_server("acme", NOW, name="x", scope=Scope(tags=("a",)), created_by="me")
    api_token = before.create_api_token("x", NOW)
    state.close()
    again = Provisioning(open_state(tmp_path / "state", random_hex=Counted()), random_hex=Counted())
    grant = again.grant(token, NOW)
    assert grant is not None
    assert (grant.server_id, grant.scope, grant.account) == (server.id, Scope(tags=("a",)), ACCOUNT)
    assert again.api_token_id(api_token) is not None
    for file in (tmp_path / "state").rglob("*"):
        if file.is_file():
            content = file.read_bytes()
            assert token.encode() not in content
            assert api_token.encode() not in content


def test_only_the_owner_may_read_the_state(tmp_path: Path) -> None:
    """It holds the key that tokens are hashed with."""
    open_state(tmp_path / "state", random_hex=Counted()).close()
    assert stat.S_IMODE((tmp_path / "state").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "state" / "key").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "state" / "state.sqlite3").stat().st_mode) == 0o600


def test_a_state_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    """Rather than damaged."""
    state = open_state(tmp_path / "state", random_hex=Counted())
    state.durable.execute("PRAGMA user_version = 999")
    state.close()
    with pytest.raises(CannotOpenState, match="newer version"):
        open_state(tmp_path / "state", random_hex=Counted())


def test_a_damaged_key_is_refused(tmp_path: Path) -> None:
    """A new key would silently make every token unknown."""
    open_state(tmp_path / "state", random_hex=Counted()).close()
    (tmp_path / "state" / "key").write_text("ab")
    with pytest.raises(CannotOpenState, match="damaged"):
        open_state(tmp_path / "state", random_hex=Counted())


def test_a_transaction_that_fails_changes_nothing(tmp_path: Path) -> None:
    """Half a change to a lease would be worse than none."""
    state = open_state(tmp_path / "state", random_hex=Counted())
    one = "INSERT INTO accounts VALUES ('a', 'b', 'c')"
    with pytest.raises(Conflict), state.transaction() as db:
        db.executemany(one, [(), ()])
    assert list(state.durable.execute("SELECT * FROM accounts")) == []


def test_a_process_counts_as_alive_until_its_lock_is_gone(tmp_path: Path) -> None:
    """The lock goes with the process, however it dies; a neighbour's windows are left alone till then."""
    mine, other = Presence(tmp_path, owner="mine"), Presence(tmp_path, owner="other")
    assert (mine.is_alive("mine"), mine.is_alive("other"), mine.is_alive("never")) == (True, True, False)
    child = os.fork()
    if child == 0:  # pragma: no cover - the child only takes a lock and is gone
        Presence(tmp_path, owner="child")
        os._exit(0)
    os.waitpid(child, 0)
    assert (tmp_path / "processes" / "child").exists()
    assert mine.is_alive("child") is False
    other.end()
    assert mine.is_alive("other") is False


def test_a_state_of_an_older_version_is_brought_up_to_date(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An update of the program keeps what users pasted into their clients, and windows that are open meanwhile."""
    with monkeypatch.context() as before:
        before.setattr("kustomer_sandbox.mcp_server.state.migrations.MIGRATIONS", MIGRATIONS[:1])
        old = open_state(tmp_path, random_hex=Counted())
        old.durable.execute("INSERT INTO accounts VALUES ('acme', 'https://acme.api.example', 'ACME_KEY')")
        old.durable.execute(
            "INSERT INTO leases (id, account_id, customer_id, server_id, tool, connection, owner, status, opened_at,"
            " expires_at, hard_at) VALUES ('l', 'acme', 'c', 's', 'open_it', '', 'o', 'open', ?, ?, ?)",
            [iso(NOW)] * 3,
        )
        old.close()
    new = open_state(tmp_path, random_hex=Counted())
    (lease,) = LeaseBook(new, owner="p", random_hex=Counted()).live()
    assert lease.cause == Cause(tool="open_it", call_id="")
    assert Provisioning(new, random_hex=Counted()).account("acme") == ACCOUNT
    new.close()
