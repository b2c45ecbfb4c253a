"""Accounts, MCP servers and API tokens: made, found, changed and removed. Of a token only its keyed hash is stored."""

from __future__ import annotations

import functools
import hmac
import json
import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from kustomer_sandbox.mcp_server.clock import iso, parse
from kustomer_sandbox.mcp_server.model import Account, Grant, Scope
from kustomer_sandbox.mcp_server.state.database import RandomHex
from kustomer_sandbox.mcp_server.state.last_read import LastRead
from kustomer_sandbox.mcp_server.state.protocol import Row, State

_SERVERS = "mcp server"
_API = "api token"
_TOKENS = 4096
"""What was worked out of so many tokens and rows is kept."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Server:
    """A provisioned MCP server as it is stored. Its token is not part of it."""

    id: str
    name: str
    account_id: str
    scope: Scope
    created_by: str
    expires_at: datetime | None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class ApiToken:
    """An API token as it is stored."""

    id: str
    name: str
    created_at: datetime


class Provisioning:
    """The records of one state. Every instant is passed in; nothing here reads a clock.

    All raise `StateUnavailable`, but who may call and which account is meant is answered as it was last read: an
    unreadable state must not keep a caller from closing a window.
    """

    def __init__(self, state: State, *, random_hex: RandomHex) -> None:
        self._state = state
        self._last = LastRead(state)
        # Worked out once for the tokens in use: each call has one.
        self._digest = functools.lru_cache(maxsize=_TOKENS)(functools.partial(state.digest, _SERVERS))
        # The grants made of the rows found last: a state in memory gives the very same row until it changes.
        self._granted: dict[str, tuple[Row, Grant]] = {}
        self._random = random_hex

    def put_account(self, account: Account) -> Account:
        """Store an account, replacing the one with its id."""
        if self.account(account.id) == account:
            return account
        with self._state.transaction() as db:
            db.execute(
                "INSERT INTO accounts VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET base_url = excluded.base_url,"
                " key_env = excluded.key_env",
                (account.id, account.base_url, account.key_env),
            )
        return account

    def account(self, account_id: str) -> Account | None:
        row = self._last.row("SELECT * FROM accounts WHERE id = ?", account_id)
        return None if row is None else Account(id=row["id"], base_url=row["base_url"], key_env=row["key_env"])

    def accounts(self) -> list[Account]:
        rows = self._state.read("SELECT * FROM accounts ORDER BY id")
        return [Account(id=row["id"], base_url=row["base_url"], key_env=row["key_env"]) for row in rows]

    def delete_account(self, account_id: str) -> None:
        """Delete an account with all its MCP servers."""
        self.delete_servers(account_id)
        self._last.forget(account_id)
        with self._state.transaction() as db:
            db.execute("DELETE FROM accounts WHERE id = ?", (account_id,))

    def delete_servers(self, account_id: str) -> None:
        """Delete all MCP servers of an account: their URLs end now."""
        found = [row["id"] for row in self._state.read("SELECT id FROM servers WHERE account_id = ?", account_id)]
        for server_id in found:
            self._last.forget(server_id)
        with self._state.transaction() as db:
            db.execute("DELETE FROM servers WHERE account_id = ?", (account_id,))

    def create_api_token(self, name: str, now: datetime, *, token: str | None = None) -> str:
        """A new API token, shown this once. `token` takes over one made elsewhere."""
        token = token or self._random(32)
        with self._state.transaction() as db:
            db.execute(
                "INSERT INTO api_tokens VALUES (?, ?, ?, ?) ON CONFLICT (token_hash) DO NOTHING",
                (self._new_id(), self._state.digest(_API, token), name, iso(now)),
            )
        return token

    def api_token_id(self, token: str) -> str | None:
        """The id of a valid API token, else None."""
        digest = self._state.digest(_API, token)
        row = self._last.row("SELECT * FROM api_tokens WHERE token_hash = ?", digest)
        return row["id"] if row is not None and hmac.compare_digest(row["token_hash"], digest) else None

    def api_tokens(self) -> list[ApiToken]:
        """All API tokens in the order of their making."""
        rows = self._state.read("SELECT * FROM api_tokens ORDER BY rowid")
        return [ApiToken(id=row["id"], name=row["name"], created_at=parse(row["created_at"])) for row in rows]

    def delete_api_token(self, token_id: str) -> bool:
        """Whether there was one."""
        self._last.forget(token_id)
        with self._state.transaction() as db:
            return db.execute("DELETE FROM api_tokens WHERE id = ?", (token_id,)).rowcount > 0

    def create_server(
        self,
        account_id: str,
        now: datetime,
        *,
        name: str,
        scope: Scope,
        created_by: str,
        expires_at: datetime | None = None,
        token: str | None = None,
    ) -> tuple[Server, str]:
        """A new MCP server and its token, shown this once (32 hexadecimal digits unless one is given)."""
        token = token or self._random(16)
        server = Server(
            id=self._new_id(),
            name=name,
            account_id=account_id,
            scope=scope,
            created_by=created_by,
            expires_at=expires_at,
            created_at=now,
            updated_at=now,
        )
        with self._state.transaction() as db:
            db.execute("INSERT INTO servers VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", _row(server, self._digest(token)))
        return server, token

    def update_server(self, server: Server) -> Server:
        """Store the changed name, scope and expiry of a server."""
        with self._state.transaction() as db:
            db.execute(
                "UPDATE servers SET name = ?, config = ?, expires_at = ?, updated_at = ? WHERE id = ?",
                (server.name, _config(server.scope), _iso(server.expires_at), iso(server.updated_at), server.id),
            )
        return server

    def replace_server_token(self, server_id: str, token: str | None = None) -> str:
        """A new token for an MCP server, shown this once; the old one ends now."""
        token = token or self._random(16)
        self._last.forget(server_id)
        with self._state.transaction() as db:
            db.execute("UPDATE servers SET token_hash = ? WHERE id = ?", (self._digest(token), server_id))
        return token

    def delete_server(self, server_id: str) -> None:
        self._last.forget(server_id)
        with self._state.transaction() as db:
            db.execute("DELETE FROM servers WHERE id = ?", (server_id,))

    def server(self, account_id: str, server_id: str, *, now: datetime) -> Server | None:
        """A server of an account that has not expired."""
        found = self._state.read(
            "SELECT * FROM servers WHERE account_id = ? AND id = ? AND (expires_at IS NULL OR expires_at > ?)",
            account_id, server_id, iso(now),
        )  # fmt: skip
        return _server(found[0]) if found else None

    def servers(self, account_id: str, now: datetime, *, after: str = "", limit: int = 100) -> list[Server]:
        """An account's servers in the order of their making, those after the server named `after`."""
        rows = self._state.read(
            "SELECT * FROM servers WHERE account_id = ? AND (expires_at IS NULL OR expires_at > ?)"
            " AND (created_at, id) > (coalesce((SELECT created_at FROM servers WHERE id = ?), ''), ?)"
            " ORDER BY created_at, id LIMIT ?",
            account_id, iso(now), after, after, limit,
        )  # fmt: skip
        return [_server(row) for row in rows]

    def expired(self, now: datetime) -> list[str]:
        """The ids of the servers whose time is over but whose record still stands."""
        rows = self._state.read("SELECT id FROM servers WHERE expires_at <= ?", iso(now))
        return [row["id"] for row in rows]

    def grant(self, token: str, now: datetime) -> Grant | None:
        """What a token stands for at this instant; None alike for unknown, deleted and expired ones."""
        digest = self._digest(token)
        row = self._last.row(
            "SELECT servers.id, name, config, expires_at, token_hash, account_id, base_url, key_env"
            " FROM servers JOIN accounts ON accounts.id = account_id WHERE token_hash = ?",
            digest,
        )
        if row is None or not hmac.compare_digest(row["token_hash"], digest):
            return None
        found = self._grant_of(row)
        return None if found.expires_at is not None and found.expires_at <= now else found

    def _grant_of(self, row: Row) -> Grant:
        known = self._granted.get(row["id"])
        if known is not None and known[0] is row:
            return known[1]
        if len(self._granted) >= _TOKENS:
            self._granted.clear()
        made = _grant_of(row)
        self._granted[row["id"]] = row, made
        return made

    def grant_by_name(self, account_id: str, name: str, *, now: datetime) -> Grant | None:
        """The grant of an account's MCP server by its name or id: for stdio, where the operator starts the process."""
        for server in self.servers(account_id, now, limit=1000):
            account = self.account(account_id)
            if name in {server.name, server.id} and account is not None:
                return _grant(server, account)
        return None

    def _new_id(self) -> str:
        return str(uuid.UUID(hex=self._random(16), version=4))


