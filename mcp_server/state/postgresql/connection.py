"""A connection to the PostgreSQL with a state, made anew when it was lost, and what PostgreSQL's refusals mean."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, Final

import psycopg
from psycopg.rows import DictRow, dict_row

from kustomer_sandbox.mcp_server.state.database import Conflict, StateUnavailable

SCHEMA: Final = "kustomer_tool_server"

_CONNECTING: Final = {
    "connect_timeout": "3",
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "20000",
    "application_name": "kustomer-tool-server",
}
# The server looks after us as we do after it: a machine that has gone must not count as alive for hours.
_SETTINGS: Final = f"""
    SET search_path = {SCHEMA};
    SET client_min_messages = warning;
    SET idle_in_transaction_session_timeout = '30s';
    SET tcp_keepalives_idle = 10;
    SET tcp_keepalives_interval = 5;
    SET tcp_keepalives_count = 3;
"""
_FAULTS: Final = {
    "53100": "is on a full disk",
    "53": "has no room left",
    "55P03": "is locked by another process",
    "25006": "is read-only",
    "42501": "may not be written by this user",
}


class PostgresConnection:
    """One connection, whose statements are final at once unless they are within a transaction.

    `flush` is a statement about waiting for the disk; `on_connect` is called with each new connection.
    """

    def __init__(
        self,
        conninfo: dict[str, Any],
        *,
        flush: str,
        on_connect: Callable[[psycopg.Connection[DictRow]], None] = lambda _: None,
    ) -> None:
        self._conninfo = conninfo
        self._settings = _SETTINGS + flush
        self._on_connect = on_connect
        self.is_within = False
        """Whether a transaction is under way: what is lost with it cannot be asked again."""
        self._is_closed = False
        self.connection = self._connected()

    def execute(self, sql: str, values: Sequence[Any] = ()) -> psycopg.Cursor[DictRow]:
        """Run a statement, once more on a new connection if the old one was lost. Raises what psycopg does."""
        try:
            return self._current().execute(_for_psycopg(sql), _told(values))
        except psycopg.OperationalError:
            if self.is_within or not self.connection.closed:
                raise
        return self._current().execute(_for_psycopg(sql), _told(values))

    def begin(self, script: str) -> None:
        """Begin a transaction by statements without values, on a new connection if the old one was lost."""
        try:
            self._current().execute(script.encode())
        except psycopg.OperationalError:
            if not self.connection.closed:
                raise
            self._current().execute(script.encode())
        self.is_within = True

    def end(self, word: str) -> None:
        """`COMMIT` or `ROLLBACK`."""
        self.is_within = False
        self.connection.execute(word.encode())

    def close(self) -> None:
        """The connection cannot be used afterwards."""
        self._is_closed = True
        with contextlib.suppress(psycopg.Error):
            self.connection.close()

    def _current(self) -> psycopg.Connection[DictRow]:
        if self.connection.closed and not self.is_within and not self._is_closed:
            self.connection = self._connected()
        return self.connection

    def _connected(self) -> psycopg.Connection[DictRow]:
        connection: psycopg.Connection[DictRow] = psycopg.connect(
            **{**_CONNECTING, **self._conninfo}, autocommit=True, row_factory=dict_row
        )
        try:
            connection.execute(self._settings.encode())
            self._on_connect(connection)
        except BaseException:
            connection.close()
            raise
        return connection


@contextmanager
def state_errors() -> Iterator[None]:
    """Turn what psycopg raises into `Conflict` and `StateUnavailable`."""
    try:
        yield
    except psycopg.IntegrityError:
        raise Conflict from None
    except psycopg.Error as fault:
        raise StateUnavailable(explain(fault)) from None


def explain(fault: psycopg.Error) -> str:
    """What is wrong with the state, as the beginning of a sentence that repeats nothing of what PostgreSQL says."""
    code = fault.sqlstate or ""
    if not code and isinstance(fault, psycopg.OperationalError):
        return "the state cannot be reached"
    found = _FAULTS.get(code) or _FAULTS.get(code[:2])
    return f"the state {found or 'cannot be read or written'}"


@lru_cache(maxsize=256)
def _for_psycopg(sql: str) -> bytes:
    return sql.replace("%", "%%").replace("?", "%s").encode()


def _told(values: Sequence[Any]) -> list[Any]:
    """The values without the one sign that PostgreSQL keeps in no text."""
    return [value.replace("\0", "\N{REPLACEMENT CHARACTER}") if isinstance(value, str) else value for value in values]
