"""The tables of a state, as the steps in which they came to be; and whether a database is one of ours."""

from __future__ import annotations

import sqlite3
from typing import Final

APPLICATION_ID: Final = 0x4B4D4350
"""`PRAGMA application_id` of a state, from the third version on."""

_SINCE: Final = 3
_OURS: Final = frozenset({"accounts", "servers", "leases"})
MIGRATIONS: Final = (
    """
    CREATE TABLE accounts (id TEXT PRIMARY KEY, base_url TEXT NOT NULL, key_env TEXT NOT NULL) STRICT;
    CREATE TABLE servers (
        id TEXT PRIMARY KEY, token_hash TEXT NOT NULL UNIQUE, account_id TEXT NOT NULL REFERENCES accounts (id),
        name TEXT NOT NULL, config TEXT NOT NULL, created_by TEXT NOT NULL, expires_at TEXT,
        created_at TEXT NOT NULL, updated_at TEXT NOT NULL
    ) STRICT;
    CREATE INDEX servers_by_account ON servers (account_id, created_at, id);
    CREATE TABLE api_tokens (
        id TEXT PRIMARY KEY, token_hash TEXT NOT NULL UNIQUE, name TEXT NOT NULL, created_at TEXT NOT NULL
    ) STRICT;
    CREATE TABLE leases (
        id TEXT PRIMARY KEY, account_id TEXT NOT NULL, customer_id TEXT NOT NULL, server_id TEXT NOT NULL,
        tool TEXT NOT NULL, connection TEXT NOT NULL, owner TEXT NOT NULL, status TEXT NOT NULL,
        opened_at TEXT NOT NULL, expires_at TEXT NOT NULL, hard_at TEXT NOT NULL, closed_at TEXT,
        reason TEXT NOT NULL DEFAULT '', close_reason TEXT NOT NULL DEFAULT '', reads INTEGER NOT NULL DEFAULT 0,
        attempts INTEGER NOT NULL DEFAULT 0, retry_at TEXT NOT NULL DEFAULT '', wanted INTEGER NOT NULL DEFAULT 1
    ) STRICT;
    CREATE INDEX leases_unclosed ON leases (account_id, customer_id) WHERE status <> 'closed';
    CREATE TABLE lease_events (
        sequence INTEGER PRIMARY KEY, lease_id TEXT NOT NULL, at TEXT NOT NULL, event TEXT NOT NULL,
        tool TEXT NOT NULL DEFAULT '', upstream_status INTEGER
    ) STRICT;
    CREATE INDEX lease_events_by_lease ON lease_events (lease_id, sequence);
    CREATE TABLE calls (
        sequence INTEGER PRIMARY KEY, at TEXT NOT NULL, request_id TEXT NOT NULL, server_id TEXT NOT NULL,
        server_name TEXT NOT NULL, account_id TEXT NOT NULL, mcp_method TEXT NOT NULL, tool TEXT NOT NULL,
        resource TEXT NOT NULL, method TEXT NOT NULL, client_name TEXT NOT NULL, client_version TEXT NOT NULL,
        outcome TEXT NOT NULL, upstream_status INTEGER, result_count INTEGER, duration_ms REAL NOT NULL
    ) STRICT;
    CREATE INDEX calls_by_time ON calls (at);
    """,
    """
    ALTER TABLE leases ADD COLUMN call_id TEXT NOT NULL DEFAULT '';
    ALTER TABLE calls ADD COLUMN call_id TEXT NOT NULL DEFAULT '';
    """,
    """
    CREATE TABLE defaults (purpose TEXT PRIMARY KEY, generation INTEGER NOT NULL) STRICT;
    INSERT INTO defaults SELECT 'mcp server ' || id, 0 FROM accounts;
    INSERT INTO defaults SELECT 'api token', 0 WHERE EXISTS (SELECT 1 FROM accounts);
    CREATE TABLE unhidings (
        sequence INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, at TEXT NOT NULL, account_id TEXT NOT NULL,
        server_id TEXT NOT NULL, call_id TEXT NOT NULL, object_type TEXT NOT NULL, attributes TEXT NOT NULL,
        upstream_status INTEGER
    ) STRICT;
    ALTER TABLE leases ADD COLUMN origin TEXT NOT NULL DEFAULT '';
    ALTER TABLE leases ADD COLUMN organisation TEXT NOT NULL DEFAULT '';
    """,
    "ALTER TABLE calls ADD COLUMN coerced TEXT NOT NULL DEFAULT ''",
)


class CannotOpenState(Exception):
    """There is no state there that can be used. The message is for the operator: what is wrong, what to do."""


class ForeignDatabase(Exception):
    """Another program's database."""


class NewerState(Exception):
    """A state that a newer version of this program has written."""


def migrate(connection: sqlite3.Connection) -> None:
    """Bring a database up to date, all of it or nothing.

    Raises `ForeignDatabase`, `NewerState`, and what SQLite raises for a file that is of no use.
    """
    connection.execute("BEGIN IMMEDIATE")
    try:
        version = _version(connection)
        for script in MIGRATIONS[version:]:
            for statement in script.split(";"):
                connection.execute(statement)
        if version < len(MIGRATIONS):
            connection.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _version(connection: sqlite3.Connection) -> int:
    version: int
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
    marked = application == APPLICATION_ID if version >= _SINCE else tables >= _OURS
    if not (marked if version else not tables):
        raise ForeignDatabase
    if version > len(MIGRATIONS):
        raise NewerState
    return version