def _row(server: Server, digest: str) -> tuple[str | None, ...]:
    return (
        server.id,
        digest,
        server.account_id,
        server.name,
        _config(server.scope),
        server.created_by,
        _iso(server.expires_at),
        iso(server.created_at),
        iso(server.updated_at),
    )


def _server(row: Row) -> Server:
    return Server(
        id=row["id"],
        name=row["name"],
        account_id=row["account_id"],
        scope=_scope(row["config"]),
        created_by=row["created_by"],
        expires_at=_instant(row["expires_at"]),
        created_at=parse(row["created_at"]),
        updated_at=parse(row["updated_at"]),
    )


def _grant_of(row: Row) -> Grant:
    return Grant(
        server_id=row["id"],
        name=row["name"],
        account=Account(id=row["account_id"], base_url=row["base_url"], key_env=row["key_env"]),
        scope=_scope(row["config"]),
        expires_at=_instant(row["expires_at"]),
    )


def _grant(server: Server, account: Account) -> Grant:
    return Grant(
        server_id=server.id, name=server.name, account=account, scope=server.scope, expires_at=server.expires_at
    )


def _config(scope: Scope) -> str:
    return json.dumps(asdict(scope))


@functools.lru_cache(maxsize=256)
def _scope(config: str) -> Scope:
    return _scope_from(json.loads(config))


def _scope_from(given: Mapping[str, Any]) -> Scope:
    """The scope that was made into JSON by its fields."""
    lists = {key: None if given[key] is None else tuple(given[key]) for key in ("methods", "tags")}
    return Scope(**{**given, **lists})


def _iso(instant: datetime | None) -> str | None:
    return None if instant is None else iso(instant)


def _instant(text: str | None) -> datetime | None:
    return None if text is None else parse(text)
