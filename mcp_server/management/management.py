"""The management API: MCP servers of an integrated account, API tokens, tool lists, audit trail and call log."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from kustomer_sandbox.mcp_server.app import McpServer
from kustomer_sandbox.mcp_server.management import listing as tool_lists
from kustomer_sandbox.mcp_server.management import management_models as models
from kustomer_sandbox.mcp_server.management.edge import EnvelopeRoute, Refused, add_refusals
from kustomer_sandbox.mcp_server.management.service import Management
from kustomer_sandbox.mcp_server.model import FilterName, Scope
from kustomer_sandbox.mcp_server.tools.scope import visible

Limit = Annotated[int, Query(ge=1, le=100)]


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
    _add_account(router, api, server)
    _add_reports(router, api)
    _add_api_tokens(router, api, server)
    add_refusals(router)
    return router


def _add_servers(router: APIRouter, api: Management) -> None:
    base = "/integrated-account/{account_id}/mcp"

    @router.post(base, status_code=201, summary="Create an MCP server")
    async def create(account_id: str, body: models.CreateServer, request: Request) -> models.CreatedServer:
        """A URL of its own for some tools of the account. The URL holds a token and is shown this once."""
        return api.create(account_id, body, request)

    @router.get(base, summary="List MCP servers")
    async def page(account_id: str, limit: Limit = 100, next_cursor: str = "") -> models.ServerPage:
        """The account's MCP servers, oldest first, without their tokens."""
        return api.page(account_id, limit, next_cursor)

    @router.get(base + "/{server_id}", summary="Read an MCP server")
    async def get(account_id: str, server_id: str) -> models.ServerRecord:
        """One MCP server, without its token."""
        return api.record(api.server(account_id, server_id))

    @router.patch(base + "/{server_id}", summary="Change an MCP server")
    async def patch(account_id: str, server_id: str, body: models.PatchServer) -> models.ServerRecord:
        """What is left out stays; `config` is merged key by key."""
        return api.patch(account_id, server_id, body)

    @router.delete(base + "/{server_id}", status_code=204, summary="Delete an MCP server")
    async def delete(account_id: str, server_id: str) -> Response:
        """Its URL ends at once, and the unmasking windows that it opened are closed."""
        await api.delete(account_id, server_id)
        return Response(status_code=204)

    @router.post(base + "/{server_id}/rotate", summary="Give an MCP server a new URL")
    async def rotate(account_id: str, server_id: str, request: Request) -> models.CreatedServer:
        """The old URL ends at once; the new one is shown this once."""
        return await api.rotate(account_id, server_id, request)


def _add_filters(router: APIRouter, api: Management, server: McpServer) -> None:
    @router.get("/integrated-account/{account_id}/filters", summary="List the ready-made filters")
    async def filters(account_id: str) -> list[tool_lists.FilterRecord]:
        """Filters by name, such as those for reading alone, with the tools that pass each."""
        api.account(account_id)
        return tool_lists.filters(server.catalogue)


def _add_account(router: APIRouter, api: Management, server: McpServer) -> None:
    base = "/integrated-account/{account_id}"

    @router.get(base, summary="Read an integrated account")
    async def account(account_id: str) -> models.AccountRecord:
        """Which Kustomer API the account leads to, and the name of the variable that holds its key."""
        found = api.account(account_id)
        return models.AccountRecord(id=found.id, base_url=found.base_url, key_env=found.key_env)

    @router.get(base + "/tools", summary="List tools for frameworks")
    async def tools(
        account_id: str,
        methods: Annotated[list[str] | None, Query()] = None,
        tags: Annotated[list[str] | None, Query()] = None,
        ready_made: Annotated[FilterName | None, Query(alias="filter")] = None,
    ) -> list[models.ToolRecord]:
        """Tool definitions as JSON Schema, for frameworks that do not speak MCP; filtered as an MCP server would."""
        api.account(account_id)
        scope = Scope(methods=tool_lists.split_values(methods), tags=tool_lists.split_values(tags), filter=ready_made)
        return tool_lists.records(visible(scope, server.catalogue))

    @router.get(base + "/capabilities", summary="List resources and methods")
    async def capabilities(account_id: str) -> models.Capabilities:
        """What tools are about and what they do: the words that filters of MCP servers are made of."""
        api.account(account_id)
        return tool_lists.capabilities(server.catalogue)


def _add_reports(router: APIRouter, api: Management) -> None:
    base = "/integrated-account/{account_id}"

    @router.get(base + "/unmasking-leases", summary="Read the audit trail of unmasking windows")
    async def leases(account_id: str, limit: Limit = 100, next_cursor: str = "") -> models.LeasePage:
        """Who opened which customer's values through a tool, until when, and how it was closed again."""
        return api.leases(account_id, limit, next_cursor)

    @router.post(base + "/unmasking-leases/{lease_id}/close", summary="Close an unmasking window now")
    async def close_lease(account_id: str, lease_id: str) -> models.LeaseRecord:
        """Ends what a tool has opened. While Kustomer does not confirm it, it is `closing`, and is tried again."""
        return await api.close_lease(account_id, lease_id)

    @router.get(base + "/unhidings", summary="Read the audit trail of attributes shown to everyone")
    async def unhidings(account_id: str, limit: Limit = 100, next_cursor: str = "") -> models.UnhidingPage:
        """Which attributes a tool has shown to everyone, and when."""
        return api.unhidings(account_id, limit, next_cursor)

    @router.get("/log", summary="Read the tool-call log")
    async def log(question: Annotated[tool_lists.LogQuestion, Query()]) -> models.LogPage:
        """Every tool call, newest first, without any value that was sent or answered."""
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
        """A token for this API. It is shown this once."""
        token = server.provisioning.create_api_token(body.name, server.clock.now())
        made = server.provisioning.api_tokens()[-1]
        return models.CreatedApiToken(id=made.id, name=made.name, created_at=made.created_at, token=token)

    @router.get("/api-token", summary="List API tokens")
    async def api_tokens() -> models.ApiTokens:
        """Names and ids of the tokens, never the tokens."""
        every = server.provisioning.api_tokens()
        records = [models.ApiTokenRecord(id=one.id, name=one.name, created_at=one.created_at) for one in every]
        return models.ApiTokens(result=records)

    @router.delete("/api-token/{token_id}", status_code=204, summary="Delete an API token")
    async def delete_api_token(token_id: str) -> Response:
        """The token ends at once."""
        if not server.provisioning.delete_api_token(token_id):
            raise Refused(404, "There is no API token with this id.")
        return Response(status_code=204)

    @router.post("/api-token/{token_id}/rotate", summary="Replace an API token")
    async def rotate_api_token(token_id: str) -> models.CreatedApiToken:
        """The old token ends at once; the new one is shown this once."""
        return api.rotate_api_token(token_id)
