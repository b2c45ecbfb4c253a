"""Opening a store in PostgreSQL: its URL, its tables, and in one sentence why it cannot be.

No message repeats anything of the URL but host, port and database: there may be a password in it.
"""

from __future__ import annotations

from typing import Any, Final

import psycopg
from psycopg.conninfo import conninfo_to_dict

from kustomer_sandbox.simulator.keeping import tables
from kustomer_sandbox.simulator.keeping.database import CannotOpenStore, StoreUnavailable
from kustomer_sandbox.simulator.keeping.postgresql.connection import SCHEMA, STORE_LOCKS, PostgresDatabase, unavailable

_REFUSED: Final = (
    ("password", "refuses this user or password", "look at both in --store, or name them in ~/.pgpass"),
    ("no pg_hba.conf entry", "lets this user not in from here", "allow it in its pg_hba.conf"),
    ("role", "does not know this user", "create the role, or name another one in --store"),
    ("does not exist", "has no such database", "create it, such as with `createdb`, or name another one in --store"),
    ("too many", "has no connection left", "close others, or raise its max_connections"),
)
"""What is in PostgreSQL's words as it refuses a connection, what that is, and what to do."""


def open_postgres(url: str) -> PostgresDatabase:
    """The store that a URL names, its tables made if they are missing. Raises `CannotOpenStore`."""
    conninfo = _conninfo(url)
    where = _where(conninfo)
    try:
        database = PostgresDatabase(conninfo)
    except psycopg.Error as fault:
        raise CannotOpenStore(f"{where} {_refusal(fault)}") from None
    try:
        _migrate(database, where)
        database.register()
    except psycopg.Error as fault:
        database.close()
        raise CannotOpenStore(f"{where}: {unavailable(fault)}") from None
    except StoreUnavailable as fault:
        database.close()
        raise CannotOpenStore(f"{where}: {fault}") from None
    except BaseException:
        database.close()
        raise
    return database


def _conninfo(url: str) -> dict[str, Any]:
    try:
        return conninfo_to_dict("postgresql://" + url.partition("://")[2])
    except psycopg.Error:  # its message repeats parts of the URL
        raise CannotOpenStore(
            "--store must be postgresql+psycopg://USER:PASSWORD@HOST:PORT/DATABASE, with %-escapes in its parts"
        ) from None


def _where(conninfo: dict[str, Any]) -> str:
    """The server in words, without user and password."""
    host, port = conninfo.get("host") or "this machine", conninfo.get("port") or "5432"
    name = conninfo.get("dbname")
    return f"PostgreSQL at {host}, port {port}" + (f", database {name}" if name else "")


def _refusal(fault: psycopg.Error) -> str:
    words = str(fault)
    found = next((entry for entry in _REFUSED if entry[0] in words), None)
    what, remedy = found[1:] if found else ("cannot be reached", "start it, or look at host and port in --store")
    return f"{what}; {remedy}"


def _migrate(database: PostgresDatabase, where: str) -> None:
    """Bring the tables up to date, all of them or none. Raises `CannotOpenStore`."""
    with database.transaction():
        database.execute("SELECT pg_advisory_xact_lock(?, 1)", (STORE_LOCKS,))
        found = database.execute("SELECT 1 FROM information_schema.schemata WHERE schema_name = ?", (SCHEMA,))
        is_ours = database.execute("SELECT to_regclass(?) IS NOT NULL", (f"{SCHEMA}.facts",))[0][0]
        if found and not is_ours:
            raise CannotOpenStore(f"{where}: the schema {SCHEMA} belongs to another program; name another database")
        if not found:
            database.execute(f"CREATE SCHEMA {SCHEMA}")
        known = database.execute("SELECT value FROM facts WHERE name = 'version'") if is_ours else []
        version = int(known[0][0]) if known else 0
        if version > len(tables.POSTGRESQL):
            raise CannotOpenStore(
                f"the store at {where} was written by a newer version of this program; update it, or name another "
                "database"
            )
        for script in tables.POSTGRESQL[version:]:
            for statement in script.split(";"):
                database.execute(statement)
        if version < len(tables.POSTGRESQL):
            database.execute(
                "INSERT INTO facts VALUES ('version', ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                (str(len(tables.POSTGRESQL)),),
            )
