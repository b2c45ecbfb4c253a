"""Which databases are taken as stores, and what is said of those that are not: never with the password."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable

import pytest

from kustomer_sandbox.simulator.keeping import tables
from kustomer_sandbox.simulator.keeping.database import CannotOpenStore
from kustomer_sandbox.simulator.keeping.opening import is_shared, open_kept
from tests.keeping.conftest import Server, connected, with_database
from tests.keeping.kept_stage import KeptStage, all_of, fresh_api

SECRET = "s3cr3t-and-longer"


def refused(url: str) -> str:
    """What is said of a URL."""
    with pytest.raises(CannotOpenStore) as refusal:
        open_kept(url, fresh_api(), random_hex="5a".__mul__)
    return str(refusal.value)


@pytest.mark.parametrize("scheme", ["postgresql+psycopg", "postgresql", "postgres"])
def test_a_url_of_a_database_is_told_from_a_file(scheme: str) -> None:
    assert is_shared(f"{scheme}://user@host/name")
    assert not is_shared("sqlite:///kept.db")


def test_without_psycopg_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    words = refused(f"postgresql+psycopg://user:{SECRET}@host/name")
    assert "pip install 'kustomer-sandbox[postgres]'" in words
    assert SECRET not in words


@pytest.mark.parametrize(
    ("url", "words"),
    [
        (f"postgresql+psycopg://u:{SECRET}@127.0.0.1:1/name", "PostgreSQL at 127.0.0.1, port 1, database name cannot"),
        (f"postgresql+psycopg://u:{SECRET}@127.0.0.1:x/name", "PostgreSQL at 127.0.0.1, port x, database name cannot"),
        (f"postgresql+psycopg://u:{SECRET}@h/name?no=1", "--store must be postgresql+psycopg://USER:PASSWORD@"),
        (f"postgresql+psycopg://u:{SECRET}@nowhere.invalid/name", "cannot be reached; start it, or look at host and"),
    ],
)
@pytest.mark.slow
@pytest.mark.postgres
def test_a_url_that_leads_nowhere_is_told_without_its_password(url: str, words: str) -> None:
    assert words in refused(url)
    assert SECRET not in refused(url)


@pytest.fixture
def url(new_database: Callable[[str], str]) -> str:
    return new_database("refused")


@pytest.mark.slow
@pytest.mark.postgres
def test_who_is_not_let_in_is_told_why(url: str, postgres: Server) -> None:
    """A role that is not there, a database that is not there, and a password that is wrong."""
    assert "has no such database; create it" in refused(with_database(postgres.url, "missing"))
    assert "does not know this user" in refused(url.replace("postgres:", "nobody:"))
    with postgres.asking_for_passwords(url) as guarded:
        words = refused(guarded.replace("postgres:", f"reader:{SECRET}"))
    assert "refuses this user or password; look at both in --store" in words
    assert SECRET not in words


@pytest.mark.slow
@pytest.mark.postgres
def test_another_programs_schema_is_left_as_it_is(url: str) -> None:
    with connected(url.replace("+psycopg", "")) as connection:
        connection.execute("CREATE SCHEMA kustomer_sandbox")
        connection.execute("CREATE TABLE kustomer_sandbox.worlds (name TEXT)")
        assert "the schema kustomer_sandbox belongs to another program; name another database" in refused(url)
        assert connection.execute("SELECT count(*) FROM kustomer_sandbox.worlds").fetchone() == (0,)


@pytest.mark.slow
@pytest.mark.postgres
def test_an_older_store_is_brought_up_to_date_and_a_newer_one_refused(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A step that fails changes nothing."""
    stage = KeptStage(url)
    stage.client.post("/v1/customers", {"name": "Jane"})
    before = all_of(stage.world)
    stage.end()
    newer = (*tables.POSTGRESQL, "CREATE TABLE extra (a TEXT); INSERT INTO extra VALUES ('there')")
    with monkeypatch.context() as patched:
        patched.setattr(tables, "POSTGRESQL", (*newer, "CREATE TABLE more (a TEXT); NO SQL"))
        assert "cannot be read or written" in refused(url)
    with monkeypatch.context() as patched:
        patched.setattr(tables, "POSTGRESQL", newer)
        stage = KeptStage(url)
        found = stage.api.keeper.database.execute("SELECT a FROM extra")
        assert (found, all_of(stage.world)) == ([("there",)], before)
        stage.end()
    assert "was written by a newer version of this program; update it, or name another database" in refused(url)


@pytest.mark.slow
@pytest.mark.postgres
def test_a_replica_whose_machine_has_vanished_does_not_hold_its_locks_for_hours(url: str) -> None:
    """The server asks whether it is still there; what a socket of files makes of that is not told."""
    stage = KeptStage(url)
    asked = (
        "SELECT name FROM pg_settings WHERE starts_with(name, 'tcp_keepalives') AND source = 'session' ORDER BY name"
    )
    found = [name for (name,) in stage.api.keeper.database.execute(asked)]
    assert found == ["tcp_keepalives_count", "tcp_keepalives_idle", "tcp_keepalives_interval"]
    stage.end()
