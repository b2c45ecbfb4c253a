"""A client of the management API of a tool server in this process."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

import httpx2
from fastapi import FastAPI

from kustomer_sandbox.mcp_server.app import McpServer
from kustomer_sandbox.mcp_server.management.management import create_router


@contextlib.asynccontextmanager
async def managing(server: McpServer, api_token: str) -> AsyncIterator[httpx2.AsyncClient]:
    """The client, while the server's lifespan lasts: with its end the windows are closed and the state is."""
    app = FastAPI()
    app.include_router(create_router(server))
    app.router.routes += server.routes()
    headers = {"authorization": f"Bearer {api_token}"}
    async with server.lifespan():
        transport = httpx2.ASGITransport(app=app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1:8700", headers=headers) as client:
            yield client
