"""The default MCP server and API token of a state: the same at every start, until they are deleted or rotated.

Their tokens are derived from the key of the state, its purpose and a generation, so that none has to be stored. What
has been made once is never made again: deleting a default revokes it for good. `rotate`, or the next start over HTTP,
makes another under another token. (Standard input and output know no token, so there only a rotation lets in again.)
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from kustomer_sandbox.mcp_server.model import Account, Scope
from kustomer_sandbox.mcp_server.state.database import Conflict
from kustomer_sandbox.mcp_server.state.protocol import State
from kustomer_sandbox.mcp_server.state.provisioning import Provisioning

_API: Final = "api token"
_SERVER_TOKEN_DIGITS: Final = 32


class DefaultRevoked(LookupError):
    """The default was deleted."""


class Defaults:
    """The defaults of one state."""

    def __init__(self, state: State, provisioning: Provisioning) -> None:
        self._state = state
        self._provisioning = provisioning

    def server_token(self, account: Account, now: datetime) -> str:
        """The token of the account's default MCP server with every tool, made at the first call.

        Raises `DefaultRevoked`.
        """
        self._provisioning.put_account(account)
        purpose = _purpose(account.id)
        generation = self._generation(purpose)
        token = self._server_token(account.id, generation or 0)
        if self._provisioning.grant(token, now) is None:
            if generation is not None:
                raise DefaultRevoked
            self._create_server(account.id, token, now)
        self._note(purpose, generation or 0)
        return token

    def api_token(self, now: datetime) -> str:
        """An API token for the management API, made at the first call. Raises `DefaultRevoked`."""
        generation = self._generation(_API)
        token = self._api_token(generation or 0)
        if self._provisioning.api_token_id(token) is None:
            if generation is not None:
                raise DefaultRevoked
            self._provisioning.create_api_token("default", now, token=token)
        self._note(_API, generation or 0)
        return token

    def working_server_token(self, account: Account, now: datetime) -> str:
        """As `server_token`, but where that was deleted another takes its place, under a token nobody has seen."""
        try:
            return self.server_token(account, now)
        except DefaultRevoked:
            purpose = _purpose(account.id)
            generation = (self._generation(purpose) or 0) + 1
            token = self._server_token(account.id, generation)
            # Made before it is noted: of two processes that start at once both come to the same one.
            self._create_server(account.id, token, now)
            self._note(purpose, generation)
            return token

    def working_api_token(self, now: datetime) -> str:
        """As `api_token`, but where that was deleted another takes its place."""
        try:
            return self.api_token(now)
        except DefaultRevoked:
            generation = (self._generation(_API) or 0) + 1
            token = self._provisioning.create_api_token("default", now, token=self._api_token(generation))
            self._note(_API, generation)
            return token

    def rotate_server(self, account_id: str, now: datetime) -> tuple[str, str]:
        """The default MCP server's id and new token. The old URL ends now; a server that was deleted is made anew."""
        purpose = _purpose(account_id)
        generation = self._generation(purpose) or 0
        old = self._provisioning.grant(self._server_token(account_id, generation), now)
        token = self._server_token(account_id, generation + 1)
        self._note(purpose, generation + 1)
        if old is None:
            return self._create_server(account_id, token, now), token
        self._provisioning.replace_server_token(old.server_id, token)
        return old.server_id, token

    def rotate_api_token(self, now: datetime) -> str:
        """The new API token. The old one ends now."""
        generation = self._generation(_API) or 0
        old = self._provisioning.api_token_id(self._api_token(generation))
        self._note(_API, generation + 1)
        if old is not None:
            self._provisioning.delete_api_token(old)
        return self._provisioning.create_api_token("default", now, token=self._api_token(generation + 1))

    def is_default_server(self, account_id: str, server_id: str, now: datetime) -> bool:
        """Whether this MCP server is the account's default."""
        grant = self._provisioning.grant(
            self._server_token(account_id, self._generation(_purpose(account_id)) or 0), now
        )
        return grant is not None and grant.server_id == server_id

    def is_default_api_token(self, token_id: str) -> bool:
        """Whether this API token is the default."""
        return self._provisioning.api_token_id(self._api_token(self._generation(_API) or 0)) == token_id

    def _create_server(self, account_id: str, token: str, now: datetime) -> str:
        try:
            made, _ = self._provisioning.create_server(
                account_id, now, name="default", scope=Scope(), created_by="operator", token=token
            )
        except Conflict:
            # Another process has made it meanwhile.
            grant = self._provisioning.grant(token, now)
            return grant.server_id if grant else ""
        return made.id

    def _generation(self, purpose: str) -> int | None:
        """How often it was rotated; None before it was made."""
        rows = self._state.read("SELECT generation FROM defaults WHERE purpose = ?", purpose)
        return int(rows[0]["generation"]) if rows else None

    def _note(self, purpose: str, generation: int) -> None:
        if self._generation(purpose) == generation:
            return
        with self._state.transaction() as db:
            db.execute(
                "INSERT INTO defaults VALUES (?, ?) ON CONFLICT (purpose) DO UPDATE SET generation = ?",
                (purpose, generation, generation),
            )

    def _server_token(self, account_id: str, generation: int) -> str:
        return self._derived("default mcp server", account_id, generation)[:_SERVER_TOKEN_DIGITS]

    def _api_token(self, generation: int) -> str:
        return self._derived("default api token", "", generation)

    def _derived(self, purpose: str, name: str, generation: int) -> str:
        # The first generation is derived as it was before there were others.
        return self._state.digest(purpose if not generation else f"{purpose} {generation}", name)


def _purpose(account_id: str) -> str:
    return f"mcp server {account_id}"
