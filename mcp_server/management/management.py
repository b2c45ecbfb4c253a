"""The management API: MCP servers of an integrated account, API tokens, tool lists, audit trail and call log."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import AwareDatetime

from kustomer_sandbox.mcp_server.app import McpServer
from kustomer_sandbox.mcp_server.management import listing as tool_lists
from kustomer_sandbox.mcp_server.management import management_models as models
from kustomer_sandbox.mcp_server.management.edge import EnvelopeRoute, Refused, add_refusals
from kustomer_sandbox.mcp_server.model import Account, Scope
from kustomer_sandbox.mcp_server.state.call_log import WINDOW
from kustomer_sandbox.mcp_server.state.provisioning import Server
from kustomer_sandbox.mcp_server.tools.scope import visible

AHEAD: Final = timedelta(seconds=60)
_BEARER = HTTPBearer(
    auto_error=False, scheme_name="ApiToken", description="A token of the MCP server's own, not a Kustomer API key."
)
Limit = Annotated[int, Query(ge=1, le=100)]


class Management:
    """The calls of the API as methods; `router` binds them to their paths."""

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
        """Raises `Refused` (400) for filters that leave no tool, also in discovery mode."""
        if not visible(scope, self._server.catalogue):
            raise Refused(400, "No tool passes these methods and tags: see /capabilities for what there is.")

    def check_expiry(self, expires_at: AwareDatetime | None) -> None:
        if expires_at is not None and expires_at < self._server.clock.now() + AHEAD:
            raise Refused(400, "body `expires_at`: must be at least 60 seconds ahead")

    def url(self, request: Request, token: str) -> str:
        origin = self._public_url or str(request.base_url)
        return f"{origin.rstrip('/')}/mcp/{token}"

    def create(self, account_id: str, body: models.CreateServer, request: Request) -> models.CreatedServer:
        account = self.account(account_id)
        scope = models.scope_of(body.config)
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
        record = models.server_record(made).model_dump()
        return models.CreatedServer(**record, token=token, url=self.url(request, token))

    def page(self, account_id: str, limit: int, cursor: str) -> models.ServerPage:
        self.account(account_id)
        found = self._provisioning.servers(account_id, self._server.clock.now(), after=cursor, limit=limit + 1)
        onward = found[limit - 1].id if len(found) > limit else None
        return models.ServerPage(result=[models.server_record(s) for s in found[:limit]], next_cursor=onward)

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
            merged = models.config_of(changed.scope).model_copy(
                update={name: getattr(body.config, name) for name in body.config.model_fields_set}
            )
            changed = replace(changed, scope=models.scope_of(merged))
            self.check(changed.scope)
        if "expires_at" in given:
            self.check_expiry(body.expires_at)
            changed = replace(changed, expires_at=body.expires_at)
        changed = replace(changed, updated_at=self._server.clock.now())
        return models.server_record(self._provisioning.update_server(changed))

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
        record = models.server_record(server).model_dump()
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
        records = [models.lease_record(lease, [dict(event) for event in events]) for lease, events in found[:limit]]
        return models.LeasePage(result=records, next_cursor=records[-1].id if len(found) > limit else None)

    def log(self, filters: dict[str, str | int], *, since: AwareDatetime | None, until: AwareDatetime | None,
            limit: int, cursor: int | None) -> models.LogPage:  # fmt: skip
        end = until or self._server.clock.now() + timedelta(seconds=1)
        start = since or end - WINDOW
        if end - start > WINDOW:
            raise Refused(400, f"query `created_at`: may span at most {WINDOW.days} days")
        found = self._server.log.find(start, end, filters=filters, limit=limit + 1, before=cursor)
        onward = str(found[limit - 1][0]) if len(found) > limit else None
        return models.LogPage(result=[models.log_record(line) for _, line in found[:limit]], next_cursor=onward)


def create_router(server: McpServer, *, public_url: str = "") -> APIRouter:
    """The routes. `public_url` is where clients reach the MCP endpoints, if not where this API is reached."""
    api = Management(server, public_url=public_url)
    router = APIRouter(
        tags=["MCP servers"],
        route_class=EnvelopeRoute,
        dependencies=[Depends(api.authorise)],
        responses={"4XX": {"model": models.ManagementRefusal, "description": "What was wrong, repeating no value."}},
    )
    _add_servers(router, api)
    _add_filters(router, api, server)
    _add_reports(router, api, server)
    _add_api_tokens(router, api, server)
    add_refusals(router)
    return router


def _add_servers(router: APIRouter, api: Management) -> None:
    base = "/integrated-account/{account_id}/mcp"

    @router.post(base, status_code=201, summary="Create an MCP server")
    async def create(account_id: str, body: models.CreateServer, request: Request) -> models.CreatedServer:
        return api.create(account_id, body, request)

    @router.get(base, summary="List MCP servers")
    async def page(account_id: str, limit: Limit = 100, next_cursor: str = "") -> models.ServerPage:
        return api.page(account_id, limit, next_cursor)

    @router.get(base + "/{server_id}", summary="Read an MCP server")
    async def get(account_id: str, server_id: str) -> models.ServerRecord:
        return models.server_record(api.server(account_id, server_id))

    @router.patch(base + "/{server_id}", summary="Change an MCP server")
    async def patch(account_id: str, server_id: str, body: models.PatchServer) -> models.ServerRecord:
        return api.patch(account_id, server_id, body)

    @router.delete(base + "/{server_id}", status_code=204, summary="Delete an MCP server")
    async def delete(account_id: str, server_id: str) -> Response:
        await api.delete(account_id, server_id)
        return Response(status_code=204)

    @router.post(base + "/{server_id}/rotate", summary="Give an MCP server a new URL")
    async def rotate(account_id: str, server_id: str, request: Request) -> models.CreatedServer:
        return await api.rotate(account_id, server_id, request)


def _add_filters(router: APIRouter, api: Management, server: McpServer) -> None:
    @router.get("/integrated-account/{account_id}/filters", summary="List the ready-made filters")
    async def filters(account_id: str) -> list[tool_lists.FilterRecord]:
        api.account(account_id)
        return tool_lists.filters(server.catalogue)


def _add_reports(router: APIRouter, api: Management, server: McpServer) -> None:
    base = "/integrated-account/{account_id}"

    @router.get(base, summary="Read an integrated account")
    async def account(account_id: str) -> models.AccountRecord:
        found = api.account(account_id)
        return models.AccountRecord(id=found.id, base_url=found.base_url, key_env=found.key_env)

    @router.get(base + "/tools", summary="List tools for frameworks")
    async def tools(
        account_id: str,
        methods: Annotated[list[str] | None, Query()] = None,
        tags: Annotated[list[str] | None, Query()] = None,
    ) -> list[models.ToolRecord]:
        api.account(account_id)
        scope = Scope(methods=tool_lists.split_values(methods), tags=tool_lists.split_values(tags))
        return tool_lists.records(visible(scope, server.catalogue))

    @router.get(base + "/capabilities", summary="List resources and methods")
    async def capabilities(account_id: str) -> models.Capabilities:
        api.account(account_id)
        return tool_lists.capabilities(server.catalogue)

    @router.get(base + "/unmasking-leases", summary="Read the audit trail of unmasking windows")
    async def leases(account_id: str, limit: Limit = 100, next_cursor: str = "") -> models.LeasePage:
        return api.leases(account_id, limit, next_cursor)

    @router.get("/log", summary="Read the tool-call log")
    async def log(question: Annotated[tool_lists.LogQuestion, Query()]) -> models.LogPage:
        return api.log(
            question.filters(),
            since=question.created_after,
            until=question.created_before,
            limit=question.limit,
            cursor=question.next_cursor,
        )


def _add_api_tokens(router: APIRouter, api: Management, server: McpServer) -> None:
    @router.post("/api-token", status_code=201, summary="Create an API token")
    async def api_token(body: models.CreateApiToken) -> models.CreatedApiToken:
        token = server.provisioning.create_api_token(body.name, server.clock.now())
        made = server.provisioning.api_tokens()[-1]
        return models.CreatedApiToken(id=made.id, name=made.name, created_at=made.created_at, token=token)

    @router.get("/api-token", summary="List API tokens")
    async def api_tokens() -> models.ApiTokens:
        every = server.provisioning.api_tokens()
        records = [models.ApiTokenRecord(id=one.id, name=one.name, created_at=one.created_at) for one in every]
        return models.ApiTokens(result=records)

    @router.delete("/api-token/{token_id}", status_code=204, summary="Delete an API token")
    async def delete_api_token(token_id: str) -> Response:
        if not server.provisioning.delete_api_token(token_id):
            raise Refused(404, "There is no API token with this id.")
        return Response(status_code=204)

    @router.post("/api-token/{token_id}/rotate", summary="Replace an API token")
    async def rotate_api_token(token_id: str) -> models.CreatedApiToken:
        return api.rotate_api_token(token_id)
