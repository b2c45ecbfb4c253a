"""Opening a store by its URL: a file of this process alone, or a database that several processes share."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any, Final

from kustomer_sandbox.simulator.api import Api
from kustomer_sandbox.simulator.keeping.database import CannotOpenStore, Database, StoreUnavailable
from kustomer_sandbox.simulator.keeping.keeper import Keeper
from kustomer_sandbox.simulator.keeping.kept_api import KeptApi, reload_worlds
from kustomer_sandbox.simulator.keeping.sqlite import SCHEME, open_sqlite, path_of

POSTGRESQL: Final = "postgresql+psycopg://"
_OTHER_SPELLINGS: Final = ("postgresql://", "postgres://")
_SECRET_BYTES = 32


def open_kept(url: str, api: Api, *, random_hex: Callable[[int], str]) -> KeptApi:
    """A simulator that goes on with the worlds of a store, which is made if it is missing. Raises `CannotOpenStore`."""
    return _open_shared(url, api, random_hex) if is_shared(url) else _open_file(path_of(url), api, random_hex)


def open_for_episodes(path: Path, api: Api, *, random_hex: Callable[[int], str]) -> KeptApi:
    """As `open_kept` with a file for the worlds alone that are episodes; the others end with the process.

    Nobody who reads the file can work out a key of theirs, and what was deleted from it is overwritten.
    """
    return _open_file(path, api, random_hex, only_episodes=True)


def _open_file(path: Path, api: Api, random_hex: Callable[[int], str], *, only_episodes: bool = False) -> KeptApi:
    database = open_sqlite(path)
    try:
        if only_episodes:
            database.overwrite_deleted()
        secret = bytes.fromhex(random_hex(_SECRET_BYTES)) if only_episodes else secret_of(database, random_hex)
        keeper = Keeper(database, only_episodes=only_episodes)
        kept = KeptApi(**_parts(api), keeper=keeper, secret=secret)
        keeper.tidy()
        reload_worlds(kept)
    except StoreUnavailable as fault:
        database.close()
        raise CannotOpenStore(f"{path}: {fault}; make room for it, or name another file") from None
    api.worlds.keeping = keeper
    return kept


def is_shared(url: str) -> bool:
    """Whether a URL names a database that other processes may have, too. Raises `CannotOpenStore` for neither kind."""
    if url.startswith((POSTGRESQL, *_OTHER_SPELLINGS)):
        return True
    if url.startswith(SCHEME):
        return False
    raise CannotOpenStore(
        f"--store must be {SCHEME}PATH, such as {SCHEME}sandbox.db, or {POSTGRESQL}USER:PASSWORD@HOST:PORT/DATABASE"
    )


def _open_shared(url: str, api: Api, random_hex: Callable[[int], str]) -> KeptApi:
    if importlib.util.find_spec("psycopg") is None:
        raise CannotOpenStore(
            "--store at a PostgreSQL needs psycopg: pip install 'kustomer-sandbox[postgres]', or name a file"
        )
    from kustomer_sandbox.simulator.keeping.postgresql.opening import open_postgres  # noqa: PLC0415 - if asked for
    from kustomer_sandbox.simulator.keeping.postgresql.replica_api import ReplicaApi  # noqa: PLC0415
    from kustomer_sandbox.simulator.keeping.postgresql.turns import Turns  # noqa: PLC0415

    database = open_postgres(url)
    try:
        secret = secret_of(database, random_hex)
        keeper = Keeper(database)
        api.worlds.keeping = keeper
        kept = ReplicaApi(**_parts(api), keeper=keeper, secret=secret, database=database, turns=Turns(database))
        kept.begin_with_others()
    except StoreUnavailable as fault:
        database.close()
        raise CannotOpenStore(f"the worlds cannot be read: {fault}; name another database") from None
    return kept


def secret_of(database: Database, random_hex: Callable[[int], str]) -> bytes:
    """The store's secret, which is made with it."""
    fact = ("secret", random_hex(_SECRET_BYTES))
    database.execute("INSERT INTO facts VALUES (?, ?) ON CONFLICT (name) DO NOTHING", fact)
    [(secret,)] = database.execute("SELECT value FROM facts WHERE name = 'secret'")
    return bytes.fromhex(secret)


def _parts(api: Api) -> dict[str, Any]:
    return {part.name: getattr(api, part.name) for part in fields(Api)}
