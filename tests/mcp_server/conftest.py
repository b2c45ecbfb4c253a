"""One tool server over a fake upstream, its clients, and the tools of the contracts."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import httpx
import httpx2
import pytest
from mcp.client import Client
from mcp.client.streamable_http import streamable_http_client
from starlette.applications import Starlette

from kustomer_sandbox.contracts import Contracts
from kustomer_sandbox.mcp_server.app import McpServer
from kustomer_sandbox.mcp_server.calling.prepared import Caller
from kustomer_sandbox.mcp_server.model import Account, Grant, Scope
from kustomer_sandbox.mcp_server.state.opening import open_attended
from kustomer_sandbox.mcp_server.state.protocol import State
from kustomer_sandbox.mcp_server.tools.definitions import Definition
from kustomer_sandbox.mcp_server.tools.read_unmasked import build_catalogue
from kustomer_sandbox.mcp_server.upstream.wire import HttpWire
from tests.keeping.conftest import POSTGRES, new_database, postgres
from tests.mcp_server.fakes import KEY, Counted, FakeUpstream, HandClock

ACCOUNT = Account(id="acme", base_url="https://acme.api.example", key_env="ACME_KEY")
__all__ = ["new_database", "postgres"]
Connect = Callable[[str, str], AbstractAsyncContextManager[Client]]


@pytest.fixture(scope="session")
def tools(contracts: Contracts) -> dict[str, Definition]:
    return build_catalogue(contracts)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=POSTGRES)])
def state(request: pytest.FixtureRequest) -> Iterator[State]:
    """A state of this process alone in SQLite, or one in PostgreSQL that others could share."""
    place = request.getfixturevalue("new_database")("state") if request.param == "postgresql" else None
    opened, _ = open_attended(place, random_hex=Counted(), owner="5a" * 16)
    yield opened
    opened.close()


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def upstream() -> FakeUpstream:
    return FakeUpstream()


@pytest.fixture
def server(contracts: Contracts, clock: HandClock, upstream: FakeUpstream) -> McpServer:
    return McpServer(
        contracts=contracts,
        secrets={"ACME_KEY": KEY},
        clock=clock,
        random_hex=Counted(),
        wire=HttpWire(httpx.MockTransport(upstream)),
    )


@pytest.fixture
def token(server: McpServer) -> str:
    return server.provision(ACCOUNT, name="everything")[1]


@pytest.fixture
def caller(server: McpServer) -> Caller:
    server.provisioning.put_account(ACCOUNT)
    grant = Grant(server_id="server-1", name="everything", account=ACCOUNT, scope=Scope())
    return Caller(grant=grant, connection="connection-1")


@pytest.fixture
async def http(server: McpServer) -> AsyncIterator[httpx2.AsyncClient]:
    """An HTTP client of the served application, without a socket."""
    app = Starlette(routes=server.routes())
    async with server.lifespan():
        transport = httpx2.ASGITransport(app=app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1:8700") as client:
            yield client


@pytest.fixture
def connect(http: httpx2.AsyncClient) -> Connect:
    """`connect(token, mode)` is a client session over Streamable HTTP: mode `auto` (newest era) or `legacy`."""

    @asynccontextmanager
    async def session(token: str, mode: str) -> AsyncIterator[Client]:
        transport = streamable_http_client(f"http://127.0.0.1:8700/mcp/{token}", http_client=http)
        async with Client(transport, mode=mode) as client:
            yield client

    return session
