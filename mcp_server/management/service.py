"""What the management API does, one method for each call; `management` binds them to their paths."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Annotated, Final

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import AwareDatetime

from kustomer_sandbox.mcp_server.app import McpServer
from kustomer_sandbox.mcp_server.management import management_models as models
from kustomer_sandbox.mcp_server.management import records
from kustomer_sandbox.mcp_server.management.edge import Refused
from kustomer_sandbox.mcp_server.management.listing import passing
from kustomer_sandbox.mcp_server.model import Account, Scope
from kustomer_sandbox.mcp_server.state.call_log import WINDOW
from kustomer_sandbox.mcp_server.state.provisioning import Server
from kustomer_sandbox.mcp_server.tools.scope import unknown_words, visible

AHEAD: Final = timedelta(seconds=60)
_BEARER = HTTPBearer(
    auto_error=False, scheme_name="ApiToken", description="A token of the MCP server's own, not a Kustomer API key."
)


class Management:
    """The calls of the API."""

    def __init__(self, server: McpServer, *, public_url: str = "") -> None:
        self._server = server
        self._provisioning = server.provisioning
        self._public_url = public_url

    def authorise(
        self, request: Request, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)]
    ) -> None:
        """Put the id of the request's API token into `request.state`. Raises `Refused` (401) without a valid one."""
        found = self._provisioning.api_token_id(credentials.credentials) if credentials else None
        if found is None:
            raise Refused(401, "Send a valid API token: `Authorization: Bearer <API token>`.")
        request.state.api_token_id = found

    def account(self, account_id: str) -> Account:
        found = self._provisioning.account(account_id)
        if found is None:
            raise Refused(404, "There is no integrated account with this id.")
        return found

    def server(self, account_id: str, server_id: str) -> Server:
        self.account(account_id)
        found = self._provisioning.server(account_id, server_id, now=self._server.clock.now())
        if found is None:
            raise Refused(404, "There is no MCP server with this id.")
        return found

    def check(self, scope: Scope) -> None:
        """Raises `Refused` (400) for unknown methods and tags, and for filters that leave no tool, in any mode."""
        if unknown := unknown_words(scope, self._server.catalogue):
            raise Refused(400, f"body {unknown}")
        if not visible(scope, self._server.catalogue):
            raise Refused(400, "No tool passes these methods and tags: see /capabilities for what there is.")

    def check_expiry(self, expires_at: AwareDatetime | None) -> None:
        if expires_at is not None and expires_at < self._server.clock.now() + AHEAD:
            raise Refused(400, "body `expires_at`: must be at least 60 seconds ahead")

    def url(self, request: Request, token: str) -> str:
        origin = self._public_url or str(request.base_url)
        return f"{origin.rstrip('/')}/mcp/{token}"

    def record(self, server: Server) -> models.ServerRecord:
        """An MCP server as it is shown, with what its filters let pass of the tools there are."""
        return records.server_record(server, passing(visible(server.scope, self._server.catalogue)))

    def create(self, account_id: str, body: models.CreateServer, request: Request) -> models.CreatedServer:
        account = self.account(account_id)
        scope = records.scope_of(body.config)
        self.check(scope)
        self.check_expiry(body.expires_at)
        made, token = self._provisioning.create_server(
            account.id,
            self._server.clock.now(),
            name=body.name,
            scope=scope,
            created_by=request.state.api_token_id,
            expires_at=body.expires_at,
        )
        record = self.record(made).model_dump()
        return models.CreatedServer(**record, token=token, url=self.url(request, token))

    def page(self, account_id: str, limit: int, cursor: str) -> models.ServerPage:
        self.account(account_id)
        found = self._provisioning.servers(account_id, self._server.clock.now(), after=cursor, limit=limit + 1)
        onward = found[limit - 1].id if len(found) > limit else None
        return models.ServerPage(result=[self.record(s) for s in found[:limit]], next_cursor=onward)

    def patch(self, account_id: str, server_id: str, body: models.PatchServer) -> models.ServerRecord:
        changed = self.server(account_id, server_id)
        given = body.model_fields_set
        if "name" in given:
            if body.name is None:
                raise Refused(400, "body `name`: must not be null")
            changed = replace(changed, name=body.name)
        if "config" in given:
            if body.config is None:
                raise Refused(400, "body `config`: must not be null")
            merged = records.config_of(changed.scope).model_copy(
                update={name: getattr(body.config, name) for name in body.config.model_fields_set}
            )
            changed = replace(changed, scope=records.scope_of(merged))
            self.check(changed.scope)
        if "expires_at" in given:
            self.check_expiry(body.expires_at)
            changed = replace(changed, expires_at=body.expires_at)
        changed = replace(changed, updated_at=self._server.clock.now())
        return self.record(self._provisioning.update_server(changed))

    async def delete(self, account_id: str, server_id: str) -> None:
        """First the URL stops working, then what was opened through it is closed: whether or not the first succeeds."""
        server = self.server(account_id, server_id)
        try:
            self._provisioning.delete_server(server.id)
        finally:
            await self._server.windows.close_server(server.id, reason="server deleted")

    async def rotate(self, account_id: str, server_id: str, request: Request) -> models.CreatedServer:
        """A new URL for the same record: the old one ends, and what was opened through it is closed."""
        server, now = self.server(account_id, server_id), self._server.clock.now()
        if self._server.defaults.is_default_server(account_id, server.id, now):
            _, token = self._server.defaults.rotate_server(account_id, now)
        else:
            token = self._provisioning.replace_server_token(server.id)
        await self._server.windows.close_server(server.id, reason="token rotated")
        record = self.record(server).model_dump()
        return models.CreatedServer(**record, token=token, url=self.url(request, token))

    def rotate_api_token(self, token_id: str) -> models.CreatedApiToken:
        found = next((one for one in self._provisioning.api_tokens() if one.id == token_id), None)
        if found is None:
            raise Refused(404, "There is no API token with this id.")
        now = self._server.clock.now()
        if self._server.defaults.is_default_api_token(token_id):
            token = self._server.defaults.rotate_api_token(now)
        else:
            self._provisioning.delete_api_token(token_id)
            token = self._provisioning.create_api_token(found.name, now)
        made = self._provisioning.api_tokens()[-1]
        return models.CreatedApiToken(id=made.id, name=made.name, created_at=made.created_at, token=token)

    def leases(self, account_id: str, limit: int, cursor: str) -> models.LeasePage:
        self.account(account_id)
        found = self._server.windows.book.history(account_id, limit=limit + 1, after=cursor)
        shown = [records.lease_record(lease, [dict(event) for event in events]) for lease, events in found[:limit]]
        return models.LeasePage(result=shown, next_cursor=shown[-1].id if len(found) > limit else None)

    async def close_lease(self, account_id: str, lease_id: str) -> models.LeaseRecord:
        self.account(account_id)
        windows = self._server.windows
        try:
            lease = windows.book.get(lease_id)
        except LookupError:
            lease = None
        if lease is None or lease.account_id != account_id:
            raise Refused(404, "There is no unmasking lease with this id.")
        closed = lease if lease.is_closed else await windows.close(lease, reason="closed by hand")
        return records.lease_record(closed, [dict(event) for event in windows.book.events(lease_id)])

    def unhidings(self, account_id: str, limit: int, cursor: str) -> models.UnhidingPage:
        self.account(account_id)
        found = self._server.unhidings.history(account_id, limit=limit + 1, after=cursor)
        shown = [records.unhiding_record(line) for line in found[:limit]]
        return models.UnhidingPage(result=shown, next_cursor=shown[-1].id if len(found) > limit else None)

    def log(self, filters: dict[str, str | int], *, since: AwareDatetime | None, until: AwareDatetime | None,
            limit: int, cursor: int | None) -> models.LogPage:  # fmt: skip
        end = until or self._server.clock.now() + timedelta(seconds=1)
        start = since or end - WINDOW
        if end - start > WINDOW:
            raise Refused(400, f"query `created_at`: may span at most {WINDOW.days} days")
        found = self._server.log.find(start, end, filters=filters, limit=limit + 1, before=cursor)
        onward = str(found[limit - 1][0]) if len(found) > limit else None
        return models.LogPage(result=[records.log_record(line) for _, line in found[:limit]], next_cursor=onward)
